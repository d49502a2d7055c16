import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as Client } from 'ioredis'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'

/** A primary and a replica of Redis, and three sentinels that have the replica take over when the primary is silent. */
export interface WatchedRedis {
  /** For `REDIS_URL`. */
  url: string
  /** For `REDIS_SENTINELS`. */
  sentinels: readonly string[]
  /** Port of the one that is primary, as a sentinel says. */
  primary(): Promise<number>
  /** Asks one of them as somebody from outside would. */
  look<T>(port: number, work: (client: Client) => Promise<T>): Promise<T>
  /** Dead at once. @returns its port */
  killPrimary(): Promise<number>
  /** Starts one that was killed. It begins as what the sentinels make of it. */
  restart(port: number): void
  close(): Promise<void>
}

const NAME = 'shop'
const SENTINELS = 3
/** After so long a silence the primary counts as dead. */
const SILENT_MS = 1_000

/** Starts them on free ports; they keep nothing on a disk. */
export async function startWatchedRedis(): Promise<WatchedRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-sentinels-'))
  const password = randomBytes(12).toString('hex')
  const children = new Map<number, ChildProcess>()
  const [first, second] = [await freePort(), await freePort()]
  const ports: number[] = []

  async function look<T>(port: number, work: (client: Client) => Promise<T>): Promise<T> {
    const options = { host: '127.0.0.1', port, password, lazyConnect: true, retryStrategy: null }
    const client = new Client({ ...options, connectTimeout: 1_000, enableReadyCheck: false })
    client.on('error', () => {})
    try {
      await client.connect()
      return await work(client)
    } finally {
      client.disconnect()
    }
  }
  const run = (port: number, args: readonly string[]) => {
    const common = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', password, '--dir', folder]
    children.set(port, spawn('redis-server', [...args, ...common], { stdio: 'ignore' }))
  }
  const runServer = (port: number, more: readonly string[] = []) =>
    run(port, [
      '--masterauth',
      password,
      '--save',
      '',
      '--appendonly',
      'no',
      '--repl-diskless-sync-delay',
      '0',
      ...more,
    ])
  async function kill(port: number): Promise<void> {
    const dying = children.get(port)
    children.delete(port)
    if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return
    const dead = new Promise((done) => dying.once('exit', done))
    dying.kill('SIGKILL')
    await dead
  }
  const primary = async () => {
    const answer: unknown = await look(ports[0] ?? 0, (client) =>
      client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME),
    )
    return Number(Array.isArray(answer) ? answer[1] : undefined)
  }

  runServer(first)
  await answers(() => look(first, (client) => client.ping()), 'the primary')
  runServer(second, ['--replicaof', '127.0.0.1', String(first)])
  await answers(
    async () =>
      (await look(second, (client) => client.info('replication'))).includes('master_link_status:up'),
    'the replica',
  )
  for (let n = 0; n < SENTINELS; n += 1) {
    const port = await freePort()
    const file = join(folder, `sentinel-${n}.conf`)
    await writeFile(
      file,
      `sentinel monitor ${NAME} 127.0.0.1 ${first} 2
sentinel auth-pass ${NAME} ${password}
sentinel sentinel-pass ${password}
sentinel down-after-milliseconds ${NAME} ${SILENT_MS}
sentinel failover-timeout ${NAME} 5000
`,
    )
    run(port, [file, '--sentinel'])
    ports.push(port)
  }
  // Without knowing each other and the replica they would have nobody to choose, and nobody to agree with.
  for (const port of ports)
    await answers(async () => {
      const info = await look(port, (client) => client.info('sentinel'))
      return info.includes(`slaves=1,sentinels=${SENTINELS}`)
    }, 'the sentinels to know each other')
  return {
    url: `redis://:${password}@${NAME}`,
    sentinels: ports.map((port) => `127.0.0.1:${port}`),
    primary,
    look,
    killPrimary: async () => {
      const port = await primary()
      await kill(port)
      return port
    },
    restart: (port) => runServer(port),
    close: async () => {
      for (const port of children.keys()) await kill(port)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(look: () => Promise<unknown>, what: string): Promise<void> {
  await until(look, { deadlineMs: 20_000, everyMs: 50, what })
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis as Client } from 'ioredis'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'

/** Whether the form with Redis can be tried on this machine. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis)
  console.warn('redis-server is missing: what needs Redis is skipped (apt-get install redis-server)')

/** A Redis of a test, which may be harmed. */
export interface RedisServer {
  /** For `REDIS_URL`. */
  url: string
  /** Asks it as somebody from outside would. */
  look<T>(work: (client: Client) => Promise<T>): Promise<T>
  /** Dead at once. */
  kill(): Promise<void>
  /** Alive, but answers nothing until it goes on. */
  hang(): void
  goOn(): void
  /** When it is dead: the same address again, with nothing in it. */
  restart(): Promise<void>
  /** Loses everything. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Starts a Redis with a password on a free port; it keeps nothing on a disk. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-redis-'))
  const url = `redis://:${password}@127.0.0.1:${port}`
  let child: ChildProcess | undefined

  async function look<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(url, { lazyConnect: true, retryStrategy: null, connectTimeout: 1_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      return await work(client)
    } finally {
      client.disconnect()
    }
  }
  async function startServer(): Promise<void> {
    const settings = ['--port', String(port), '--requirepass', password, '--dir', folder]
    child = spawn('redis-server', [...settings, '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'], {
      stdio: 'ignore',
    })
    await until(() => look((client) => client.ping()).catch(() => undefined), {
      deadlineMs: 10_000,
      what: 'Redis to answer',
    })
  }
  async function kill(): Promise<void> {
    const dying = child
    child = undefined
    if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return
    const dead = new Promise((done) => dying.once('exit', done))
    dying.kill('SIGKILL')
    await dead
  }
  await startServer()
  return {
    url,
    look,
    kill,
    hang: () => void child?.kill('SIGSTOP'),
    goOn: () => void child?.kill('SIGCONT'),
    restart: async () => {
      if (child === undefined) await startServer()
    },
    flush: async () => {
      await look((client) => client.flushall())
    },
    close: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import type { RedisServer } from '../support/redis.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const READY_WITHIN_MS = 90_000
const MAX_UNEXPECTED_EXITS = 3
const LAST_WORDS = 40

/** The server under test, its database and its bank, each a process of its own. */
export interface World {
  folder: string
  shopUrl: string
  bankUrl: string
  startServer(): Promise<void>
  /** Starts without waiting until it is ready. */
  launchServer(): void
  waitUntilReady(): Promise<void>
  /** @returns whether it was this that ended it */
  killServer(): Promise<boolean>
  /** The one the server uses, where it uses one. */
  redis: RedisServer | undefined
  /** Kills the main process of PostgreSQL; the server's supervisor starts it again. */
  killDatabase(): Promise<void>
  /** Where the database is now; it may move when server and database died together. */
  databaseUrl(): Promise<string>
  /** Ends of the server that nobody ordered, with what it said last. */
  unexpectedExits: string[]
  /** Starts one more process of the software on the same data; the caller ends it. */
  launch(command: string[], output: string, settings?: Record<string, string>): ChildProcess
  /** Drains and stops everything. @returns the server's exit code */
  stop(): Promise<number | null>
}

export interface WorldOptions {
  folder: string
  seed: number
  /** For the server to use; it ends with the world. */
  redis?: RedisServer | undefined
  /** Settings of the server beside those every crash test has. */
  settings?: Readonly<Record<string, string>>
}

/** Starts the bank and gives the means to start and kill the server on a fresh data folder. */
export async function createWorld({ folder, seed, redis, settings = {} }: WorldOptions): Promise<World> {
  const bankPort = await freePort()
  const shopPort = await freePort()
  const bankUrl = `http://127.0.0.1:${bankPort}`
  const shopUrl = `http://127.0.0.1:${shopPort}`
  const data = join(folder, 'data')
  const bank = run(
    ['simulators/bank/main.ts', '--port', String(bankPort), '--data', join(folder, 'bank')],
    ['--seed', String(seed)],
    join(folder, 'bank.out'),
    { KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET' },
  )
  await until(() => answers(`${bankUrl}/health`), { what: 'the bank', deadlineMs: 15_000, everyMs: 50 })

  const environment = {
    ...serverEnvironment({ data, folder, shopPort, shopUrl, bankUrl }),
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ...settings,
  }
  const unexpectedExits: string[] = []
  let server: ChildProcess | undefined
  const condemned = new WeakSet<ChildProcess>()

  const launchServer = () => {
    const output = join(folder, 'server.out')
    const started = run(['src/main.ts', 'serve'], [], output, environment)
    server = started
    started.once('exit', (code, signal) => {
      if (condemned.has(started)) return
      const words = readFileSync(output, 'utf8').trimEnd().split('\n').slice(-LAST_WORDS).join('\n    ')
      unexpectedExits.push(`the server ended by itself: code ${code}, signal ${signal}\n    ${words}`)
      if (server !== started) return
      server = undefined
      if (unexpectedExits.length <= MAX_UNEXPECTED_EXITS) launchServer()
    })
  }
  const waitUntilReady = async () => {
    const outcome = await until(
      async () => (server === undefined ? 'ended' : (await answers(`${shopUrl}/health/ready`)) && 'ready'),
      { what: 'the server to be ready', deadlineMs: READY_WITHIN_MS, everyMs: 50 },
    )
    if (outcome === 'ended') throw new Error(`the server does not stay up:\n${unexpectedExits.join('\n')}`)
  }
  const killServer = async () => {
    if (server === undefined) return false
    condemned.add(server)
    await end(server, 'SIGKILL')
    return server.signalCode === 'SIGKILL'
  }

  return {
    folder,
    shopUrl,
    bankUrl,
    unexpectedExits,
    redis,
    launchServer,
    launch: (command, output, more = {}) =>
      run(['src/main.ts', ...command], [], join(folder, output), { ...environment, ...more }),
    waitUntilReady,
    killServer,
    startServer: async () => {
      launchServer()
      await waitUntilReady()
    },
    killDatabase: async () => {
      const pid = await postmasterPid(data)
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    },
    databaseUrl: async () => {
      const [, , , port] = (await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
      const password = (await readFile(join(data, 'postgres.password'), 'utf8')).trim()
      return `postgres://pillivery:${password}@127.0.0.1:${port}/postgres`
    },
    stop: async () => {
      if (server !== undefined) condemned.add(server)
      const code = server === undefined ? null : await end(server, 'SIGTERM', 30_000)
      await end(bank, 'SIGTERM')
      await redis?.close()
      await stopOrphanedDatabase(data)
      return code
    },
  }
}

function serverEnvironment(at: {
  data: string
  folder: string
  shopPort: number
  shopUrl: string
  bankUrl: string
}): Record<string, string> {
  return {
    NODE_ENV: 'test',
    DEMO_PURCHASES: 'off',
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
    DATA_DIR: at.data,
    OPEN_ORDERS_PER_CUSTOMER: '1000000',
    PORT: String(at.shopPort),
    PUBLIC_URL: at.shopUrl,
    LOG_FILE: join(at.folder, 'server.log'),
    KAKAOPAY_BASE_URL: at.bankUrl,
    KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
    TOSS_BASE_URL: at.bankUrl,
    TOSS_SECRET_KEY: 'test_sk_simulated',
    TOSS_CHECKOUT_URL: `${at.bankUrl}/toss/checkout`,
    PAYMENT_TIMEOUT_MS: '2000',
    // Quick look-ups, and enough of them that hardly anything is left to a person. Only the first few may lead to
    // completing a payment again, so they must outlast a restart.
    PAYMENT_LOOK_SECONDS: [0.5, 3, 8, ...Array<number>(120).fill(3)].join(','),
    PAYMENT_WINDOW_MINUTES: '1',
    // "Not charged" is believed soon, so that even these payments settle by themselves within the run.
    PAYMENT_SETTLE_SECONDS: '20',
    LOGIN_PER_MINUTE: '100000',
    REQUESTS_PER_MINUTE: '1000000',
    CHANGES_PER_MINUTE: '1000000',
    SIGN_UP_PER_MINUTE: '100000',
  }
}

function run(
  script: string[],
  more: string[],
  output: string,
  environment: Record<string, string>,
): ChildProcess {
  const { PATH = '', HOME = '/tmp', TMPDIR } = process.env
  const file = openSync(output, 'a')
  const child = spawn(process.execPath, [...script, ...more], {
    cwd: ROOT,
    env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...environment },
    stdio: ['ignore', file, file],
    // Ctrl-C must reach us only: we decide who dies.
    detached: true,
  })
  closeSync(file)
  return child
}

/** Sends the signal, and SIGKILL when it does not help. @returns the exit code, null when killed */
export async function end(
  child: ChildProcess,
  signal: 'SIGKILL' | 'SIGTERM',
  patienceMs = 10_000,
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  child.kill(signal)
  const forced = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  const code = await exited
  clearTimeout(forced)
  return code
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined)
  await response?.body?.cancel()
  return response?.ok ?? false
}

async function postmasterPid(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 0 && isAlive(pid) ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A server that was killed for good leaves its database running: nothing of ours may stay behind. */
async function stopOrphanedDatabase(data: string): Promise<void> {
  const pid = await postmasterPid(data)
  if (pid === undefined) return
  process.kill(pid, 'SIGINT')
  for (let waited = 0; isAlive(pid) && waited < 10_000; waited += 100) await pause(100)
}

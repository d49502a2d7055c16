import { join, resolve } from 'node:path'
import type { Config } from './config.ts'
import { keysFromText, loadOrCreateKeyPair, type SigningKeys } from './identity/index.ts'
import { type Broadcast, createBroadcast } from './platform/broadcast/broadcast.ts'
import { postgresBroadcast } from './platform/broadcast/postgres.ts'
import { createCipher, loadOrCreateCipherKey } from './platform/cipher.ts'
import {
  type Database,
  isAccessRefused,
  isDatabaseUnavailable,
  openDatabase,
} from './platform/database/database.ts'
import { startEmbedded } from './platform/database/embedded.ts'
import { migrate } from './platform/database/migrate.ts'
import { superviseEmbedded } from './platform/database/supervise.ts'
import { type Commands, startCommands } from './platform/jobs/commands.ts'
import { lockFolder } from './platform/process/folder-lock.ts'
import type { Logger } from './platform/telemetry/log.ts'
import { createMetrics, type Metrics } from './platform/telemetry/metrics.ts'
import { type Clock, systemClock } from './platform/time/clock.ts'
import { UserError } from './platform/user-error.ts'
import { COMMANDS, createServices, SCHEMAS, type Services } from './services.ts'

/** The world of one process: database, stored commands and the contexts on top of them. */
export interface Runtime {
  config: Config
  database: Database
  commands: Commands
  broadcast: Broadcast
  metrics: Metrics
  clock: Clock
  log: Logger
  services: Services
  close(): Promise<void>
}

export interface RuntimeOptions {
  config: Config
  log: Logger
  /** `serve` owns the data folder; one-shot commands share it with a server that runs already. */
  owner: boolean
  publicUrl: string
  kakaopay: { baseUrl: string; secretKey: string }
  toss: { baseUrl: string; secretKey: string; checkoutPageUrl: string } | undefined
  clock?: Clock
  onProgress?: (message: string) => void
}

/**
 * Starts or finds the database, brings it up to date and puts the contexts on it.
 * @throws UserError when the data folder is in use, not writable or full, or the database cannot be reached
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, log } = options
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of closing.reverse()) await step()
  }
  try {
    const url = config.databaseUrl ?? (await openEmbedded(options, closing))
    const database = openDatabase({
      url,
      poolSize: config.databasePoolSize,
      statementTimeoutMs: config.statementTimeoutMs,
      onPoolError: (error) => log.warn({ err: error }, 'a database connection broke'),
    })
    closing.push(() => database.close())
    const applied = await migrate(database.db, SCHEMAS).catch((error: unknown) => {
      throw unreachable(error, config)
    })
    if (applied.length > 0) log.info({ applied }, 'database brought up to date')
    const metrics = createMetrics()
    const commands = await startCommands({ url, commands: COMMANDS, log, metrics, worker: options.owner })
    closing.push(() => commands.stop())
    const broadcast = createBroadcast({ transport: postgresBroadcast({ url, log }), log })
    closing.push(() => broadcast.close())
    const clock = options.clock ?? systemClock
    const keys = await signingKeys(config)
    const cipher = createCipher(config.tokenKey ?? (await loadOrCreateCipherKey(secretsFolder(config))))
    const { publicUrl, kakaopay, toss } = options
    const world = { config, db: database.db, clock, log, metrics, commands, broadcast }
    const services = createServices({ ...world, keys, cipher, publicUrl, kakaopay, toss })
    closing.push(async () => {
      await Promise.all(services.providers.map((provider) => provider.stop()))
    })
    for (const module of services.modules) await module.prepare?.()
    return { config, database, commands, broadcast, metrics, clock, log, services, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openEmbedded(options: RuntimeOptions, closing: (() => Promise<void>)[]): Promise<string> {
  const { config, log, owner, onProgress } = options
  const folder = resolve(config.dataDir)
  const lock = await lockFolder(folder)
  if (!lock && owner) {
    throw new UserError(
      `Another Pillivery server is running on the data folder ${folder}. Stop it first, or set DATA_DIR to another folder.`,
    )
  }
  const embedded = { folder: join(folder, 'postgres'), ...(onProgress ? { onProgress } : {}) }
  // Without the lock a server is running: its database is shared, and left running afterwards.
  if (!lock) return (await startEmbedded(embedded)).url
  closing.push(() => lock.release())
  const server = owner ? await superviseEmbedded(embedded, log) : await startEmbedded(embedded)
  closing.push(() => server.stop())
  return server.url
}

async function signingKeys(config: Config): Promise<SigningKeys> {
  if (config.jwtPrivateKey !== undefined) return keysFromText(config.jwtPrivateKey)
  return loadOrCreateKeyPair(secretsFolder(config))
}

/** Where the embedded form keeps the secrets it generated. */
function secretsFolder(config: Config): string {
  return join(resolve(config.dataDir), 'secrets')
}

/** A database that is away, does not let us in, or lets us change nothing is the owner's to fix; the rest is ours. */
function unreachable(error: unknown, config: Config): unknown {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const notOurs = isDatabaseUnavailable(cause) || isAccessRefused(cause)
  if (config.databaseUrl === undefined || !notOurs) return error
  const { host, pathname } = new URL(config.databaseUrl)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new UserError(`The database at ${host}${pathname} (DATABASE_URL) cannot be used: ${reason}`)
}

import { join, resolve } from 'node:path'
import type { VerifyAccessToken } from './platform/auth/access-token.ts'
import { AUDIENCE, authModule, createAuth } from './platform/auth/auth.ts'
import { createEndedSessions } from './platform/auth/ended-sessions.ts'
import { createServiceCredential } from './platform/auth/service-credential.ts'
import { type Broadcast, createBroadcast } from './platform/broadcast/broadcast.ts'
import { postgresBroadcast } from './platform/broadcast/postgres.ts'
import {
  type Database,
  isAccessRefused,
  isDatabaseUnavailable,
  openDatabase,
} from './platform/database/database.ts'
import { startEmbedded } from './platform/database/embedded.ts'
import { migrate, type SchemaMigrations } from './platform/database/migrate.ts'
import { superviseEmbedded } from './platform/database/supervise.ts'
import { type Commands, startCommands } from './platform/jobs/commands.ts'
import type { Module } from './platform/module.ts'
import { operationsModule } from './platform/operations.ts'
import { lockFolder } from './platform/process/folder-lock.ts'
import { platformSchema } from './platform/schema.ts'
import type { Logger } from './platform/telemetry/log.ts'
import { createMetrics, type Metrics } from './platform/telemetry/metrics.ts'
import { type Clock, systemClock } from './platform/time/clock.ts'
import { UserError } from './platform/user-error.ts'
import type { Config } from './services/config.ts'
import { type Faces, SERVICES, type ServiceName } from './services/index.ts'
import type { Hosted, World } from './services/service.ts'

/** The world of one process: its database, stored commands, and the services it hosts on top of them. */
export interface Runtime {
  config: Config
  /** Every schema of the services it hosts, in the order in which they are migrated. */
  schemas: readonly SchemaMigrations[]
  database: Database
  commands: Commands
  broadcast: Broadcast
  metrics: Metrics
  clock: Clock
  log: Logger
  hosted: readonly Hosted<unknown>[]
  /** Modules of all services it hosts, and of the platform. */
  modules: readonly Module[]
  /** Checks access tokens. */
  authenticate: VerifyAccessToken
  /** What a service offers. @throws when this process does not host it */
  service<N extends ServiceName>(name: N): Faces[N]
  close(): Promise<void>
}

export interface RuntimeOptions {
  /** Settings of the process and of the services it hosts. */
  config: Config
  log: Logger
  /** `serve` owns the data folder; one-shot commands share it with a server that runs already. */
  owner: boolean
  publicUrl: string
  clock?: Clock
  onProgress?: (message: string) => void
}

/**
 * Starts or finds the database, brings it up to date and puts the services on it.
 * @throws UserError when the data folder is in use, not writable or full, or the database cannot be reached
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, log } = options
  const closing: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const names = config.services
    const schemas = [platformSchema, ...names.flatMap((name) => SERVICES[name].schemas)]
    const url = config.databaseUrl ?? (await openEmbedded(options, closing))
    const database = openDatabase({
      url,
      poolSize: config.databasePoolSize,
      statementTimeoutMs: config.statementTimeoutMs,
      onPoolError: (error) => log.warn({ err: error }, 'a database connection broke'),
    })
    closing.push(() => database.close())
    const applied = await migrate(database.db, schemas).catch((error: unknown) => {
      throw unreachable(error, config)
    })
    if (applied.length > 0) log.info({ applied }, 'database brought up to date')
    const metrics = createMetrics()
    const commands = await startCommands({
      url,
      commands: names.flatMap((name) => SERVICES[name].commands),
      log,
      metrics,
      worker: options.owner,
    })
    closing.push(() => commands.stop())
    const broadcast = createBroadcast({ transport: postgresBroadcast({ url, log }), log })
    closing.push(() => broadcast.close())
    const clock = options.clock ?? systemClock
    const secretsFolder = join(resolve(config.dataDir), 'secrets')
    const { publicUrl } = options
    const endedSessions = createEndedSessions({ db: database.db, broadcast, clock, log })
    const credential = createServiceCredential(config.serviceTokens)
    const issuer = config.tokenIssuer ?? config.publicUrl ?? config.identityUrl ?? publicUrl
    const tokens = { issuer, audience: AUDIENCE }
    const { hosted, faces } = await host(config, {
      process: config,
      publicUrl,
      secretsFolder,
      database,
      commands,
      broadcast,
      endedSessions,
      credential,
      tokens,
      clock,
      log,
      metrics,
    })
    const jwks = faces.identity?.jwks ?? keySetAddress(config)
    const authenticate = createAuth({ ...tokens, jwks, endedSessions, credential, clock, log })
    const operations = operationsModule({ db: database.db, clock, commands })
    const modules = [...hosted.flatMap((service) => service.modules), operations, authModule(endedSessions)]
    closing.push(() => Promise.all(modules.map(async (module) => module.stop?.())))
    for (const module of modules) await module.prepare?.()
    return {
      config,
      schemas,
      database,
      commands,
      broadcast,
      metrics,
      clock,
      log,
      hosted,
      modules,
      authenticate,
      service: (name) => faceOf(faces, name),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Puts the services together, in the order of the table: a service may ask those before it. */
async function host(config: Config, world: World) {
  const hosted: Hosted<unknown>[] = []
  const faces: Partial<Faces> = {}
  const add = async <N extends ServiceName>(name: N) => {
    const service = await SERVICES[name].configure(config.environment, config).create(world, faces)
    hosted.push(service)
    faces[name] = service.face
  }
  for (const name of config.services) await add(name)
  return { hosted, faces }
}

/** Where identity publishes its public keys; a process that never asks for them may do without. */
function keySetAddress({ identityUrl, host: own, port }: Config): URL {
  return new URL('/.well-known/jwks.json', identityUrl ?? `http://${own}:${port}`)
}

function faceOf<N extends ServiceName>(faces: Partial<Faces>, name: N): Faces[N] {
  const face = faces[name]
  if (face === undefined) throw new Error(`this process does not host the service ${name}`)
  return face
}

async function openEmbedded(options: RuntimeOptions, closing: (() => Promise<unknown>)[]): Promise<string> {
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

/** A database that is away, does not let us in, or lets us change nothing is the owner's to fix; the rest is ours. */
function unreachable(error: unknown, config: Config): unknown {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const notOurs = isDatabaseUnavailable(cause) || isAccessRefused(cause)
  if (config.databaseUrl === undefined || !notOurs) return error
  const { host: server, pathname } = new URL(config.databaseUrl)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new UserError(`The database at ${server}${pathname} (DATABASE_URL) cannot be used: ${reason}`)
}

import { join, resolve } from 'node:path'
import type { VerifyAccessToken } from './platform/auth/access-token.ts'
import { AUDIENCE, authModule, createAuth } from './platform/auth/auth.ts'
import { createEndedSessions, type EndedSessions } from './platform/auth/ended-sessions.ts'
import { identityKeys } from './platform/auth/identity-keys.ts'
import { createServiceCredential, type ServiceCredential } from './platform/auth/service-credential.ts'
import { type Broadcast, createBroadcast } from './platform/broadcast/broadcast.ts'
import { postgresBroadcast } from './platform/broadcast/postgres.ts'
import { redisBroadcast } from './platform/broadcast/redis.ts'
import type { Database } from './platform/database/database.ts'
import { joinEmbedded, startEmbedded } from './platform/database/embedded.ts'
import { superviseEmbedded } from './platform/database/supervise.ts'
import type { Commands } from './platform/jobs/commands.ts'
import type { Module } from './platform/module.ts'
import { operationsModule } from './platform/operations.ts'
import { lockFolder } from './platform/process/folder-lock.ts'
import { runAll } from './platform/process/run-all.ts'
import { openRedis, type Redis } from './platform/redis/redis.ts'
import { type Kept, retentionModule, retentionSchedule } from './platform/retention/retention-module.ts'
import type { Logger } from './platform/telemetry/log.ts'
import { createMetrics, type Metrics } from './platform/telemetry/metrics.ts'
import type { Tracer } from './platform/telemetry/tracer.ts'
import { type Clock, systemClock } from './platform/time/clock.ts'
import { UserError } from './platform/user-error.ts'
import { tracingFor } from './services/between/tracing.ts'
import type { Config } from './services/config.ts'
import { placeOf } from './services/databases.ts'
import { type Faces, SERVICES, type ServiceName } from './services/index.ts'
import { settingsModule } from './services/operators/settings-route.ts'
import type { Hosted, Roles, World } from './services/service.ts'
import { byUrl, openStore, type Store } from './services/stores.ts'

/** A service in its place: what it consists of, and where its data are. */
export interface Placed extends Hosted<unknown> {
  name: ServiceName
  store: Store
  /** For how long its records are kept. */
  kept: Kept
}

/** The world of one process: its databases, stored commands, and the services it hosts on top of them. */
export interface Runtime {
  config: Config
  stores: readonly Store[]
  /** For what belongs to no service; see `placesOf`. */
  database: Database
  commands: Commands
  /** One for each database. */
  broadcasts: readonly Broadcast[]
  endedSessions: EndedSessions
  /** Where one is set. */
  redis: Redis | undefined
  metrics: Metrics
  /** Undefined where nothing is traced. */
  tracer: Tracer | undefined
  clock: Clock
  log: Logger
  hosted: readonly Placed[]
  /** Modules of all services it hosts, and of the platform. */
  modules: readonly Module[]
  /** Checks access tokens. */
  authenticate: VerifyAccessToken
  /** By which our own services are known. */
  credential: ServiceCredential
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
  /** Default: none, as a one-shot command. */
  roles?: Roles
  publicUrl: string
  clock?: Clock
  onProgress?: (message: string) => void
  /** Gives up between two steps when it is aborted; what was started is stopped again. */
  signal?: AbortSignal
}

/** Where secrets are kept that are generated because none are set. */
export function secretsFolderOf(dataDir: string): string {
  return join(resolve(dataDir), 'secrets')
}

/**
 * Starts or finds the databases, brings them up to date and puts the services on them.
 * @throws UserError when the data folder is in use, not writable or full, or a database cannot be reached
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, log, publicUrl, signal } = options
  const roles = options.roles ?? { api: false, worker: false }
  const closing: (() => Promise<unknown>)[] = []
  const close = () => runAll(closing.splice(0).reverse())
  try {
    const embedded = config.databases.some(({ url }) => url === undefined)
      ? await openEmbedded(options, closing)
      : undefined
    const metrics = createMetrics()
    const tracing = await tracingFor(config, log)
    // What is told last is sent last, when all else is closed.
    if (tracing) closing.push(tracing.stop)
    const tracer = tracing?.tracer
    const redis = await redisOf(config, { log, metrics })
    if (redis) closing.push(() => redis.close())
    const stores: Store[] = []
    for (const place of byUrl(config.databases, embedded)) {
      signal?.throwIfAborted()
      const store = await openStore(place, { config, log, metrics, tracer, worker: roles.worker })
      closing.push(() => store.database.close())
      closing.push(() => store.browsing.close())
      closing.push(() => store.commands.stop())
      stores.push(store)
    }
    const { accounts, own } = placesOf(stores)
    const { database, commands } = own
    const broadcasts = new Map(
      [own, accounts].map((store) => {
        const byDatabase = postgresBroadcast({ url: store.database.url, log })
        const transport = redis ? redisBroadcast(redis, byDatabase) : byDatabase
        return [placeOf(store.database.url), createBroadcast({ transport, log })] as const
      }),
    )
    for (const one of broadcasts.values()) closing.push(() => one.close())
    const broadcastOf = (store: Store) => {
      const found = broadcasts.get(placeOf(store.database.url))
      if (!found) throw new Error('a process has its own database, and perhaps that of accounts')
      return found
    }
    const clock = options.clock ?? systemClock
    const endedSessions = createEndedSessions({
      db: accounts.database.db,
      broadcast: broadcastOf(accounts),
      clock,
      log,
    })
    const credential = createServiceCredential(config.serviceTokens)
    const issuer = config.tokenIssuer ?? config.publicUrl ?? config.identityUrl ?? publicUrl
    const tokens = { issuer, audience: AUDIENCE }
    const { hosted, faces } = await host(config, stores, broadcastOf, {
      process: config,
      roles,
      publicUrl,
      secretsFolder: secretsFolderOf(config.dataDir),
      endedSessions,
      credential,
      tokens,
      redis,
      clock,
      log,
      metrics,
    })
    const keys = faces.identity ? undefined : identityKeys(keySetAddress(config), log)
    const jwks = faces.identity?.jwks ?? keys?.keyOf ?? { keys: [] }
    const authenticate = createAuth({ ...tokens, jwks, endedSessions, credential, clock, log })
    const offered = hosted.flatMap((service) => service.modules)
    const modules = [
      ...offered,
      operationsModule({
        db: database.db,
        clock,
        commands,
        log,
        eventHistoryDays: config.eventHistoryDays,
        subscribers: offered.flatMap(({ subscribers = [] }) => subscribers.map(({ name }) => name)),
      }),
      // Who was not told where identity is has nobody to fetch from.
      authModule(endedSessions, config.identityUrl === undefined ? undefined : keys),
      settingsModule(config),
      retentionModule(
        clock,
        hosted.map(({ kept }) => kept),
      ),
    ]
    closing.push(async () => {
      // All have ended before what they stand on is closed, also when one fails.
      const stops = await Promise.allSettled(modules.map(async (module) => module.stop?.()))
      await runAll(
        stops.map(
          (stop) => () => (stop.status === 'rejected' ? Promise.reject(stop.reason) : Promise.resolve()),
        ),
      )
    })
    for (const module of modules) {
      signal?.throwIfAborted()
      await module.prepare?.()
    }
    return {
      config,
      stores,
      database,
      commands,
      broadcasts: [...broadcasts.values()],
      endedSessions,
      redis,
      metrics,
      tracer,
      clock,
      log,
      hosted,
      modules,
      authenticate,
      credential,
      service: (name) => faceOf(faces, name),
      close,
    }
  } catch (error) {
    await close().catch((closeError: unknown) => log.error({ err: closeError }, 'closing failed'))
    throw error
  }
}

async function redisOf(
  { redisUrl: url, redisSentinels: sentinels, redisPrefix: prefix }: Config,
  { log, metrics }: { log: Logger; metrics: Metrics },
): Promise<Redis | undefined> {
  return url === undefined ? undefined : openRedis({ url, sentinels, prefix, log, metrics })
}

/**
 * Where accounts are, with the sessions that ended, and which database this process is otherwise about: one and the
 * same, except where pages have accounts at hand that are in a database of their own.
 */
function placesOf(stores: readonly Store[]): { accounts: Store; own: Store } {
  const [first] = stores
  if (!first) throw new Error('a process hosts at least one service')
  const accounts = stores.find(({ services }) => services.includes('identity')) ?? first
  const place = placeOf(accounts.database.url)
  return { accounts, own: stores.find(({ database }) => placeOf(database.url) !== place) ?? first }
}

/** Puts the services together, in the order of the table: a service may ask those before it. */
async function host(
  config: Config,
  stores: readonly Store[],
  broadcastOf: (store: Store) => Broadcast,
  world: Omit<World, 'database' | 'browsing' | 'commands' | 'broadcast'>,
) {
  const hosted: Placed[] = []
  const faces: Partial<Faces> = {}
  const add = async <N extends ServiceName>(name: N) => {
    const store = stores.find(({ services }) => services.includes(name))
    if (!store) throw new Error(`no database for ${name}`)
    const { database, browsing, commands } = store
    const configured = SERVICES[name].configure(config.environment, config)
    const lent = { database, browsing, commands, broadcast: broadcastOf(store) }
    const service = await configured.create({ ...world, ...lent }, faces)
    const kept = {
      deps: { db: database.db, clock: world.clock },
      rules: service.modules.flatMap(({ retention = [] }) => retention),
    }
    hosted.push({
      ...service,
      modules: withSchedule(name, service.modules, kept, world.log),
      name,
      store,
      kept,
    })
    faces[name] = service.face
  }
  for (const name of config.services) await add(name)
  return { hosted, faces }
}

/** Whoever keeps records clears those whose term is over, every night. */
function withSchedule(
  name: ServiceName,
  modules: readonly Module[],
  { deps, rules }: Kept,
  log: Logger,
): readonly Module[] {
  if (rules.length === 0) return modules
  const schedules = [retentionSchedule(name, { ...deps, log }, rules)]
  return [...modules, { name: `${name}.retention`, schedules }]
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
  const { config, log, owner, onProgress, signal } = options
  const folder = resolve(config.dataDir)
  signal?.throwIfAborted()
  const lock = await lockFolder(folder)
  if (!lock && owner) {
    throw new UserError(
      `Another Pillivery server is running on the data folder ${folder}. Stop it first, or set DATA_DIR to another folder.`,
    )
  }
  const embedded = { folder: join(folder, 'postgres'), ...(onProgress ? { onProgress } : {}) }
  // Without the lock a server is running: its database is shared, and left running afterwards.
  if (!lock) return joinEmbedded(embedded)
  closing.push(() => lock.release())
  const server = owner ? await superviseEmbedded(embedded, log) : await startEmbedded(embedded)
  closing.push(() => server.stop())
  return server.url
}

import { writeAudit, writeLook } from '../platform/audit/audit.ts'
import { createMarks } from '../platform/audit/marks.ts'
import { createServiceCredential } from '../platform/auth/service-credential.ts'
import { loadOrCreateCipherKey } from '../platform/cipher.ts'
import { freePort } from '../platform/database/embedded.ts'
import type { App } from '../platform/http/app.ts'
import { type Admission, createAdmission } from '../platform/http/limits/admission.ts'
import { buildServer } from '../platform/http/server.ts'
import { addressOf, portInUse, requireFreePort } from '../platform/process/port.ts'
import { runAll } from '../platform/process/run-all.ts'
import { type Logger, linesLogged } from '../platform/telemetry/log.ts'
import { type Clock, systemClock } from '../platform/time/clock.ts'
import { UserError } from '../platform/user-error.ts'
import { openRuntime, type Runtime, secretsFolderOf } from '../runtime.ts'
import type { Config } from '../services/config.ts'
import { wantsDemo } from '../services/demo/wanted.ts'
import { SERVICES } from '../services/index.ts'
import type { Roles } from '../services/service.ts'
import { startBackground } from './background.ts'
import { publishedEvents } from './events/published-events.ts'
import { type Readiness, readinessOf } from './readiness.ts'
import { VERSION } from './version.ts'

/** Stops accepting, finishes what runs, and only then stops what it stands on. */
export interface Server {
  url: string
  runtime: Runtime
  stop(): Promise<void>
}

export interface ServeOptions {
  config: Config
  log: Logger
  say(line: string): void
  /** Another one than the real one, for tests. */
  clock?: Clock
  /** Gives up a start that is under way; everything started by then is stopped. */
  signal?: AbortSignal
}

/**
 * Starts the services of the settings in this process, in the role of the settings.
 * @throws UserError for what the person at the terminal can mend; the reason of the signal when it is aborted
 */
export async function serve({
  config,
  log,
  say,
  clock = systemClock,
  signal,
}: ServeOptions): Promise<Server> {
  signal?.throwIfAborted()
  const roles = rolesOf(config)
  const port = config.port === 0 ? await freePort() : await requireFreePort(config.host, config.port)
  for (const name of config.services)
    await SERVICES[name].configure(config.environment, config).beforeStart?.(config)
  const started: (() => Promise<void>)[] = []
  const stopAll = () => runAll(started.splice(0).reverse())
  try {
    const publicUrl = config.publicUrl ?? addressOf(config.host, port)
    const options = { config, log, owner: true, roles, publicUrl, clock, onProgress: say }
    const runtime = await openRuntime({ ...options, ...(signal ? { signal } : {}) })
    started.push(() => runtime.close())
    for (const broadcast of runtime.broadcasts) await broadcast.start()
    for (const module of runtime.modules) {
      signal?.throwIfAborted()
      await module.start?.()
    }
    if (wantsDemo(config)) {
      for (const service of runtime.hosted) {
        signal?.throwIfAborted()
        await service.fillDemo?.(say)
      }
    }
    let draining = false
    const readiness = readinessOf(runtime)
    started.push(readiness.stop)
    const { requestsAtOnce: floor, mostRequestsAtOnce: ceiling } = config
    const admission = createAdmission({ floor, ceiling })
    const app = await buildApp(runtime, { roles, readiness, admission, draining: () => draining })
    // Whoever reaches the server may rely on it whole: it listens when its background work runs.
    if (roles.worker) started.push(await startBackground(runtime, admission.isPressed))
    signal?.throwIfAborted()
    await app.listen({ host: config.host, port }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? portInUse(port, 'PORT') : error
    })
    started.push(async () => {
      draining = true
      await app.close()
    })
    return { url: addressOf(config.host, port), runtime, stop: stopAll }
  } catch (error) {
    await stopAll().catch((stopError: unknown) => log.error({ err: stopError }, 'stopping failed'))
    throw error
  }
}

/** @throws UserError when another process would be asked, and it is not said where it is */
function rolesOf({ role, services, identityUrl }: Config): Roles {
  const roles = { api: role !== 'worker', worker: role !== 'api' }
  if (roles.api && !services.includes('identity') && identityUrl === undefined)
    throw new UserError(
      'IDENTITY_URL is required: this process does not host identity, and checks access tokens by the keys it publishes.',
    )
  return roles
}

/** A worker answers only about its health and its figures. */
async function buildApp(
  runtime: Runtime,
  {
    roles,
    readiness,
    admission,
    draining,
  }: { roles: Roles; readiness: Readiness; admission: Admission; draining: () => boolean },
): Promise<App> {
  const { modules, stores, config, log, metrics, tracer, authenticate, credential } = runtime
  // Before those of the modules: their gauges ask the database, and the pool must be seen without that.
  const sum = (of: 'total' | 'idle' | 'waiting') => () =>
    stores.reduce((total, { database }) => total + database.pool()[of], 0)
  metrics.observe('database_connections', 'Connections of the pool', sum('total'))
  metrics.observe('database_connections_idle', 'Connections of the pool nobody uses', sum('idle'))
  metrics.observe('database_waiting', 'Requests waiting for a connection', sum('waiting'))
  metrics.observe('database_browsing_waiting', 'Reads of everybody waiting for a connection of theirs', () =>
    stores.reduce((total, { browsing }) => total + browsing.pool().waiting, 0),
  )
  metrics.countEach('log_lines_total', 'Lines logged by this process', 'level', () => linesLogged(log))
  metrics.observeEach('build_info', '1; its label names what is deployed', 'release', async () => [
    [config.release ?? VERSION, 1],
  ])
  for (const module of modules) module.metrics?.(metrics)
  return buildServer({
    log,
    metrics,
    tracer,
    isService: credential.accepts,
    isGateway: createServiceCredential(config.tracesTokens).accepts,
    version: VERSION,
    release: config.release,
    problems: modules.flatMap((module) => (module.problems ? [module.problems] : [])),
    routes: roles.api ? modules.flatMap((module) => module.routes ?? []) : [],
    documented: roles.api,
    ...(roles.api ? { events: () => publishedEvents(VERSION) } : {}),
    authenticate,
    problemPage: modules.find((module) => module.problemPage)?.problemPage,
    trustedProxies: config.trustedProxies,
    limits: {
      requestsPerMinute: config.requestsPerMinute,
      changesPerMinute: config.changesPerMinute,
      together: runtime.redis && { redis: runtime.redis, as: config.services.toSorted().join('+') },
    },
    // Browsing has connections of its own: orders and payments never wait for these.
    browsingSlots: config.databaseBrowsingPoolSize,
    admission,
    audit: {
      deed: (note) => writeAudit(runtime.database.db, runtime.clock.now(), note),
      look: (note) => writeLook(runtime.database.db, runtime.clock.now(), note),
      markOf: createMarks(config.auditKey ?? (await ownAuditKey(config))),
    },
    metricsToken: config.metricsToken,
    metricsClosed: config.nodeEnv === 'production',
    draining,
    readiness: readiness.checks,
  })
}

/** Nothing is generated in production, where another process would have another one. */
async function ownAuditKey({ nodeEnv, dataDir }: Config): Promise<string | undefined> {
  return nodeEnv === 'production' ? undefined : loadOrCreateCipherKey(secretsFolderOf(dataDir), 'audit')
}

/** What a newcomer needs to know once everything runs. */
export function welcome({ url, runtime }: Server): string[] {
  const { config, hosted, modules } = runtime
  const isWorker = config.role === 'worker'
  const hasPages = !isWorker && modules.some(({ problemPage }) => problemPage !== undefined)
  const docs = `${url}/docs`
  const where = isWorker ? `${url}/health/ready` : hasPages ? `${url}/` : docs
  const lines = [
    ...hosted.flatMap((service) => service.welcome ?? []),
    ...(hasPages ? [`documentation    ${docs}`] : []),
  ]
  return [
    '',
    `Pillivery is running: ${where}`,
    '',
    ...lines.map((line) => `  ${line}`),
    '',
    'Ctrl-C stops it.',
  ]
}

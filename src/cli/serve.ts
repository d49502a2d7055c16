import { ping } from '../platform/database/database.ts'
import { freePort } from '../platform/database/embedded.ts'
import { pendingMigrations } from '../platform/database/migrate.ts'
import { startRelay } from '../platform/events/relay.ts'
import type { App } from '../platform/http/app.ts'
import { buildServer } from '../platform/http/server.ts'
import { portInUse, requireFreePort } from '../platform/process/port.ts'
import { every } from '../platform/resilience/loop.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import { type Clock, systemClock } from '../platform/time/clock.ts'
import { openRuntime, type Runtime } from '../runtime.ts'
import type { Config } from '../services/config.ts'
import { wantsDemo } from '../services/process-settings.ts'
import { VERSION } from './version.ts'

/** Stops accepting, finishes what runs, and only then stops what it stands on. */
export interface Server {
  url: string
  runtime: Runtime
  stop(): Promise<void>
}

/**
 * Starts the services of the settings in this process.
 * @param clock another one than the real one, for tests
 */
export async function serve(
  config: Config,
  log: Logger,
  say: (line: string) => void,
  clock: Clock = systemClock,
): Promise<Server> {
  const port = config.port === 0 ? await freePort() : await requireFreePort(config.host, config.port)
  const started: (() => Promise<void>)[] = []
  const stopAll = async () => {
    for (const stop of started.splice(0).reverse()) await stop()
  }
  try {
    const runtime = await openRuntime({
      config,
      log,
      owner: true,
      publicUrl: config.publicUrl ?? `http://${config.host}:${port}`,
      clock,
      onProgress: say,
    })
    started.push(() => runtime.close())
    await runtime.broadcast.start()
    for (const module of runtime.modules) await module.start?.()
    if (wantsDemo(config)) for (const service of runtime.hosted) await service.fillDemo?.(say)

    let draining = false
    const app = await startHttp(runtime, () => draining)
    // Whoever reaches the server may rely on it whole: it listens when its background work runs.
    started.push(await startBackground(runtime))
    await app.listen({ host: config.host, port }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? portInUse(port, 'PORT') : error
    })
    started.push(async () => {
      draining = true
      await app.close()
    })
    return { url: `http://${config.host}:${port}`, runtime, stop: stopAll }
  } catch (error) {
    await stopAll()
    throw error
  }
}

async function startHttp(runtime: Runtime, draining: () => boolean): Promise<App> {
  const { modules, schemas, database, config, log, metrics } = runtime
  const pool = database.pool
  // Before those of the modules: their gauges ask the database, and the pool must be seen without that.
  metrics.observe('database_connections', 'Connections of the pool', () => pool().total)
  metrics.observe('database_connections_idle', 'Connections of the pool nobody uses', () => pool().idle)
  metrics.observe('database_waiting', 'Requests waiting for a connection', () => pool().waiting)
  for (const module of modules) module.metrics?.(metrics)
  return buildServer({
    log,
    metrics,
    version: VERSION,
    problems: modules.flatMap((module) => (module.problems ? [module.problems] : [])),
    routes: modules.flatMap((module) => module.routes ?? []),
    authenticate: runtime.authenticate,
    trustedProxies: config.trustedProxies,
    metricsToken: config.metricsToken,
    draining,
    readiness: {
      database: async () => {
        await ping(database.db)
        return undefined
      },
      migrations: async () => {
        const pending = await pendingMigrations(database.db, schemas)
        return pending.length > 0 ? `not applied: ${pending.join(', ')}` : undefined
      },
    },
  })
}

/** Relay, sweepers, stored commands and schedules. @returns what begins nothing more and lets the rest finish */
async function startBackground({
  modules,
  database,
  commands,
  clock,
  log,
  metrics,
}: Runtime): Promise<() => Promise<void>> {
  const relay = startRelay({
    db: database.db,
    url: database.url,
    subscribers: modules.flatMap((module) => module.subscribers ?? []),
    now: clock.now,
    log,
    onParked: (subscriber, envelope, parking) => {
      metrics.parkedEvents.inc({ subscriber, state: parking.state })
      log.error(
        { subscriber, event: envelope.id, type: envelope.type, reason: parking.reason },
        'event set aside',
      )
    },
  })
  const loops = modules
    .flatMap((module) => module.sweeps ?? [])
    .map((sweep) =>
      every({
        name: sweep.name,
        intervalMs: sweep.everyMs,
        run: async (signal) => {
          await sweep.run(signal)
        },
        onError: (error, { name }) =>
          log.warn({ err: error, sweep: name }, 'sweep interrupted, will run again'),
      }),
    )
  await commands.work(
    modules.flatMap((module) => module.handlers ?? []),
    modules.flatMap((module) => module.schedules ?? []),
  )
  return async () => {
    await Promise.all([relay.stop(), ...loops.map((loop) => loop.stop()), commands.stop()])
  }
}

/** What a newcomer needs to know once everything runs. */
export function welcome({ url, runtime }: Server): string[] {
  const lines = runtime.hosted.flatMap((service) => service.welcome ?? [])
  return [
    '',
    `Pillivery is running: ${url}/docs`,
    '',
    ...lines.map((line) => `  ${line}`),
    '',
    'Ctrl-C stops it.',
  ]
}

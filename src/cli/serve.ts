import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, wantsDemo } from '../config.ts'
import { ping } from '../platform/database/database.ts'
import { freePort } from '../platform/database/embedded.ts'
import { pendingMigrations } from '../platform/database/migrate.ts'
import { startRelay } from '../platform/events/relay.ts'
import type { App } from '../platform/http/app.ts'
import { buildServer } from '../platform/http/server.ts'
import { type Child, startChild } from '../platform/process/child.ts'
import { every } from '../platform/resilience/loop.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import { type Clock, systemClock } from '../platform/time/clock.ts'
import { UserError } from '../platform/user-error.ts'
import { openRuntime, type Runtime } from '../runtime.ts'
import { SCHEMAS } from '../services.ts'
import { DEMO_ACCOUNTS, seedDemo } from './demo.ts'
import { providerAddresses, simulatedBank } from './provider-addresses.ts'
import { VERSION } from './version.ts'

/** Stops accepting, finishes what runs, and only then stops what it stands on. */
export interface Server {
  url: string
  bankUrl: string | undefined
  runtime: Runtime
  stop(): Promise<void>
}

/**
 * Starts every service in this process: the newcomer's and the small shop's way of running.
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
    const bankUrl = simulatedBank(config)
    const runtime = await openRuntime({
      config,
      log,
      owner: true,
      publicUrl: config.publicUrl ?? `http://${config.host}:${port}`,
      ...providerAddresses(config),
      clock,
      onProgress: say,
    })
    started.push(() => runtime.close())
    if (bankUrl !== undefined) {
      const bank = await startBank(config, bankUrl)
      started.push(() => bank.stop())
    }
    if (wantsDemo(config)) await seedDemo(runtime.services, say)

    let draining = false
    const app = await startHttp(runtime, () => draining)
    await app.listen({ host: config.host, port }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? portInUse(port, 'PORT') : error
    })
    const stopBackground = await startBackground(runtime)
    started.push(stopBackground, async () => {
      draining = true
      await app.close()
    })
    return { url: `http://${config.host}:${port}`, bankUrl, runtime, stop: stopAll }
  } catch (error) {
    await stopAll()
    throw error
  }
}

async function startHttp(runtime: Runtime, draining: () => boolean): Promise<App> {
  const { services, database, config, broadcast, log, metrics } = runtime
  const pool = database.pool
  // Before those of the modules: their gauges ask the database, and the pool must be seen without that.
  metrics.observe('database_connections', 'Connections of the pool', () => pool().total)
  metrics.observe('database_connections_idle', 'Connections of the pool nobody uses', () => pool().idle)
  metrics.observe('database_waiting', 'Requests waiting for a connection', () => pool().waiting)
  for (const module of services.modules) module.metrics?.(metrics)
  await broadcast.start()
  await services.identity.start()
  return buildServer({
    log,
    metrics,
    version: VERSION,
    problems: services.modules.flatMap((module) => (module.problems ? [module.problems] : [])),
    routes: services.modules.flatMap((module) => module.routes ?? []),
    authenticate: services.identity.authenticate,
    trustedProxies: config.trustedProxies,
    metricsToken: config.metricsToken,
    draining,
    readiness: {
      database: async () => {
        await ping(database.db)
        return undefined
      },
      migrations: async () => {
        const pending = await pendingMigrations(database.db, SCHEMAS)
        return pending.length > 0 ? `not applied: ${pending.join(', ')}` : undefined
      },
    },
  })
}

/** Relay, sweepers, stored commands and schedules. */
async function startBackground({ services, database, commands, clock, log, metrics }: Runtime) {
  const { modules } = services
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
        run: async () => {
          await sweep.run()
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
    // A billing run begins nothing more; charges on their way are finished.
    services.billing.stop()
    await Promise.all([relay.stop(), ...loops.map((loop) => loop.stop())])
    await services.identity.stop()
  }
}

async function startBank(config: Config, url: string): Promise<Child> {
  await requireFreePort('127.0.0.1', config.bankPort, 'BANK_PORT')
  return startChild({
    name: 'The simulated bank',
    script: fileURLToPath(new URL('../../simulators/bank/main.ts', import.meta.url)),
    args: [
      '--port',
      String(config.bankPort),
      '--data',
      join(resolve(config.dataDir), 'bank'),
      '--exit-with-parent',
    ],
    ready: async () => {
      const answer = await fetch(`${url}/health`).catch(() => undefined)
      return answer?.ok ?? false
    },
  })
}

/** Fails early and clearly, before a database is started. A port that a dying process still holds is waited for. */
async function requireFreePort(host: string, port: number, name = 'PORT'): Promise<number> {
  const deadline = Date.now() + 3_000
  while (!(await isFree(host, port))) {
    if (Date.now() > deadline) throw portInUse(port, name)
    await new Promise((done) => setTimeout(done, 100))
  }
  return port
}

async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer()
  const result = Promise.race([
    once(probe, 'listening').then(() => true),
    once(probe, 'error').then(() => false),
  ])
  probe.listen(port, host)
  const free = await result.catch(() => false)
  if (free) await new Promise((done) => probe.close(done))
  return free
}

function portInUse(port: number, name: string): UserError {
  return new UserError(`Port ${port} is in use by another program. Stop it, or set ${name} to another port.`)
}

/** What a newcomer needs to know once everything runs. */
export function welcome(server: Server): string[] {
  const lines = ['', `Pillivery is running: ${server.url}/docs`, '']
  if (server.bankUrl !== undefined) lines.push(`  simulated bank   ${server.bankUrl}`)
  if (wantsDemo(server.runtime.config)) {
    for (const { role, email, password } of DEMO_ACCOUNTS)
      lines.push(`  ${role.padEnd(16)} ${email} / ${password}`)
  }
  return [...lines, '', 'Ctrl-C stops it.']
}

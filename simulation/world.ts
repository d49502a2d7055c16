import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { VERSION } from '../src/cli/version.ts'
import { freePort } from '../src/platform/database/embedded.ts'
import { eventLag } from '../src/platform/events/lag.ts'
import { startRelay } from '../src/platform/events/relay.ts'
import type { App } from '../src/platform/http/app.ts'
import { buildServer } from '../src/platform/http/server.ts'
import { startChild } from '../src/platform/process/child.ts'
import { createLog } from '../src/platform/telemetry/log.ts'
import { type VirtualClock, virtualClock } from '../src/platform/time/clock.ts'
import { openRuntime, type Runtime } from '../src/runtime.ts'
import { readConfig } from '../src/services/config.ts'

/** A whole shop in this process, on a database that is thrown away, with the simulated bank as a child. */
export interface SimulatedWorld {
  runtime: Runtime
  app: App
  bankUrl: string
  now(): Temporal.Instant
  /** Moves the clocks of shop and bank. */
  moveTo(instant: Temporal.Instant): Promise<void>
  /** Waits until every event has been handled. */
  settled(): Promise<void>
  close(): Promise<void>
}

const CALM_WITHIN_MS = 120_000

export async function openSimulatedWorld(options: {
  start: Temporal.Instant
  seed: number
  say: (line: string) => void
}): Promise<SimulatedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-simulation-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const bankPort = await freePort()
    const config = readConfig({
      DATA_DIR: folder,
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      BANK_PORT: String(bankPort),
      DATABASE_POOL_SIZE: '20',
      PAYMENT_TIMEOUT_MS: '5000',
      PAYMENT_TOKEN_SETTLE_MINUTES: '60',
      PAYMENT_TOKEN_UNCHANGED: 'not_charged',
    })
    const bankUrl = `http://127.0.0.1:${bankPort}`
    const bank = await startBank(bankUrl, bankPort, join(folder, 'bank'), options.seed)
    closing.push(() => bank.stop())
    const clock = virtualClock(options.start)
    const runtime = await openRuntime({
      config,
      log: createLog('error'),
      owner: true,
      roles: { api: true, worker: true },
      publicUrl: 'http://shop.simulated',
      clock,
      onProgress: options.say,
    })
    closing.push(() => runtime.close())
    await forgetDurability(runtime)
    const events = startEvents(runtime, clock)
    closing.push(() => events.stop())
    const payments = runtime.service('shop').payments.module
    await runtime.commands.work(payments.handlers ?? [])
    const app = await shopServer(runtime)
    closing.push(() => app.close())
    return {
      runtime,
      app,
      bankUrl,
      now: () => clock.now(),
      moveTo: async (instant) => {
        clock.set(instant)
        await postJson(`${bankUrl}/clock`, { now: instant.toString({ smallestUnit: 'millisecond' }) })
      },
      settled: () => events.settled(),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function startBank(url: string, port: number, data: string, seed: number) {
  return startChild({
    name: 'The simulated bank',
    script: fileURLToPath(new URL('../simulators/bank/main.ts', import.meta.url)),
    args: `--port ${port} --seed ${seed} --clock manual --exit-with-parent --data`.split(' ').concat(data),
    ready: async () => {
      const answer = await fetch(`${url}/health`).catch(() => undefined)
      return answer?.ok ?? false
    },
  })
}

/** The database lives as long as the simulation: nothing has to reach the disk. */
async function forgetDurability({ database }: Runtime): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes'])
    await sql.raw(`alter system set ${setting} = off`).execute(database.db)
  await sql`select pg_reload_conf()`.execute(database.db)
}

/** Mails would only be files nobody reads; everything else is told its events. */
function startEvents({ modules, database, log }: Runtime, clock: VirtualClock) {
  const heard = modules.filter(({ name }) => name !== 'notifications')
  const relay = startRelay({
    db: database.db,
    url: database.url,
    subscribers: heard.flatMap((module) => module.subscribers ?? []),
    now: clock.now,
    log,
  })
  return {
    stop: () => relay.stop(),
    settled: async () => {
      const deadline = Date.now() + CALM_WITHIN_MS
      while ((await eventLag(database.db, clock.now())).pending > 0) {
        if (Date.now() > deadline) throw new Error('events are not handled any more')
        relay.wake()
        await pause(10)
      }
    },
  }
}

/** Routes as they are, except that a customer's id is their access token: nobody reaches this server from outside. */
function shopServer({ modules, log, metrics }: Runtime): Promise<App> {
  return buildServer({
    log,
    metrics,
    version: VERSION,
    problems: modules.flatMap((module) => (module.problems ? [module.problems] : [])),
    routes: modules.flatMap((module) => module.routes ?? []),
    authenticate: async (userId) => ({ userId, roles: ['customer'], sessionId: 'simulation' }),
    draining: () => false,
    readiness: {},
  })
}

/** Posts JSON to the bank. @throws when it does not agree */
export async function postJson(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}

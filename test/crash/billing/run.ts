import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createCipher } from '../../../src/platform/cipher.ts'
import type { Db } from '../../../src/platform/database/database.ts'
import { businessDate, systemClock } from '../../../src/platform/time/clock.ts'
import { startFaults } from '../faults.ts'
import { between, randomFor } from '../plan.ts'
import { countBy, showProgress, showUnsettled, table, verdictLines } from '../report.ts'
import { everyFewSeconds, withDatabase } from '../run.ts'
import { serverLogFindings } from '../server-log.ts'
import { createWorld, type World } from '../world.ts'
import { BILLING_FAULTS, CHARGE_TIMEOUT_MS } from './faults.ts'
import { verifyBilling } from './rules.ts'
import { seedSubscriptions } from './seed.ts'
import { notBegun, settleBilling } from './settle.ts'
import { type BillingSituation, inReview, readBilling } from './snapshot.ts'
import { lastWords, launchRun, startWorkers, type Workers } from './workers.ts'

export interface BillingCrashTest {
  cycles: number
  workers: number
  seed: number
  /** Seconds between two kills, on average. */
  killEvery: number
  keep: boolean
}

const SETTLE_WITHIN_MS = 240_000
const SERVER_SHARE = 0.15

/** Runs the whole test. @returns whether every promise held */
export async function runBillingCrashTest(test: BillingCrashTest): Promise<boolean> {
  const startedAt = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-crash-'))
  const { cycles, workers, killEvery, seed } = test
  console.log(
    `Crash test: ${cycles} cycles by ${workers} workers, one killed about every ${killEvery} s, --seed ${seed}`,
  )
  const tokenKey = randomBytes(32).toString('base64url')
  const world = await createWorld({ folder, seed, settings: settingsOf(tokenKey) })
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops) await one()
    return world.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().finally(() => process.exit(1)))
  let held = false
  try {
    held = await storm(test, world, tokenKey, (workers) => stops.push(workers.stop))
  } catch (error) {
    console.error(error)
  } finally {
    const exitCode = await stop()
    if (exitCode !== 0) {
      held = false
      console.log(`✗ the server did not stop cleanly at the end: exit code ${exitCode}`)
    }
  }
  const repeat = `npm run crash -- --billing --cycles ${cycles} --workers ${workers} --kill-every ${killEvery} --seed ${seed}`
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  console.log(
    held ? `\nEvery promise held (${seconds} s).` : `\nBROKEN after ${seconds} s. Repeat: ${repeat} --keep`,
  )
  if (test.keep) console.log(`Kept: ${folder}`)
  else await rm(folder, { recursive: true, force: true })
  return held
}

function settingsOf(tokenKey: string): Record<string, string> {
  return {
    TOKEN_KEY: tokenKey,
    PAYMENT_TIMEOUT_MS: String(CHARGE_TIMEOUT_MS),
    // Unknown charges are settled by the signs of their tokens alone, soon, and without a person.
    PAYMENT_LOOK_SECONDS: [0.5, ...Array<number>(60).fill(1)].join(','),
    TOKEN_SETTLE_MINUTES: '0',
    TOKEN_UNCHANGED: 'not_charged',
    DATABASE_POOL_SIZE: '15',
  }
}

async function storm(
  test: BillingCrashTest,
  world: World,
  tokenKey: string,
  toStop: (workers: Workers) => void,
): Promise<boolean> {
  await world.startServer()
  const today = businessDate(systemClock.now())
  const seeded = await withDatabase(world, (db) =>
    seedSubscriptions(db, world.bankUrl, createCipher(tokenKey), {
      count: test.cycles,
      seed: test.seed,
      today,
    }),
  )
  const faults = await startFaults(world.bankUrl, BILLING_FAULTS, undefined)
  const startedAt = performance.now()
  const workers = startWorkers(world, test.workers, today)
  toStop(workers)
  const kills = await withDatabase(world, (db) => killUntilDone(test, world, workers, db, today))
  const stormSeconds = (performance.now() - startedAt) / 1_000
  const struck = await faults.calm()

  console.log('Settling')
  await workers.finish()
  return withDatabase(world, async (db) => {
    const told = everyFewSeconds(showUnsettled)
    await settleBilling(db, today, told, SETTLE_WITHIN_MS)
    const last = await launchRun(world, today, 'last.out')
    await once(last, 'exit')
    const unsettled = await settleBilling(db, today, told, SETTLE_WITHIN_MS)
    const billing = await readBilling(db, world.bankUrl, seeded)
    const found = verifyBilling(billing)
    showFigures(billing, struck, { ...kills, stormSeconds, exits: workers.exits })
    const findings = await serverLogFindings(join(world.folder, 'server.log'))
    if (findings.length > 0) console.log(table('Errors the server logged', findings))
    for (const line of verdictLines(found)) console.log(line)

    const lastCode = last.exitCode ?? -1
    const others = [
      ...Object.entries(unsettled).map(([what, n]) => `✗ never settled: ${n} ${what}`),
      ...[...world.unexpectedExits, ...workers.unexpected].map((exit) => `✗ ${exit}`),
      ...(lastCode === 0
        ? []
        : [`✗ the last run was not complete: code ${lastCode}\n${await lastWords(world, 'last.out')}`]),
    ]
    for (const line of others) console.log(line)
    return others.length === 0 && [...found.values()].every((broken) => broken.length === 0)
  })
}

interface Kills {
  worker: number
  server: number
}

/** Kills somebody at random moments until every due cycle was begun. */
async function killUntilDone(
  { seed, killEvery, cycles }: BillingCrashTest,
  world: World,
  workers: Workers,
  db: Db,
  date: Temporal.PlainDate,
): Promise<Kills> {
  const random = randomFor(seed, 'kills')
  const kills: Kills = { worker: 0, server: 0 }
  const progress = showProgress(cycles, 'cycles')
  const mostMs = 300_000 + cycles * 200
  const endsAt = performance.now() + mostMs
  const nextKill = () => performance.now() + between(random, killEvery * 300, killEvery * 1_700)
  let killAt = nextKill()
  for (;;) {
    const left = await notBegun(db, date)
    progress.update(cycles - left, `${kills.worker} workers and ${kills.server} servers killed`)
    if (left === 0 || performance.now() > endsAt || workers.unexpected.length > 0) break
    await pause(Math.min(250, Math.max(0, killAt - performance.now())))
    if (performance.now() < killAt) continue
    if (random() < SERVER_SHARE) {
      await world.killServer()
      world.launchServer()
      kills.server++
    } else if (await workers.kill(random)) kills.worker++
    killAt = nextKill()
  }
  progress.stop()
  await world.waitUntilReady()
  return kills
}

function showFigures(
  billing: BillingSituation,
  struck: ReadonlyMap<string, number>,
  storm: Kills & { stormSeconds: number; exits: ReadonlyMap<number, number> },
): void {
  const { cycles, attempts, snapshot } = billing
  const looked = attempts.filter(({ looks }) => looks > 0)
  const unknown = (ended: string) => looked.filter(({ state }) => state === ended).length
  const named = ({ state, reason }: { state: string; reason: string | null }) =>
    reason === null ? state : `${state}: ${reason}`
  console.log(table('\nCycles', countBy(cycles, named)))
  console.log(
    table(
      'Payments',
      countBy(attempts, ({ state, declineCode }) => named({ state, reason: declineCode })),
    ),
  )
  const rows: [string, number | string][] = [
    ['found charged', unknown('succeeded')],
    ['found not charged', looked.filter(({ declineCode }) => declineCode === 'not_charged').length],
    ['left to an operator', inReview(billing).length],
  ]
  console.log(table('Unknown outcomes', rows))
  const amount = snapshot.charges.reduce((sum, row) => sum + row.amount, 0)
  console.log(table('Bank', [['charges', snapshot.charges.length], ['charged, won', amount], ...struck]))
  console.log(
    table('Crashes', [
      ['workers killed', storm.worker],
      ['servers killed', storm.server],
      ['ends of workers by exit code', [...storm.exits].map(([code, n]) => `${code}: ${n}`).join(', ')],
      ['billing took, s', storm.stormSeconds.toFixed(1)],
      ['cycles a second', (cycles.length / storm.stormSeconds).toFixed(1)],
    ]),
  )
}

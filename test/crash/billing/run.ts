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
import type { Unsettled } from '../settle.ts'
import { endWhenTold } from '../when-told.ts'
import { createWorld, type World } from '../world.ts'
import { BILLING_FAULTS, CHARGE_TIMEOUT_MS } from './faults.ts'
import { operatorsAt } from './operators.ts'
import { verifyBilling } from './rules.ts'
import { seedSubscriptions } from './seed.ts'
import { notBegun, settleBilling } from './settle.ts'
import { type BillingSituation, readBilling } from './snapshot.ts'
import { certainFaults, leastKills, leastPaid, type Storm, type Unchanged } from './storm.ts'
import { lastWords, launchRun, startWorkers, type Workers } from './workers.ts'

export interface BillingCrashTest {
  cycles: number
  workers: number
  seed: number
  /** Seconds between two kills, on average. */
  killEvery: number
  /** Who decides about a charge that left no sign. */
  unchanged: Unchanged
  keep: boolean
}

const SETTLE_WITHIN_MS = 240_000
const SERVER_SHARE = 0.15

/** Runs the whole test. @returns whether every promise held */
export async function runBillingCrashTest(test: BillingCrashTest): Promise<boolean> {
  const startedAt = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-crash-'))
  const { cycles, workers, killEvery, seed, unchanged } = test
  console.log(
    `Crash test: ${cycles} cycles by ${workers} workers, one killed about every ${killEvery} s, --seed ${seed} --unchanged ${unchanged}`,
  )
  const tokenKey = randomBytes(32).toString('base64url')
  const world = await createWorld({ folder, seed, settings: settingsOf(tokenKey, unchanged) })
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const one of stops) await one()
    return world.stop()
  }
  endWhenTold(stop, 1)
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
  const repeat = `npm run crash -- --billing --cycles ${cycles} --workers ${workers} --kill-every ${killEvery} --seed ${seed} --unchanged ${unchanged}`
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  console.log(
    held ? `\nEvery promise held (${seconds} s).` : `\nBROKEN after ${seconds} s. Repeat: ${repeat} --keep`,
  )
  if (test.keep) console.log(`Kept: ${folder}`)
  else await rm(folder, { recursive: true, force: true })
  return held
}

function settingsOf(tokenKey: string, unchanged: Unchanged): Record<string, string> {
  return {
    PAYMENT_TOKEN_KEY: tokenKey,
    PAYMENT_TIMEOUT_MS: String(CHARGE_TIMEOUT_MS),
    // Unknown charges are settled by the signs of their tokens alone, and soon.
    PAYMENT_LOOK_SECONDS: [0.5, ...Array<number>(60).fill(1)].join(','),
    PAYMENT_TOKEN_SETTLE_MINUTES: '0',
    PAYMENT_TOKEN_UNCHANGED: unchanged,
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
  const { notBegun, ...kills } = await withDatabase(world, (db) =>
    killUntilDone(test, world, workers, db, today),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  const struck = await faults.calm()
  const passed: Storm = { ...test, seconds, kills, notBegun, faults: BILLING_FAULTS, struck }

  console.log('Settling')
  await workers.finish()
  return withDatabase(world, async (db) => {
    const told = everyFewSeconds(showUnsettled)
    await settleBilling(db, today, told, SETTLE_WITHIN_MS)
    const last = await launchRun(world, today, 'last.out')
    await once(last, 'exit')
    const unsettled = await settleBilling(db, today, told, SETTLE_WITHIN_MS)
    const operators = await operatorsAt(world)
    const look = async (storm: Storm) =>
      readBilling(db, world.bankUrl, { ...seeded, storm, queue: await operators.queue() })
    const billing = await look(passed)
    const found = verifyBilling(billing)
    showFigures(billing, workers.exits)
    const findings = await serverLogFindings(join(world.folder, 'server.log'))
    if (findings.length > 0) console.log(table('Errors the server logged', findings))
    for (const line of verdictLines(found)) console.log(line)

    const lastCode = last.exitCode ?? -1
    const others = [
      ...stillUnsettled(unsettled),
      ...[...world.unexpectedExits, ...workers.unexpected].map((exit) => `✗ ${exit}`),
      ...(lastCode === 0
        ? []
        : [`✗ the last run was not complete: code ${lastCode}\n${await lastWords(world, 'last.out')}`]),
    ]
    for (const line of others) console.log(line)
    const held = others.length === 0 && nothingBroken(found)
    if (test.unchanged !== 'review' || !held) return held

    const decided = await operators.decide(billing)
    console.log(`\nOperators decided ${decided} charges; those without money are charged anew`)
    const left = stillUnsettled(await settleBilling(db, today, told, SETTLE_WITHIN_MS))
    // Nothing is left to persons now: as many cycles must be paid as if nobody had been asked.
    const after = verifyBilling(await look({ ...passed, unchanged: 'not_charged' }))
    for (const line of [...verdictLines(after), ...left]) console.log(line)
    return left.length === 0 && nothingBroken(after)
  })
}

const stillUnsettled = (unsettled: Unsettled): string[] =>
  Object.entries(unsettled).map(([what, n]) => `✗ never settled: ${n} ${what}`)

const nothingBroken = (found: ReturnType<typeof verifyBilling>): boolean =>
  [...found.values()].every((broken) => broken.length === 0)

type Kills = Storm['kills']

/** Kills somebody at random moments until every due cycle was begun. */
async function killUntilDone(
  { seed, killEvery, cycles }: BillingCrashTest,
  world: World,
  workers: Workers,
  db: Db,
  date: Temporal.PlainDate,
): Promise<Kills & { notBegun: number }> {
  const random = randomFor(seed, 'kills')
  const kills: Kills = { worker: 0, server: 0 }
  const progress = showProgress(cycles, 'cycles')
  const mostMs = 300_000 + cycles * 200
  const endsAt = performance.now() + mostMs
  const nextKill = () => performance.now() + between(random, killEvery * 300, killEvery * 1_700)
  let killAt = nextKill()
  let left = cycles
  for (;;) {
    left = await notBegun(db, date)
    progress.update(cycles - left, `${kills.worker} workers and ${kills.server} servers killed`)
    if (left === 0 || performance.now() > endsAt || workers.unexpected.length > 0) break
    await pause(Math.min(250, Math.max(0, killAt - performance.now())))
    if (performance.now() < killAt) continue
    if (random() < SERVER_SHARE) {
      if (await world.killServer()) kills.server++
      world.launchServer()
    } else if (await workers.kill(random)) kills.worker++
    killAt = nextKill()
  }
  progress.stop()
  await world.waitUntilReady()
  return { ...kills, notBegun: left }
}

function showFigures(billing: BillingSituation, exits: ReadonlyMap<number, number>): void {
  const { cycles, attempts, snapshot, storm, everUnknown, queue, refusals } = billing
  const unknown = new Set(everUnknown)
  const ended = (wanted: (attempt: BillingSituation['attempts'][number]) => boolean) =>
    attempts.filter((attempt) => unknown.has(attempt.id) && wanted(attempt)).length
  const named = ({ state, reason }: { state: string; reason: string | null }) =>
    reason === null ? state : `${state}: ${reason}`
  console.log(table('\nCycles', [...countBy(cycles, named), ['least that must be paid', leastPaid(storm)]]))
  console.log(
    table(
      'Payments',
      countBy(attempts, ({ state, declineCode }) => named({ state, reason: declineCode })),
    ),
  )
  console.log(
    table('Unknown outcomes', [
      ['in all', unknown.size],
      ['found charged', ended(({ state }) => state === 'succeeded')],
      ['found not charged', ended(({ declineCode }) => declineCode === 'not_charged')],
      ['in the queue of operators', ended(({ id }) => queue.includes(id))],
    ]),
  )
  const amount = snapshot.charges.reduce((sum, row) => sum + row.amount, 0)
  const certain = new Set(certainFaults(storm).map(({ id }) => id))
  console.log(
    table('Bank', [
      ['charges', snapshot.charges.length],
      ['charged, won', amount],
      ['refusals', refusals.length],
      ...storm.faults.map(({ id }): [string, string] => [
        id,
        `${storm.struck.get(id) ?? 0}${certain.has(id) ? '' : ' (not sure to strike in a run of this size)'}`,
      ]),
    ]),
  )
  console.log(
    table('Crashes', [
      ['workers killed', storm.kills.worker],
      ['servers killed', storm.kills.server],
      ['least kills in this time', leastKills(storm)],
      ['ends of workers by exit code', [...exits].map(([code, n]) => `${code}: ${n}`).join(', ')],
      ['billing took, s', storm.seconds.toFixed(1)],
      ['cycles a second', (cycles.length / storm.seconds).toFixed(1)],
    ]),
  )
}

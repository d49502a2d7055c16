import { sql } from 'kysely'
import { interruptible } from '../src/cli/interruptible.ts'
import { startProgress } from '../src/cli/progress.ts'
import { type Customers, openCustomers } from './customers.ts'
import { type Proof, prove } from './proof.ts'
import { openSimulatedWorld, postJson, type SimulatedWorld } from './world.ts'

export interface SimulationOptions {
  days: number
  subscriptions: number
  seed: number
  declines: number
  lost: number
  actEvery: number
  json?: boolean
}

const FIRST_DAY = Temporal.PlainDate.from('2027-01-01')
/** New customers come during the first days, so that due dates are spread. */
const ARRIVAL_DAYS = 30
const ZONE = 'Asia/Seoul'
/** So long after the last day charges are still followed up, until midnight. */
const CALM_DAYS = 3
/** Something that is due and is not settled by so many sweeps is stuck: that must not look like a long simulation. */
const MOST_IN_VAIN = 50

/**
 * Lives through the days and prints the proof. Sets exit code 1 on any difference, and when nothing was proven.
 * @param stopping ends it after the day that is under way; what was lived through is proven
 */
export async function simulate(options: SimulationOptions, stopping: AbortSignal): Promise<void> {
  const begun = performance.now()
  const world = await openSimulatedWorld({
    start: at(FIRST_DAY, '09:00'),
    seed: options.seed,
    say: (line) => console.error(line),
  })
  try {
    await interruptible(stopping, async (signal) => {
      const customers = await openCustomers(world, options.seed, options.actEvery)
      await brewTrouble(world, options)
      const lastDay = await live(world, customers, options, signal)
      await calm(world, lastDay)
      const lastRetryDay = lastDay.add({ days: CALM_DAYS - 1 })
      const proof = await prove(world, { lastDay, lastRetryDay }, customers.diaries())
      const seconds = (performance.now() - begun) / 1_000
      report(proof, customers, { days: daysUntil(lastDay), seconds, json: options.json ?? false })
      process.exitCode = proof.differences.length === 0 ? 0 : 1
    })
  } finally {
    await world.close()
  }
}

/** @returns the last day that was lived through */
async function live(
  world: SimulatedWorld,
  customers: Customers,
  { days, subscriptions }: SimulationOptions,
  signal: AbortSignal,
): Promise<Temporal.PlainDate> {
  const bar = startProgress('Simulating', days)
  const arrivalDays = Math.min(ARRIVAL_DAYS, days)
  try {
    let day = FIRST_DAY
    for (let passed = 0; passed < days && !signal.aborted; passed += 1) {
      day = FIRST_DAY.add({ days: passed })
      if (passed > 0) await bill(world, day)
      await followUps(world, day, '09:30')
      await world.moveTo(at(day, '09:45'))
      await world.runtime.service('shop').subscriptions.announceCharges()
      await world.moveTo(at(day, '10:00'))
      const until = Math.min(subscriptions, Math.ceil((subscriptions * (passed + 1)) / arrivalDays))
      await customers.subscribe(until - customers.subscribed())
      await world.settled()
      await customers.act()
      await customers.settleOverdue(await overdue(world))
      await world.settled()
      await followUps(world, day, '17:00')
      await followUps(world, day, '23:00')
      bar.update(passed + 1, day.toString())
    }
    return day
  } finally {
    bar.stop()
  }
}

async function bill(world: SimulatedWorld, day: Temporal.PlainDate): Promise<void> {
  await world.moveTo(at(day, '02:00'))
  const { billing } = world.runtime.service('shop')
  const opened = await billing.start({ date: day, kind: 'scheduled' })
  if (opened.kind === 'refused') throw new Error(`the run of ${day} was refused: ${opened.code}`)
  const { run } = await billing.work(opened.run)
  if (run.state === 'failed') throw new Error(`the run of ${day} failed: ${JSON.stringify(run.report)}`)
}

/** Works what has come due by then, at its own instant; and settles what is unknown. */
async function followUps(world: SimulatedWorld, day: Temporal.PlainDate, time: string): Promise<void> {
  const { service, database } = world.runtime
  const { payments, billing } = service('shop')
  const until = at(day, time)
  let before: Temporal.Instant | undefined
  let inVain = 0
  for (;;) {
    const { rows } = await sql<{ at: Temporal.Instant | null }>`
      select least(
        (select min(act_at) from subscriptions.subscription where act_at is not null),
        (select min(next_look_at) from payments.attempt where state = 'unknown')) as at`.execute(database.db)
    const next = rows[0]?.at
    if (!next || Temporal.Instant.compare(next, until) > 0) return
    inVain = before?.equals(next) ? inVain + 1 : 0
    if (inVain > MOST_IN_VAIN) throw new Error(`what is due at ${next} never gets done`)
    before = next
    const later = world.now().add({ seconds: 30 })
    await world.moveTo(Temporal.Instant.compare(next, later) > 0 ? next : later)
    for (const sweep of payments.module.sweeps ?? []) await sweep.run()
    await billing.followUps()
  }
}

/** Whom the shop has written that their charge was refused. */
async function overdue(world: SimulatedWorld): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select customer_id as id from subscriptions.subscription where state = 'past_due' order by 1`.execute(
    world.runtime.database.db,
  )
  return rows.map(({ id }) => id)
}

/** After the last day: what is unknown is cleared up, events are handled, the bank has no more trouble. */
async function calm(world: SimulatedWorld, lastDay: Temporal.PlainDate): Promise<void> {
  await fetch(`${world.bankUrl}/faults`, { method: 'DELETE' })
  await followUps(world, lastDay.add({ days: CALM_DAYS }), '00:00')
  await world.settled()
}

async function brewTrouble(world: SimulatedWorld, { declines, lost }: SimulationOptions): Promise<void> {
  const rule = (share: number, effect: object) => ({
    match: { provider: 'kakaopay', operation: 'subscription', probability: share / 100 },
    effect,
  })
  const rules = [
    rule(declines, { kind: 'decline' }),
    rule(lost / 2, { kind: 'reset_after' }),
    rule(lost / 2, { kind: 'reset_before' }),
  ].filter(({ match }) => match.probability > 0)
  if (rules.length > 0) await postJson(`${world.bankUrl}/faults`, rules)
}

function report(
  proof: Proof,
  customers: Customers,
  { days, seconds, json }: { days: number; seconds: number; json: boolean },
): void {
  if (json) {
    const { wishes, refused } = customers
    console.log(JSON.stringify({ days, seconds, wishes, refused, ...proof }, null, 2))
    return
  }
  const won = new Intl.NumberFormat('en-US')
  const table = (title: string, counts: Record<string, number>) => [
    title,
    ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(34)}${won.format(count).padStart(12)}`),
  ]
  const taken = (name: string, { charges, charged }: Proof['expected']) =>
    `  ${name.padEnd(10)}${won.format(charges).padStart(9)} charges ${won.format(charged).padStart(16)} won`
  const money = (name: string, sums: Proof['bank']) =>
    `${taken(name, sums)}, given back ${won.format(sums.refunded).padStart(12)} won`
  const lines = [
    `${days} days with ${customers.subscribed()} subscriptions in ${seconds.toFixed(1)} s`,
    ...table('Wishes of customers', customers.wishes),
    ...table('Wishes that were refused', customers.refused),
    ...table('Subscriptions', proof.subscriptions),
    ...table('Cycles (the first is the purchase)', proof.cycles),
    ...table('Orders', proof.orders),
    'Money',
    taken('diaries', proof.expected),
    money('bank', proof.bank),
    money('shop', proof.shop),
    `  ${proof.open} charges of unknown outcome`,
    ...proof.differences.map((difference) => `DIFFERENCE  ${difference}`),
    proof.differences.length === 0
      ? 'Customers, shop and bank agree.'
      : `${proof.differences.length} difference${proof.differences.length === 1 ? '' : 's'}.`,
  ]
  for (const line of lines) console.log(line)
}

function at(day: Temporal.PlainDate, time: string): Temporal.Instant {
  return day.toZonedDateTime({ timeZone: ZONE, plainTime: time }).toInstant()
}

function daysUntil(day: Temporal.PlainDate): number {
  return FIRST_DAY.until(day, { largestUnit: 'days' }).days + 1
}

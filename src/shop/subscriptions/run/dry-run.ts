import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { type Notice, noticeFirst } from '../rules/announcement.ts'
import { type DueCycle, plannedCycles } from '../rules/billing-calendar.ts'
import { type CatchUpPolicy, catchUp } from '../rules/catch-up.ts'
import type { SkipReason } from '../rules/cycle.ts'
import { amountDue, chargeDay, dueUntil, nextCharge } from '../rules/subscription.ts'
import { type Stored, storedOf } from '../store/subscription-store.ts'
import type { SubscriptionTable } from '../store/tables.ts'
import { type Facts, type Fate, factsFor, fateOf, type PlanDeps } from './plan-facts.ts'
import type { Tally } from './run.ts'

/** Deliveries that would be left out, by reason. */
type Skips = Partial<
  Record<Extract<SkipReason, 'customer' | 'paused' | 'missed' | 'not_sold' | 'out_of_stock'>, number>
>
/** Subscriptions that would end, by reason. */
type Ends = Partial<Record<Extract<Fate, { kind: 'end' }>['reason'], number>>

export interface DryRun {
  date: string
  /** Subscriptions with something due. */
  due: number
  /** What banks would be asked for. */
  toCharge: Tally
  /** Nothing can be charged: their customers would be asked for a payment method. */
  withoutMethod: number
  toSkip: Skips
  toEnd: Ends
  /** Nobody told their customers in time: the charge is put off and they are told now. */
  toPutOff: number
  /**
   * Charged today already, told of for a later day, behind a charge whose outcome is unknown, or (of a day to come) an
   * earlier charge of theirs is still being settled.
   */
  waiting: number
  /** Tries, deadlines and ends of pauses whose time has come. */
  followUps: number
}

const PAGE = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/**
 * What a run of this date would do: now, or, of a day to come, on that very day if all runs and notices before it are
 * made, and items, methods and customers are as they are now. Reads only: every page is a read-only transaction.
 */
export async function dryRun(deps: PlanDeps, date: Temporal.PlainDate): Promise<DryRun> {
  const plan: DryRun = {
    date: date.toString(),
    due: 0,
    toCharge: { count: 0, amount: 0 },
    withoutMethod: 0,
    toSkip: {},
    toEnd: {},
    toPutOff: 0,
    waiting: 0,
    followUps: 0,
  }
  let after: SubscriptionTable | undefined
  const notice = { today: deps.clock.today(), daysBefore: deps.settings.announceDaysBefore }
  const isAhead = Temporal.PlainDate.compare(date, notice.today) > 0
  const shelf = isAhead ? null : new Map<string, number>()
  for (;;) {
    const { rows, facts } = await page(deps, date, { isAhead, shelf, after })
    for (const row of rows) {
      if (isAhead) countAhead(plan, storedOf(row), date, notice, facts)
      else count(plan, storedOf(row), date, { notice, catchUpBy: deps.settings.catchUp, facts })
    }
    after = rows.at(-1)
    if (rows.length < PAGE) break
  }
  if (!isAhead) plan.followUps = await followUps(deps)
  return plan
}

function followUps(deps: Pick<PlanDeps, 'db' | 'clock'>): Promise<number> {
  return readOnly(deps, async (tx) => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from subscriptions.subscription where act_at <= ${deps.clock.now()}`.execute(
      tx,
    )
    return rows[0]?.count ?? 0
  })
}

/** One cycle of that day, as far as it can be known: all before it has gone as planned. */
function countAhead(
  plan: DryRun,
  stored: Stored,
  date: Temporal.PlainDate,
  notice: Notice,
  facts: Facts,
): void {
  const { subscription } = stored
  const from = subscription.latestCycle.due.add({ days: 1 })
  const next = nextCharge(subscription)
  const isTold = !facts.offSale.has(subscription.itemId)
  const onTheDay = plannedCycles(subscription.schedule, from, date).filter(
    (cycle) =>
      cycle.plan === 'charge' &&
      dayOf(stored, cycle, { ...notice, isNext: cycle.no === next?.no && isTold }).equals(date),
  )
  const cycle = onTheDay.at(-1)
  if (!cycle) return
  plan.due += 1
  if (subscription.latestCycle.open) plan.waiting += 1
  else add(plan, stored, cycle.due, fateOf(subscription, cycle.due, null, facts))
}

/**
 * The day of a charge ahead: the next one may be too near for the notice that was promised (which is not given while
 * its item is not sold).
 */
function dayOf(
  { subscription, announced }: Stored,
  cycle: DueCycle,
  { isNext, ...notice }: Notice & { isNext: boolean },
): Temporal.PlainDate {
  if (!isNext || subscription.latestCycle.open) return chargeDay(subscription, cycle)
  const first = noticeFirst(subscription, cycle, announced, notice)
  return chargeDay(first?.kind === 'tell' ? first.subscription : subscription, cycle)
}

function add(plan: DryRun, { subscription }: Stored, due: Temporal.PlainDate, fate: Fate): void {
  switch (fate.kind) {
    case 'charge':
      plan.toCharge.count += 1
      plan.toCharge.amount += amountDue(subscription, due)
      return
    case 'ask':
      plan.withoutMethod += 1
      return
    case 'skip':
      plan.toSkip[fate.reason] = (plan.toSkip[fate.reason] ?? 0) + 1
      return
    case 'end':
      plan.toEnd[fate.reason] = (plan.toEnd[fate.reason] ?? 0) + 1
      return
    case 'tell':
      plan.toPutOff += 1
      return
    case 'wait':
      plan.waiting += 1
  }
}

function count(
  plan: DryRun,
  stored: Stored,
  date: Temporal.PlainDate,
  { notice, catchUpBy, facts }: { notice: Notice; catchUpBy: CatchUpPolicy; facts: Facts },
): void {
  const { subscription, lastChargedOn, announced } = stored
  plan.due += 1
  const progress = { lastHandledDue: subscription.latestCycle.due, lastChargedOn, hasOpenCycle: false }
  const through = dueUntil(subscription, date)
  for (const cycle of catchUp(subscription.schedule, progress, date, catchUpBy, through)) {
    if (cycle.decision === 'skip') {
      plan.toSkip[cycle.reason] = (plan.toSkip[cycle.reason] ?? 0) + 1
      continue
    }
    const first = noticeFirst(subscription, cycle, announced, notice)
    const fate: Fate =
      cycle.decision === 'wait'
        ? { kind: 'wait' }
        : fateOf(subscription, cycle.due, first?.kind ?? null, facts)
    add(plan, stored, cycle.due, fate)
    return
  }
}

async function page(
  deps: PlanDeps,
  date: Temporal.PlainDate,
  {
    isAhead,
    shelf,
    after,
  }: { isAhead: boolean; shelf: Facts['shelf']; after: SubscriptionTable | undefined },
): Promise<{ rows: SubscriptionTable[]; facts: Facts }> {
  return readOnly(deps, async (tx) => {
    const { rows } = await sql<SubscriptionTable>`
      select * from subscriptions.subscription
      where next_due <= ${date} and ${isAhead ? sql`true` : sql`not latest_cycle_open`}
        and (next_due, id) > (${after?.next_due ?? '-infinity'}::date, ${after?.id ?? FIRST_ID}::uuid)
      order by next_due, id limit ${PAGE}`.execute(tx)
    return { rows, facts: await factsFor(deps, tx, rows, shelf) }
  })
}

function readOnly<T>({ db }: Pick<PlanDeps, 'db'>, read: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().setAccessMode('read only').execute(read)
}

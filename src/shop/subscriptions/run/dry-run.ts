import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { type Notice, noticeFirst } from '../rules/announcement.ts'
import { type DueCycle, plannedCycles } from '../rules/billing-calendar.ts'
import { catchUp } from '../rules/catch-up.ts'
import { amountDue, chargeDay, dueUntil, nextCharge } from '../rules/subscription.ts'
import { type Stored, storedOf } from '../store/subscription-store.ts'
import type { SubscriptionTable } from '../store/tables.ts'
import type { Tally } from './run.ts'

export interface DryRun {
  date: string
  /** Subscriptions with something due. */
  due: number
  toCharge: Tally
  /** To be charged, but without a payment method: their customers would be asked for one. */
  withoutMethod: number
  /** Deliveries that would be left out, by reason. */
  toSkip: Record<string, number>
  /** Nobody told their customers in time: the charge is put off and they are told now. */
  toPutOff: number
  /** Charged today already, or (of a day to come) an earlier charge of theirs is still being settled. */
  waiting: number
  /** Tries, deadlines and ends of pauses whose time has come. */
  followUps: number
}

const PAGE = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/**
 * What a run of this date would do: now, or, of a day to come, what would be charged on that very day if all runs and
 * notices before it are made. Reads only: every page is a read-only transaction.
 */
export async function dryRun(
  deps: Pick<BillingDeps, 'db' | 'clock' | 'settings'>,
  date: Temporal.PlainDate,
): Promise<DryRun> {
  const plan: DryRun = {
    date: date.toString(),
    due: 0,
    toCharge: { count: 0, amount: 0 },
    withoutMethod: 0,
    toSkip: {},
    toPutOff: 0,
    waiting: 0,
    followUps: 0,
  }
  let after: SubscriptionTable | undefined
  const today = deps.clock.today()
  const isAhead = Temporal.PlainDate.compare(date, today) > 0
  for (;;) {
    const rows = await page(deps, date, isAhead, after)
    for (const row of rows) {
      if (isAhead)
        countAhead(plan, storedOf(row), date, { today, daysBefore: deps.settings.announceDaysBefore })
      else count(plan, storedOf(row), date, deps)
    }
    after = rows.at(-1)
    if (rows.length < PAGE) break
  }
  if (!isAhead) plan.followUps = await followUps(deps)
  return plan
}

function followUps(deps: Pick<BillingDeps, 'db' | 'clock'>): Promise<number> {
  return readOnly(deps, async (tx) => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from subscriptions.subscription where act_at <= ${deps.clock.now()}`.execute(
      tx,
    )
    return rows[0]?.count ?? 0
  })
}

/** One charge of that day, as far as it can be known: all before it has gone as planned. */
function countAhead(plan: DryRun, stored: Stored, date: Temporal.PlainDate, notice: Notice): void {
  const { subscription } = stored
  const from = subscription.latestCycle.due.add({ days: 1 })
  const next = nextCharge(subscription)
  const onTheDay = plannedCycles(subscription.schedule, from, date).filter(
    (cycle) =>
      cycle.plan === 'charge' &&
      dayOf(stored, cycle, { ...notice, isNext: cycle.no === next?.no }).equals(date),
  )
  const cycle = onTheDay.at(-1)
  if (!cycle) return
  plan.due += 1
  if (subscription.latestCycle.open) {
    plan.waiting += 1
    return
  }
  addCharge(plan, stored, cycle.due)
}

/** The day of a charge ahead: the next one may be too near for the notice that was promised. */
function dayOf(
  { subscription, announced }: Stored,
  cycle: DueCycle,
  { isNext, ...notice }: Notice & { isNext: boolean },
): Temporal.PlainDate {
  if (!isNext || subscription.latestCycle.open) return cycle.due
  const first = noticeFirst(subscription, cycle, announced, notice)
  return chargeDay(first?.kind === 'tell' ? first.subscription : subscription, cycle)
}

function addCharge(plan: DryRun, { subscription }: Stored, due: Temporal.PlainDate): void {
  plan.toCharge.count += 1
  plan.toCharge.amount += amountDue(subscription, due)
  if (subscription.methodId === null) plan.withoutMethod += 1
}

function count(
  plan: DryRun,
  stored: Stored,
  date: Temporal.PlainDate,
  { clock, settings }: Pick<BillingDeps, 'clock' | 'settings'>,
): void {
  const { subscription, lastChargedOn, announced } = stored
  plan.due += 1
  const progress = { lastHandledDue: subscription.latestCycle.due, lastChargedOn, hasOpenCycle: false }
  const notice = { today: clock.today(), daysBefore: settings.announceDaysBefore }
  const through = dueUntil(subscription, date)
  for (const cycle of catchUp(subscription.schedule, progress, date, settings.catchUp, through)) {
    if (cycle.decision === 'skip') {
      plan.toSkip[cycle.reason] = (plan.toSkip[cycle.reason] ?? 0) + 1
      continue
    }
    const first =
      cycle.decision === 'wait' ? { kind: 'wait' } : noticeFirst(subscription, cycle, announced, notice)
    if (first?.kind === 'wait') plan.waiting += 1
    else if (first) plan.toPutOff += 1
    else addCharge(plan, stored, cycle.due)
    return
  }
}

async function page(
  deps: Pick<BillingDeps, 'db'>,
  date: Temporal.PlainDate,
  withOpen: boolean,
  after: SubscriptionTable | undefined,
): Promise<SubscriptionTable[]> {
  return readOnly(deps, async (tx) => {
    const { rows } = await sql<SubscriptionTable>`
      select * from subscriptions.subscription
      where next_due <= ${date} and (not latest_cycle_open or ${withOpen})
        and (next_due, id) > (${after?.next_due ?? '-infinity'}::date, ${after?.id ?? FIRST_ID}::uuid)
      order by next_due, id limit ${PAGE}`.execute(tx)
    return rows
  })
}

function readOnly<T>({ db }: Pick<BillingDeps, 'db'>, read: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().setAccessMode('read only').execute(read)
}

import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { Refused } from '../../../platform/refusal.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { catchUp } from '../rules/catch-up.ts'
import { amountDue } from '../rules/subscription.ts'
import { type Stored, storedOf } from '../store/subscription-store.ts'
import type { SubscriptionTable } from '../store/tables.ts'
import { billableDate, type Tally } from './run.ts'

export interface DryRun {
  date: string
  /** Subscriptions with something due. */
  due: number
  toCharge: Tally
  /** To be charged, but without a payment method: their customers would be asked for one. */
  withoutMethod: number
  /** Deliveries that would be left out, by reason. */
  toSkip: Record<string, number>
  /** Charged today already. */
  waiting: number
  /** Tries, deadlines and ends of pauses whose time has come. */
  followUps: number
}

const PAGE = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/**
 * What a run of this date would do now. Reads only: every page is a read-only transaction.
 * Refusals: billing_date_in_future.
 */
export async function dryRun(
  deps: Pick<BillingDeps, 'db' | 'clock' | 'settings'>,
  date: Temporal.PlainDate,
): Promise<({ kind: 'planned' } & DryRun) | Refused> {
  const allowed = billableDate(date, deps.clock.today())
  if (allowed.kind === 'refused') return allowed
  const plan: DryRun = {
    date: date.toString(),
    due: 0,
    toCharge: { count: 0, amount: 0 },
    withoutMethod: 0,
    toSkip: {},
    waiting: 0,
    followUps: 0,
  }
  let after: SubscriptionTable | undefined
  for (;;) {
    const rows = await page(deps, date, after)
    for (const row of rows) count(plan, storedOf(row), date, deps)
    after = rows.at(-1)
    if (rows.length < PAGE) break
  }
  plan.followUps = await readOnly(deps, async (tx) => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from subscriptions.subscription where act_at <= ${deps.clock.now()}`.execute(
      tx,
    )
    return rows[0]?.count ?? 0
  })
  return { kind: 'planned', ...plan }
}

function count(
  plan: DryRun,
  { subscription, lastChargedOn }: Stored,
  date: Temporal.PlainDate,
  { settings }: Pick<BillingDeps, 'settings'>,
): void {
  plan.due += 1
  const progress = { lastHandledDue: subscription.latestCycle.due, lastChargedOn, hasOpenCycle: false }
  for (const cycle of catchUp(subscription.schedule, progress, date, settings.catchUp)) {
    if (cycle.decision === 'skip') {
      plan.toSkip[cycle.reason] = (plan.toSkip[cycle.reason] ?? 0) + 1
    } else if (cycle.decision === 'wait') {
      plan.waiting += 1
      return
    } else {
      plan.toCharge.count += 1
      plan.toCharge.amount += amountDue(subscription, cycle.due)
      if (subscription.methodId === null) plan.withoutMethod += 1
      return
    }
  }
}

async function page(
  deps: Pick<BillingDeps, 'db'>,
  date: Temporal.PlainDate,
  after: SubscriptionTable | undefined,
): Promise<SubscriptionTable[]> {
  return readOnly(deps, async (tx) => {
    const { rows } = await sql<SubscriptionTable>`
      select * from subscriptions.subscription
      where next_due <= ${date} and not latest_cycle_open
        and (next_due, id) > (${after?.next_due ?? '-infinity'}::date, ${after?.id ?? FIRST_ID}::uuid)
      order by next_due, id limit ${PAGE}`.execute(tx)
    return rows
  })
}

function readOnly<T>({ db }: Pick<BillingDeps, 'db'>, read: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().setAccessMode('read only').execute(read)
}

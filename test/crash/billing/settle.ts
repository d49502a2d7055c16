import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Db, transact } from '../../../src/platform/database/database.ts'
import type { Unsettled } from '../settle.ts'

/** How many of the due subscriptions no billing worker has opened the cycle of. */
export async function notBegun(db: Db, date: Temporal.PlainDate): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from subscriptions.subscription
    where next_due <= ${date} and not latest_cycle_open`.execute(db)
  return rows[0]?.n ?? 0
}

/** Waits until nothing is under way any more, or the patience ends. @returns what is still under way */
export async function settleBilling(
  db: Db,
  date: Temporal.PlainDate,
  told: (unsettled: Unsettled, elapsedMs: number) => void,
  patienceMs: number,
): Promise<Unsettled> {
  const startedAt = performance.now()
  for (;;) {
    const unsettled = await underWay(db, date)
    const elapsedMs = performance.now() - startedAt
    told(unsettled, elapsedMs)
    if (Object.keys(unsettled).length === 0 || elapsedMs > patienceMs) return unsettled
    await hurry(db)
    await pause(500)
  }
}

async function underWay(db: Db, date: Temporal.PlainDate): Promise<Unsettled> {
  const { rows } = await sql<{ what: string; n: number }>`
    select 'due subscription' as what, count(*) as n from subscriptions.subscription
    where next_due <= ${date} and not latest_cycle_open having count(*) > 0
    union all
    select 'cycle ' || c.state, count(*) from subscriptions.cycle c left join payments.attempt a on a.id = c.attempt_id
    where c.state in ('due', 'ordering', 'charging')
      or (c.state = 'frozen' and c.reason = 'unknown_outcome' and not (a.state = 'unknown' and a.needs_review))
      or (c.state = 'declined' and c.wait_until <= now())
    group by c.state
    union all
    select 'payment ' || state, count(*) from payments.attempt
    where state in ('created', 'sent') or (state = 'unknown' and not needs_review) group by state
    union all
    select 'refund ' || state, count(*) from payments.refund
    where state in ('requested', 'sent', 'unknown') group by state
    union all
    select 'claim', count(*) from subscriptions.subscription
    where claimed_until > clock_timestamp() having count(*) > 0
    union all
    select 'lease of a worker', count(*) from subscriptions.billing_worker
    where left_at is null and lease_until > clock_timestamp() having count(*) > 0
    union all
    select 'event to deliver', count(*) from platform.undelivered having count(*) > 0
    union all
    select 'event ' || state, count(*) from platform.parked_event where state <> 'dead' group by state
  `.execute(db)
  return Object.fromEntries(rows.map(({ what, n }) => [what, n]))
}

/**
 * Lets the minutes pass that a charge waits after it surely took no money, or after its worker died before sending it.
 * A day's wait after a refusal stays.
 */
async function hurry(db: Db): Promise<void> {
  await transact(db, async (tx) => {
    await sql`
      update subscriptions.subscription s set act_at = now()
      where s.latest_cycle_open and s.act_at > now() and exists (
        select from subscriptions.cycle c left join payments.attempt a on a.id = c.attempt_id
        where c.subscription_id = s.id and c.cycle_no = s.latest_cycle_no
          and (c.state = 'ordering' or (c.state = 'charging' and a.state = 'created')))`.execute(tx)
    await sql`
      update subscriptions.cycle c set wait_until = now()
      from subscriptions.subscription s
      where s.id = c.subscription_id and c.cycle_no = s.latest_cycle_no and s.act_at <= now()
        and c.state = 'ordering' and c.wait_until > now()`.execute(tx)
  })
}

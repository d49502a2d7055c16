import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'

/**
 * Who works on which subscription. Claims keep workers out of one another's way; they are not what keeps money safe
 * (row locks, the state of the cycle and the unique attempt are). They lapse on the clock of the database, the only
 * one that all workers share, so that a dead worker's subscriptions are free again soon.
 */

/** What to claim: cycles due on or before a date, or anything whose time to be looked at has come. */
export type Due = { kind: 'charge'; date: Temporal.PlainDate } | { kind: 'follow_up'; now: Temporal.Instant }

/** Whose methods pay for them: one provider, or any other than these (none at all included). */
export type Payer = { provider: string } | { noneOf: readonly string[] }

// The predicates of the partial indexes subscription_due and subscription_act, literally.
const isDue = (due: Due) =>
  due.kind === 'charge'
    ? sql`s.next_due <= ${due.date} and not s.latest_cycle_open`
    : sql`s.act_at <= ${due.now}`
const inOrder = (due: Due) => (due.kind === 'charge' ? sql`s.next_due, s.id` : sql`s.act_at, s.id`)

function notSetAside(runId: string | null): RawBuilder<unknown> {
  if (runId === null) return sql``
  return sql`and not exists (
    select from subscriptions.billing_set_aside a where a.run_id = ${runId} and a.subscription_id = s.id)`
}

const isPaidBy = (payer: Payer) =>
  'provider' in payer ? sql`s.provider = ${payer.provider}` : sql`s.provider <> all(${payer.noneOf}::text[])`

/** Takes up to `limit` due subscriptions of one payer nobody else has, in order. Walks only the index of what is due. */
export async function claimDue(
  db: Db,
  wanted: { due: Due; payer: Payer; runId: string | null; workerId: string; limit: number; leaseMs: number },
): Promise<string[]> {
  const { due, payer, runId, workerId, limit, leaseMs } = wanted
  const { rows } = await sql<{ id: string }>`
    update subscriptions.subscription set claimed_by = ${workerId}, claimed_until = ${until(leaseMs)}
    where id = any(array(
      select s.id from subscriptions.subscription s
      where ${isDue(due)} and ${isPaidBy(payer)} and (s.claimed_until is null or s.claimed_until <= clock_timestamp()) ${notSetAside(runId)}
      order by ${inOrder(due)} limit ${limit} for update skip locked))
    returning id`.execute(db)
  return rows.map(({ id }) => id)
}

/** Takes one subscription, due or not. @returns false while somebody else has it */
export async function claimSubscription(
  db: Db,
  { subscriptionId, workerId, leaseMs }: { subscriptionId: string; workerId: string; leaseMs: number },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update subscriptions.subscription set claimed_by = ${workerId}, claimed_until = ${until(leaseMs)}
    where id = ${subscriptionId} and (claimed_until is null or claimed_until <= clock_timestamp())`.execute(
    db,
  )
  return numAffectedRows === 1n
}

/**
 * Keeps what is still being worked on. Rows somebody has locked at this moment are left for the next time: waiting for
 * one row while holding others could make a circle.
 */
export async function extendClaims(
  db: Db,
  { ids, workerId, leaseMs }: { ids: readonly string[]; workerId: string; leaseMs: number },
): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update subscriptions.subscription set claimed_until = ${until(leaseMs)}
    where id = any(array(${unlocked(ids, workerId)}))`.execute(db)
}

/**
 * Gives back what is done with.
 * @returns those that were locked at this moment: to be given back later
 */
export async function releaseClaims(
  db: Db,
  { ids, workerId }: { ids: readonly string[]; workerId: string },
): Promise<string[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<{ id: string }>`
    with released as (
      update subscriptions.subscription set claimed_by = null, claimed_until = null
      where id = any(array(${unlocked(ids, workerId)})) returning id)
    select id from subscriptions.subscription
    where id = any(${ids}::uuid[]) and claimed_by = ${workerId} and id not in (select id from released)`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

function unlocked(ids: readonly string[], workerId: string): RawBuilder<unknown> {
  return sql`
    select id from subscriptions.subscription
    where id = any(${ids}::uuid[]) and claimed_by = ${workerId} for no key update skip locked`
}

/**
 * How many are due and not set aside by this run, and how many of them other workers hold at the moment.
 * @param providers only those that are paid by methods of one of these
 */
export async function countDue(
  db: Db,
  due: Due,
  runId: string | null,
  providers?: readonly string[],
): Promise<{ due: number; held: number }> {
  const { rows } = await sql<{ due: number; held: number }>`
    select count(*)::int as due, count(*) filter (where s.claimed_until > clock_timestamp())::int as held
    from subscriptions.subscription s
    where ${isDue(due)} ${providers ? sql`and s.provider = any(${providers}::text[])` : sql``}
      ${notSetAside(runId)}`.execute(db)
  return rows[0] ?? { due: 0, held: 0 }
}

/** The run leaves a subscription alone from now on. */
export async function setSubscriptionAside(
  db: Db,
  aside: {
    runId: string
    subscriptionId: string
    reason: 'error' | 'waits'
    detail: string
    at: Temporal.Instant
  },
): Promise<void> {
  await sql`
    insert into subscriptions.billing_set_aside (run_id, subscription_id, reason, detail, at)
    values (${aside.runId}, ${aside.subscriptionId}, ${aside.reason}, ${aside.detail.slice(0, 1_000)}, ${aside.at})
    on conflict (run_id, subscription_id) do update
    set reason = excluded.reason, detail = excluded.detail, at = excluded.at`.execute(db)
}

const REST_WHEN_STILL_DUE_MS = 1_000

function until(leaseMs: number): RawBuilder<unknown> {
  return sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`
}

/**
 * Gives back one whose follow-up is done. Were it still due, for whatever reason, it is kept away for a moment: a
 * decision that changes nothing would be seen once a second, not without a pause.
 */
export async function releaseSettled(
  db: Db,
  { subscriptionId, workerId, now }: { subscriptionId: string; workerId: string; now: Temporal.Instant },
): Promise<void> {
  await sql`
    update subscriptions.subscription set
      claimed_by = case when act_at <= ${now} then claimed_by end,
      claimed_until = case when act_at <= ${now} then ${until(REST_WHEN_STILL_DUE_MS)} end
    where id = ${subscriptionId} and claimed_by = ${workerId}`.execute(db)
}

/** Keeps everybody away from a subscription for a while, and lets go of it then. */
export async function restSubscription(
  db: Db,
  { subscriptionId, workerId, ms }: { subscriptionId: string; workerId: string; ms: number },
): Promise<void> {
  await sql`
    update subscriptions.subscription set claimed_until = ${until(ms)}
    where id = ${subscriptionId} and claimed_by = ${workerId}`.execute(db)
}

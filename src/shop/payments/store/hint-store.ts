import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { HINT_PAUSE_SECONDS } from '../rules/hint.ts'

/** A hint that was taken up, with how often its payment had been named by then. */
export interface TakenHint {
  id: string
  heard: number
  /** Whether it was told more than that it is paid. */
  beyondPaid: boolean
}

/** After this a hint is taken up again, because who had it died, or got no answer. */
const LEASE = { seconds: 60 } as const
const PAUSE = { seconds: HINT_PAUSE_SECONDS } as const
/** Rows with nothing left to ask are of use for as long as the pause lasts. */
const KEPT = { minutes: 5 } as const

/** Has a payment asked about: now, or once the pause since the last time is over. */
export async function insertHint(
  db: Db,
  { attemptId, beyondPaid }: { attemptId: string; beyondPaid: boolean },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into payments.hint (attempt_id, due_at, beyond_paid) values (${attemptId}, ${now}, ${beyondPaid})
    on conflict (attempt_id) do update set
      heard = hint.heard + 1,
      beyond_paid = excluded.beyond_paid or (hint.beyond_paid and hint.due_at is not null),
      due_at = coalesce(hint.due_at, greatest(excluded.due_at, hint.asked_at + make_interval(secs => ${HINT_PAUSE_SECONDS})))`.execute(
    db,
  )
}

/** Takes up hints that are due, each in one process at a time. */
export async function takeHints(db: Db, now: Temporal.Instant, limit: number): Promise<TakenHint[]> {
  const { rows } = await sql<TakenHint>`
    update payments.hint set asked_at = ${now}, due_at = ${now.add(LEASE)}
    where attempt_id in (
      select attempt_id from payments.hint where due_at <= ${now}
      order by due_at limit ${limit} for update skip locked)
    returning attempt_id as id, heard, beyond_paid as "beyondPaid"`.execute(db)
  return rows
}

/** Nothing is left to ask, unless the payment was named again meanwhile. */
export async function endHint(db: Db | Tx, { id, heard }: TakenHint, now: Temporal.Instant): Promise<void> {
  await sql`
    update payments.hint set due_at = case when heard = ${heard} then null else ${now.add(PAUSE)}::timestamptz end
    where attempt_id = ${id}`.execute(db)
}

/** Removes what has nothing to ask any more. */
export async function forgetHints(db: Db, now: Temporal.Instant): Promise<void> {
  await sql`
    delete from payments.hint where due_at is null and asked_at < ${now.subtract(KEPT)}`.execute(db)
}

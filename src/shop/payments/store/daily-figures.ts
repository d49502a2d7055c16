import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'

export interface PaymentFigures {
  day: Temporal.PlainDate
  succeeded: number
  declined: number
  unknown: number
  /** Left by the customer, run out of time, or failed before anything was asked. */
  dropped: number
  /** In won, of refunds that were given that day. */
  refunded: number
}

/** Payments by the day they were begun and by what they have come to, and refunds by the day they were given. */
export async function dailyPayments(db: Db, from: Temporal.Instant): Promise<PaymentFigures[]> {
  const { rows } = await sql<PaymentFigures>`
    with happened as (
      select created_at as at, state::text as state, 0 as refunded
      from payments.attempt where created_at >= ${from}
      union all
      select finished_at, 'refunded', amount from payments.refund where state = 'succeeded' and finished_at >= ${from})
    select (at at time zone 'Asia/Seoul')::date as day,
           count(*) filter (where state in ('succeeded', 'succeeded_late')) as succeeded,
           count(*) filter (where state = 'declined') as declined,
           count(*) filter (where state = 'unknown') as unknown,
           count(*) filter (where state in ('cancelled', 'expired', 'failed')) as dropped,
           sum(refunded)::bigint as refunded
    from happened group by 1 order by 1`.execute(db)
  return rows
}

import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'

export interface OrderFigures {
  day: Temporal.PlainDate
  placed: number
  paid: number
  /** Of what was paid that day, in won; refunds are the payments' figures. */
  revenue: number
}

/** An order is paid, or closed, within this of its placing: that of a cycle after its last retry. */
const MOST_DAYS_UNPAID = 31

/** Orders of each day from a moment on, days without any left out. */
export async function dailyOrders(db: Db, from: Temporal.Instant): Promise<OrderFigures[]> {
  const since = from.subtract({ hours: MOST_DAYS_UNPAID * 24 })
  const { rows } = await sql<OrderFigures>`
    with happened as (
      select placed_at as at, 1 as placed, 0 as paid, 0 as revenue
      from orders."order" where placed_at >= ${from}
      union all
      select paid_at, 0, 1, total from orders."order" where placed_at >= ${since} and paid_at >= ${from})
    select (at at time zone 'Asia/Seoul')::date as day, sum(placed)::bigint as placed, sum(paid)::bigint as paid,
           sum(revenue)::bigint as revenue
    from happened group by 1 order by 1`.execute(db)
  return rows
}

/** How much waits for the merchant now: orders with pieces to send, and returns nobody has decided about. */
export async function countWaiting(db: Db): Promise<{ toSend: number; returns: number }> {
  const { rows } = await sql<{ toSend: number; returns: number }>`
    select (select count(*) from orders."order" where pieces_to_send > 0) as "toSend",
           (select count(*) from orders.return_request where state = 'requested') as returns`.execute(db)
  return rows[0] ?? { toSend: 0, returns: 0 }
}

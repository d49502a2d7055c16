import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import { BUSINESS_TIME_ZONE } from '../../../platform/time/clock.ts'
import type { Order, OrderState } from '../rules/order.ts'
import { type OrderRow, orderOf, SELECT_ORDER } from './order-store.ts'

export interface OrderFilter {
  customerId: string
  state?: OrderState | undefined
  /** First and last day of placing, Asia/Seoul, both included. */
  from?: Temporal.PlainDate | undefined
  to?: Temporal.PlainDate | undefined
}

export interface Paging {
  /** From 1. */
  page: number
  size: number
}

/** One customer's orders, newest first (equal instants by id), and how many there are in all. */
export async function listOrders(
  db: Db,
  filter: OrderFilter,
  { page, size }: Paging,
): Promise<{ orders: Order[]; totalElements: number }> {
  const conditions = [sql`o.customer_id = ${filter.customerId}`]
  if (filter.state) conditions.push(sql`o.state = ${filter.state}`)
  if (filter.from) conditions.push(sql`o.placed_at >= ${startOf(filter.from)}`)
  if (filter.to) conditions.push(sql`o.placed_at < ${startOf(filter.to.add({ days: 1 }))}`)
  const where = sql`where ${sql.join(conditions, sql` and `)}`
  const [rows, count] = await Promise.all([
    sql<OrderRow>`
      ${SELECT_ORDER} ${where}
      order by o.placed_at desc, o.id desc
      limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ count: number }>`select count(*) as count from orders."order" o ${where}`.execute(db),
  ])
  return { orders: rows.rows.map(orderOf), totalElements: count.rows[0]?.count ?? 0 }
}

function startOf(day: Temporal.PlainDate): Temporal.Instant {
  return day.toZonedDateTime(BUSINESS_TIME_ZONE).toInstant()
}

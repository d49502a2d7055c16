import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'
import { literal } from '../measure/capture.ts'
import { insertOf, type Row, rowOf, rowsOf } from '../measure/rows.ts'

/** What the database fills in an order's lines. */
const IN_LINES = ['delivery']

/** More than any customer of a benchmark has open. */
const MOST_OPEN = 1_000_000

/**
 * The least SQL that places an order with the same guarantees: one order at a time for a customer within the limit, prices
 * of today, stock held in the order of its rows and never below zero, key, answer and event in the same transaction.
 * @param order an order that was placed, whose rows are written again
 */
export async function leastOrder(db: Db, orderId: string): Promise<string[]> {
  const order = await rowOf(db, sql`(select * from orders."order" where id = ${orderId})`)
  const lines = await rowsOf(db, sql`(select * from orders.order_line where order_id = ${orderId})`)
  const key = await rowOf(
    db,
    sql`(select * from platform.idempotency_key
         where scope = ${`orders:${order.customer_id}`} and answer ->> 'id' = ${orderId})`,
  )
  const [event] = await eventRows(db, orderId)
  const customer = literal(order.customer_id)
  const pieces = lines.map((line) => `(${literal(line.item_id)}::uuid, ${literal(line.quantity)}::int)`)
  const prices = lines.map(
    (line) => `(${literal(line.item_id)}::uuid, ${literal(line.origin_unit_price)}::bigint)`,
  )
  const { columns, values } = placedRow(order)
  return [
    'begin',
    `select pg_advisory_xact_lock(hashtextextended(${literal(`orders.customer:${order.customer_id}`)}, 0))`,
    `with open as (
        select count(distinct o.id) as orders, coalesce(sum(l.quantity), 0) as pieces
        from orders."order" o left join orders.order_line l on l.order_id = o.id
        where o.customer_id = ${customer} and o.state = 'awaiting_payment' and o.kind = 'purchase'),
      priced as (
        select count(*) as items from catalog.item
          join (values ${prices.join(', ')}) as asked (id, price) on asked.id = item.id and asked.price = item.origin_price
        where item.status = 'on_sale'),
      kept as (${insertOf('platform.idempotency_key', [key])}),
      placed as (
        insert into orders."order" (${columns}) select ${values} from open, priced
        where open.orders < ${MOST_OPEN} and priced.items = ${lines.length}),
      lines as (${insertOf('orders.order_line', lines, IN_LINES)}),
      told as (${insertOf('platform.outbox', event ? [event] : [])}),
      free as materialized (
        select stock.item_id, wanted.quantity
        from catalog.stock as stock join (values ${pieces.join(', ')}) as wanted (item_id, quantity) using (item_id)
        where stock.on_hand - stock.held >= wanted.quantity
        order by stock.item_id for no key update of stock),
      taken as (
        update catalog.stock as stock set held = held + free.quantity from free where stock.item_id = free.item_id
        returning stock.item_id, free.quantity)
      insert into catalog.stock_hold (order_id, item_id, quantity, created_at)
      select ${literal(orderId)}, item_id, quantity, ${literal(order.placed_at)} from taken returning item_id`,
    'commit',
  ]
}

/** An order as it was before it was paid. */
function placedRow(order: Row) {
  const before: Row = {
    ...order,
    state: 'awaiting_payment',
    version: 1,
    paid_at: null,
    paid_attempt_id: null,
    paid_provider: null,
    pieces_to_send: 0,
  }
  const columns = Object.keys(before).filter((name) => before[name] !== null)
  return { columns: columns.join(', '), values: columns.map((name) => literal(before[name])).join(', ') }
}

/** The events about something, oldest first, as they stood in the outbox. */
export function eventRows(db: Db, subject: string): Promise<Row[]> {
  return rowsOf(
    db,
    sql`(select event_id, source, type, subject, subject_version, schema_version, occurred_at, data, request_id,
           traceparent
         from platform.event where subject = ${subject} order by subject_version)`,
  )
}

import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { BUSINESS_TIME_ZONE } from '../../../platform/time/clock.ts'
import type { Order, OrderState } from '../rules/order.ts'
import { numberBegins } from '../store/number-begins.ts'
import { type OrderRow, orderOf, SELECT_ORDER } from '../store/order-store.ts'
import type { Paging } from '../store/queries.ts'

/** What a merchant looks for; all of it must be so. */
export interface MerchantFilter {
  /** Only orders of which paid pieces wait to be sent, oldest payment first. */
  toSend?: boolean | undefined
  /** Only orders of which a parcel is on its way, what was sent first before the others. */
  onTheWay?: boolean | undefined
  state?: OrderState | undefined
  /** The number of the order, or its beginning. */
  number?: string | undefined
  /** The receiver's name, or its beginning. */
  receiver?: string | undefined
  /** The receiver's phone: digits, the last four at least. */
  phone?: string | undefined
  itemId?: string | undefined
  customerId?: string | undefined
  /** A part of the name of an item in it; without dates among the orders of the last {@link ITEM_DAYS} days. */
  item?: string | undefined
  /** First and last day of placing, Asia/Seoul, both included. */
  from?: Temporal.PlainDate | undefined
  to?: Temporal.PlainDate | undefined
}

/** Names inside of lines have no index: what is searched stays bounded. */
const ITEM_DAYS = 92

/** Orders of everybody, newest first or by how long they wait to be sent, and how many there are in all. */
export async function listForMerchant(
  { db, clock }: { db: Db; clock: Clock },
  filter: MerchantFilter,
  { page, size }: Paging,
): Promise<{ orders: Order[]; totalElements: number }> {
  const where = conditionOf(filter, clock.now())
  const order = sortOf(filter)
  const [rows, count] = await Promise.all([
    sql<OrderRow>`
      ${SELECT_ORDER} where ${where} order by ${order} limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ count: number }>`select count(*) as count from orders."order" o where ${where}`.execute(db),
  ])
  return { orders: rows.rows.map(orderOf), totalElements: count.rows[0]?.count ?? 0 }
}

function sortOf({ toSend, onTheWay }: MerchantFilter): RawBuilder<unknown> {
  if (toSend === true) return sql`o.paid_at, o.id`
  return onTheWay === true ? sql`o.shipped_at, o.id` : sql`o.placed_at desc, o.id desc`
}

function conditionOf(filter: MerchantFilter, now: Temporal.Instant): RawBuilder<unknown> {
  const { toSend, onTheWay, state, number, receiver, phone, itemId, item, customerId } = filter
  const from = filter.from ?? (item === undefined ? undefined : dayOf(now).subtract({ days: ITEM_DAYS }))
  const conditions = [
    ...(toSend === true ? [sql`o.pieces_to_send > 0`] : []),
    ...(onTheWay === true ? [ON_THE_WAY] : []),
    ...(state === undefined ? [] : [sql`o.state = ${state}`]),
    ...(number === undefined ? [] : [numberBegins(number)]),
    ...(receiver === undefined ? [] : [sql`o.receiver_name like ${`${escaped(receiver)}%`}`]),
    ...(phone === undefined ? [] : [phoneIs(phone.replaceAll(/\D/g, ''))]),
    ...(itemId === undefined ? [] : [hasLine(sql`l.item_id = ${itemId}`)]),
    ...(customerId === undefined ? [] : [sql`o.customer_id = ${customerId}`]),
    ...(item === undefined ? [] : [hasLine(sql`l.name ilike ${`%${escaped(item)}%`}`)]),
    ...(from === undefined ? [] : [sql`o.placed_at >= ${startOf(from)}`]),
    ...(filter.to === undefined ? [] : [sql`o.placed_at < ${startOf(filter.to.add({ days: 1 }))}`]),
  ]
  return conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`
}

/** Where all the money of an order or a line went back nobody waits for the parcel. */
const ON_THE_WAY = sql`o.state in ('shipped', 'partially_refunded') and exists (
  select 1 from orders.shipment_line p
  join orders.order_line sold on sold.order_id = p.order_id and sold.line_no = p.line_no
  where p.order_id = o.id and p.delivered_at is null and sold.refund_pieces < sold.quantity)`

/** By its last four digits, which have an index; then by all that were given. */
function phoneIs(digits: string): RawBuilder<unknown> {
  return sql`right(o.receiver_phone, 4) = ${digits.slice(-4)} and o.receiver_phone like ${`%${digits}`}`
}

function hasLine(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`exists (select 1 from orders.order_line l where l.order_id = o.id and ${condition})`
}

const escaped = (text: string) => text.replaceAll(/[\\%_]/g, '\\$&')
const dayOf = (at: Temporal.Instant) => at.toZonedDateTimeISO(BUSINESS_TIME_ZONE).toPlainDate()
const startOf = (day: Temporal.PlainDate) => day.toZonedDateTime(BUSINESS_TIME_ZONE).toInstant()

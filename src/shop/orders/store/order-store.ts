import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { ZERO_WON } from '../../../platform/money.ts'
import { arrivedPieces, type LineDelivery, type SentPieces, sentPieces } from '../rules/delivery.ts'
import { type Order, type OrderLine, refundedTotalOf } from '../rules/order.ts'
import {
  type OrderLineTable,
  type OrderTable,
  orders,
  type ShipmentLineTable,
  type ShipmentTable,
} from './tables.ts'

/** What of a line is in a parcel. */
type ParcelRow = ShipmentTable & ShipmentLineTable

/** An order row with its lines and parcels as JSON, so that one statement reads all of it. */
export type OrderRow = Selectable<OrderTable> & {
  lines: Selectable<OrderLineTable>[]
  /** Null before anything was sent. */
  parcels: ParcelRow[] | null
}

export const SELECT_ORDER = sql`
  select o.*, (select json_agg(l order by l.line_no) from orders.order_line l where l.order_id = o.id) as lines,
    case when o.shipped_at is not null then (
      select json_agg(p order by p.shipped_at, p.shipment_id) from (
        select s.carrier, s.tracking_number, s.shipped_at, l.*
        from orders.shipment_line l join orders.shipment s on s.id = l.shipment_id
        where l.order_id = o.id) p) end as parcels
  from orders."order" o`

/** Locks an order until the end of the transaction. Everybody locks the order before payments and stock. */
export async function lockOrder(tx: Tx, id: string): Promise<Order | undefined> {
  const { rows } = await sql<OrderRow>`${SELECT_ORDER} where o.id = ${id} for update of o`.execute(tx)
  return rows[0] && orderOf(rows[0])
}

/** The order with its lines, not locked. */
export async function findOrder(db: Db | Tx, id: string): Promise<Order | undefined> {
  const { rows } = await sql<OrderRow>`${SELECT_ORDER} where o.id = ${id}`.execute(db)
  return rows[0] && orderOf(rows[0])
}

/** The order of one delivery of a subscription, locked. */
export async function lockCycleOf(
  tx: Tx,
  subscriptionId: string,
  cycleNo: number,
): Promise<Order | undefined> {
  const { rows } = await sql<OrderRow>`${SELECT_ORDER}
    where o.kind = 'cycle' and o.subscription_id = ${subscriptionId} and o.cycle_no = ${cycleNo}
    for update of o`.execute(tx)
  return rows[0] && orderOf(rows[0])
}

/**
 * Writes a new order and its lines in one statement.
 * @returns false when the order number is taken, and nothing was written
 */
export async function insertOrder(tx: Tx, order: Order): Promise<boolean> {
  const { address, name, phone, deliveryNote } = order.receiver
  const lines = order.lines.map(lineRow)
  const { numAffectedRows } = await sql`
    with placed as (
      insert into orders."order" (
        id, order_number, customer_id, state, version, origin_total, discount_total, delivery_fee, total, item_count,
        receiver_name, receiver_phone, city, address_detail, postal_code, delivery_note, placed_at, expires_at,
        kind, subscription_id, cycle_no, stock_held, consent_version, consented_at, coupon_id, coupon_discount)
      values (
        ${order.id}, ${order.orderNumber}, ${order.customerId}, ${order.state}, ${order.version},
        ${order.originTotal}, ${order.discountTotal}, ${order.deliveryFee}, ${order.total}, ${order.itemCount},
        ${name}, ${phone}, ${address.city}, ${address.detail}, ${address.postalCode}, ${deliveryNote},
        ${order.placedAt}, ${order.expiresAt},
        ${order.cycle ? 'cycle' : 'purchase'}, ${order.cycle?.subscriptionId ?? null}, ${order.cycle?.no ?? null},
        ${order.cycle?.stockHeld ?? true}, ${order.consent?.version ?? null}, ${order.consent?.at ?? null},
        ${order.coupon?.id ?? null}, ${order.coupon?.discount ?? ZERO_WON})
      on conflict on constraint order_number_unique do nothing
      returning id)
    insert into orders.order_line (
      order_id, line_no, item_id, name, enterprise, thumbnail, quantity,
      origin_unit_price, discount_unit_price, unit_price, line_total, period_unit, period_count, coupon_discount,
      tax_free)
    select placed.id, line.*
    from placed, jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as line (
      line_no int, item_id uuid, name text, enterprise text, thumbnail text, quantity int,
      origin_unit_price bigint, discount_unit_price bigint, unit_price bigint, line_total bigint,
      period_unit text, period_count int, coupon_discount bigint, tax_free boolean)`.execute(tx)
  return Number(numAffectedRows) > 0
}

/**
 * Writes a transition: compare-and-set on state and version. The row is locked, so a miss is a bug and throws.
 * @param from the order as it was locked
 */
export async function saveOrder(tx: Tx, from: Order, to: Order): Promise<void> {
  const { numUpdatedRows } = await orders(tx)
    .updateTable('orders.order')
    .set(stateRow(to))
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('version', '=', from.version)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new Error(`order ${from.id} is not as it was locked (${from.state})`)
}

/**
 * The columns that tell an order's state; what the state does not have is null. `pieces_to_send` is not among them: the
 * database counts it from the state and the lines, whoever writes them.
 */
export function stateRow(order: Order) {
  return {
    state: order.state,
    version: order.version,
    paid_at: 'payment' in order ? order.payment.at : null,
    paid_attempt_id: 'payment' in order ? order.payment.attemptId : null,
    paid_provider: 'payment' in order ? order.payment.provider : null,
    shipped_at: 'shippedAt' in order ? order.shippedAt : null,
    refund_requested_at: 'refundRequestedAt' in order ? order.refundRequestedAt : null,
    refunded_total: refundedTotalOf(order),
    closed_at: 'closing' in order ? order.closing.at : null,
    close_reason: 'closing' in order ? order.closing.reason : null,
  }
}

/** The columns of a line but for its order; {@link lineOf} reads them back. */
export function lineRow(line: OrderLine) {
  return {
    line_no: line.lineNo,
    item_id: line.itemId,
    name: line.name,
    enterprise: line.enterprise,
    thumbnail: line.thumbnail,
    quantity: line.quantity,
    origin_unit_price: line.originUnitPrice,
    discount_unit_price: line.discountUnitPrice,
    unit_price: line.unitPrice,
    line_total: line.lineTotal,
    period_unit: line.subscription?.unit ?? null,
    period_count: line.subscription?.count ?? null,
    coupon_discount: line.couponDiscount,
    tax_free: line.taxFree,
    ...countsRow(line),
  }
}

function countsRow(line: OrderLine) {
  const { packing, cancelled, returned, claimed } = line.delivery
  const { pieces: refund_pieces, goods: refund_goods, fee: refund_fee } = line.refund
  const delivery = {
    packing,
    cancelled,
    sent: sentPieces(line),
    arrived: arrivedPieces(line),
    returned,
    claimed,
  }
  return { ...delivery, refund_pieces, refund_goods, refund_fee }
}

/** The parcels of lines, and what of each line is in them, as rows. */
export function parcelRows(orderId: string, lines: readonly OrderLine[]) {
  const shares = lines.flatMap(({ lineNo, delivery }) => delivery.sent.map((share) => ({ ...share, lineNo })))
  const first = new Map(shares.toReversed().map((share) => [share.shipmentId, share]))
  return {
    shipments: [...first.values()].map(({ shipmentId, parcel, shippedAt }) => ({
      id: shipmentId,
      order_id: orderId,
      carrier: parcel?.carrier ?? null,
      tracking_number: parcel?.trackingNumber ?? null,
      shipped_at: shippedAt,
    })),
    shares: shares.map(({ shipmentId, lineNo, quantity, deliveredAt, arrival }) => ({
      shipment_id: shipmentId,
      order_id: orderId,
      line_no: lineNo,
      quantity,
      delivered_at: deliveredAt,
      arrival,
    })),
  }
}

/**
 * Writes how far lines of a locked order are, and what of their money went back. A parcel's share of a line is written
 * once, and then only arrives.
 */
export async function saveLines(tx: Tx, orderId: string, lines: readonly OrderLine[]): Promise<void> {
  for (const line of lines)
    await orders(tx)
      .updateTable('orders.order_line')
      .set(countsRow(line))
      .where('order_id', '=', orderId)
      .where('line_no', '=', line.lineNo)
      .execute()
  const { shipments, shares } = parcelRows(orderId, lines)
  if (shipments.length === 0) return
  await orders(tx)
    .insertInto('orders.shipment')
    .values(shipments)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
  await orders(tx)
    .insertInto('orders.shipment_line')
    .values(shares)
    .onConflict((conflict) =>
      conflict.columns(['shipment_id', 'line_no']).doUpdateSet((excluded) => ({
        delivered_at: excluded.ref('excluded.delivered_at'),
        arrival: excluded.ref('excluded.arrival'),
      })),
    )
    .execute()
}

/** Remembers whether a cycle's pieces are set aside. */
export async function saveStockHeld(tx: Tx, orderId: string, held: boolean): Promise<void> {
  await sql`update orders."order" set stock_held = ${held} where id = ${orderId} and kind = 'cycle'`.execute(
    tx,
  )
}

/** The order as its state's type. What a state must have and the row lacks is a bug (the table's checks forbid it). */
export function orderOf(row: OrderRow): Order {
  const basis = {
    id: row.id,
    orderNumber: row.order_number,
    customerId: row.customer_id,
    version: row.version,
    originTotal: row.origin_total,
    discountTotal: row.discount_total,
    deliveryFee: row.delivery_fee,
    total: row.total,
    itemCount: row.item_count,
    receiver: {
      name: row.receiver_name,
      phone: row.receiver_phone,
      address: { city: row.city, detail: row.address_detail, postalCode: row.postal_code },
      deliveryNote: row.delivery_note,
    },
    lines: row.lines.map((line) => lineOf(line, row.parcels ?? [])),
    placedAt: row.placed_at,
    expiresAt: row.expires_at,
    consent: row.consent_version === null ? null : consentOf(row),
    cycle: row.kind === 'cycle' ? cycleOf(row) : null,
    coupon: row.coupon_id === null ? null : { id: row.coupon_id, discount: row.coupon_discount },
  }
  const { state, shipped_at: shippedAt, refund_requested_at: refundRequestedAt } = row
  const refundedTotal = row.refunded_total
  switch (state) {
    case 'awaiting_payment':
      return { ...basis, state }
    case 'cancelled':
    case 'expired':
      return { ...basis, state, closing: closingOf(row) }
    case 'paid':
    case 'preparing':
      return { ...basis, state, payment: paymentOf(row), refundRequestedAt }
    case 'shipped':
    case 'delivered':
      return {
        ...basis,
        state,
        payment: paymentOf(row),
        shippedAt: present(shippedAt, row),
        refundRequestedAt,
      }
    case 'partially_refunded':
      return { ...basis, state, payment: paymentOf(row), shippedAt, refundRequestedAt, refundedTotal }
    case 'refunded':
      return {
        ...basis,
        state,
        payment: paymentOf(row),
        shippedAt,
        refundRequestedAt,
        refundedTotal,
        closing: closingOf(row),
      }
  }
}

function consentOf(row: OrderRow) {
  return { version: present(row.consent_version, row), at: present(row.consented_at, row) }
}

function cycleOf(row: OrderRow) {
  return {
    subscriptionId: present(row.subscription_id, row),
    no: present(row.cycle_no, row),
    stockHeld: row.stock_held,
  }
}

function paymentOf(row: OrderRow) {
  return {
    attemptId: present(row.paid_attempt_id, row),
    provider: present(row.paid_provider, row),
    at: present(row.paid_at, row),
  }
}

function closingOf(row: OrderRow) {
  return { at: present(row.closed_at, row), reason: present(row.close_reason, row) }
}

function present<T>(value: T | null, row: OrderRow): T {
  if (value === null) throw new Error(`order ${row.id} lacks what the state ${row.state} must have`)
  return value
}

function lineOf(line: Selectable<OrderLineTable>, parcels: readonly ParcelRow[]): OrderLine {
  return {
    lineNo: line.line_no,
    itemId: line.item_id,
    name: line.name,
    enterprise: line.enterprise,
    thumbnail: line.thumbnail,
    quantity: line.quantity,
    originUnitPrice: line.origin_unit_price,
    discountUnitPrice: line.discount_unit_price,
    unitPrice: line.unit_price,
    couponDiscount: line.coupon_discount,
    taxFree: line.tax_free,
    lineTotal: line.line_total,
    subscription: periodOf(line),
    delivery: deliveryOf(line, parcels),
    refund: { pieces: line.refund_pieces, goods: line.refund_goods, fee: line.refund_fee },
  }
}

function deliveryOf(
  { line_no, packing, cancelled, returned, claimed }: Selectable<OrderLineTable>,
  parcels: readonly ParcelRow[],
): LineDelivery {
  const sent = parcels.filter((share) => share.line_no === line_no).map(shareOf)
  return { packing, sent, cancelled, returned, claimed }
}

/** The row's times came through JSON, as text. */
function shareOf(row: ParcelRow): SentPieces {
  const { carrier, tracking_number: trackingNumber } = row
  return {
    shipmentId: row.shipment_id,
    parcel: carrier === null || trackingNumber === null ? null : { carrier, trackingNumber },
    quantity: row.quantity,
    shippedAt: Temporal.Instant.from(row.shipped_at),
    deliveredAt: row.delivered_at === null ? null : Temporal.Instant.from(row.delivered_at),
    arrival: row.arrival,
  }
}

function periodOf({ period_unit: unit, period_count: count }: Selectable<OrderLineTable>) {
  return unit === null || count === null ? null : { unit, count }
}

/**
 * How many purchases of the customer wait for payment, and so hold stock. Orders of subscriptions do not count. Until
 * the end of the transaction nobody else counts for this customer: what is placed by the number stays true to it.
 */
export async function countOpenOrders(
  tx: Tx,
  customerId: string,
): Promise<{ orders: number; pieces: number }> {
  // A statement of its own, because the count must see what was committed while this one waited.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`orders.customer:${customerId}`}, 0))`.execute(tx)
  const { rows } = await sql<{ orders: number; pieces: number }>`
    select count(distinct o.id) as orders, coalesce(sum(l.quantity), 0)::bigint as pieces
    from orders."order" o left join orders.order_line l on l.order_id = o.id
    where o.customer_id = ${customerId} and o.state = 'awaiting_payment' and o.kind = 'purchase'`.execute(tx)
  return rows[0] ?? { orders: 0, pieces: 0 }
}

/** Whether the customer has paid for an order, whatever became of it, or may still pay for a purchase. */
export async function hasOrdered(db: Db | Tx, customerId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from orders."order" where customer_id = ${customerId}
      and (paid_at is not null or (state = 'awaiting_payment' and kind = 'purchase')) limit 1`.execute(db)
  return rows.length > 0
}

/** Whether the customer has ever paid for an order, whatever became of it. */
export async function hasPaidBefore(db: Db | Tx, customerId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from orders."order" where customer_id = ${customerId} and paid_at is not null limit 1`.execute(
    db,
  )
  return rows.length > 0
}

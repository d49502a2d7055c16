import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { Order } from '../rules/order.ts'
import { lineRow, parcelRows, stateRow } from '../store/order-store.ts'
import { type SampleItem, sampleOrder, sampleOrderId } from './sample-order.ts'

export interface SeedOrdersDeps {
  readonly db: Db
  readonly clock: Clock
  /** Told of the pieces sold, in the transaction of their orders; events about the past are not published. */
  sold(tx: Tx, pieces: readonly { itemId: string; sales: number }[]): Promise<void>
}

export interface SeedOrders {
  /** Invented orders the shop shall have. */
  readonly count: number
  /** The same seed gives the same orders on every machine, dated back from the moment of seeding. */
  readonly seed: string
  /** What can be ordered, most popular first. */
  readonly items: readonly SampleItem[]
  readonly onProgress?: (done: number, count: number) => void
  readonly signal?: AbortSignal
}

const BATCH_SIZE = 2_500

/**
 * Fills the shop with orders of the past year. Orders that are already there stay as they are: repeating a seed adds
 * nothing, a larger count adds the missing ones, and a run that is killed is simply repeated. The orders were paid
 * outside this shop (provider `sample`): payments has no rows for them and refuses to refund them. Their stock left
 * long ago. Returns how many were added.
 */
export async function seedOrders(
  deps: SeedOrdersDeps,
  { count, seed, items, onProgress, signal }: SeedOrders,
): Promise<{ added: number }> {
  let added = 0
  for (let from = 0; from < count; from += BATCH_SIZE) {
    signal?.throwIfAborted()
    const to = Math.min(count, from + BATCH_SIZE)
    added += await transact(deps.db, async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtext('orders.seed'))`.execute(tx)
      const known = await knownIds(tx, from, to)
      const now = deps.clock.now()
      const missing: Order[] = []
      for (let index = from; index < to; index += 1) {
        if (!known.has(sampleOrderId(index))) missing.push(sampleOrder(items, { seed, index, now }))
      }
      if (missing.length === 0) return 0
      await insertOrders(tx, missing)
      await deps.sold(tx, soldIn(missing))
      return missing.length
    })
    onProgress?.(to, count)
  }
  if (added > 0) await sql`analyze orders."order", orders.order_line`.execute(deps.db)
  return { added }
}

async function knownIds(tx: Tx, from: number, to: number): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from orders."order"
    where id between ${sampleOrderId(from)}::uuid and ${sampleOrderId(to - 1)}::uuid`.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** Pieces that were sold and not given back, by item. */
function soldIn(orders: readonly Order[]): { itemId: string; sales: number }[] {
  const pieces = new Map<string, number>()
  for (const order of orders) {
    if (!('payment' in order) || order.state === 'refunded') continue
    for (const { itemId, quantity } of order.lines) pieces.set(itemId, (pieces.get(itemId) ?? 0) + quantity)
  }
  return [...pieces].map(([itemId, sales]) => ({ itemId, sales }))
}

async function insertOrders(tx: Tx, orders: readonly Order[]): Promise<void> {
  const rows = orders.map((order) => ({
    id: order.id,
    order_number: order.orderNumber,
    customer_id: order.customerId,
    ...stateRow(order),
    origin_total: order.originTotal,
    discount_total: order.discountTotal,
    delivery_fee: order.deliveryFee,
    total: order.total,
    item_count: order.itemCount,
    receiver_name: order.receiver.name,
    receiver_phone: order.receiver.phone,
    city: order.receiver.address.city,
    address_detail: order.receiver.address.detail,
    postal_code: order.receiver.address.postalCode,
    placed_at: order.placedAt,
    expires_at: order.expiresAt,
  }))
  const lines = orders.flatMap((order) =>
    order.lines.map((line) => ({ order_id: order.id, ...lineRow(line) })),
  )
  await insertRows(tx, 'orders.order', rows)
  await insertRows(tx, 'orders.order_line', lines)
  const parcels = orders.map((order) => parcelRows(order.id, order.lines))
  await insertRows(
    tx,
    'orders.shipment',
    parcels.flatMap(({ shipments }) => shipments),
  )
  await insertRows(
    tx,
    'orders.shipment_line',
    parcels.flatMap(({ shares }) => shares),
  )
}

/** Rows as one JSON parameter: a statement of 2,500 orders would have too many parameters otherwise. */
async function insertRows(tx: Tx, table: string, rows: readonly Record<string, unknown>[]): Promise<void> {
  if (rows.length === 0) return
  const columns = sql.join(Object.keys(rows[0] ?? {}).map((column) => sql.ref(column)))
  await sql`
    insert into ${sql.table(table)} (${columns})
    select ${columns} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`.execute(
    tx,
  )
}

/**
 * Stock: pieces on hand, and how many of them are held for orders that wait for their payment. Free = on hand − held.
 * Every change is a conditional update of one row, so stock never goes below zero whatever the concurrency; rows
 * are always locked in the order of their ids, so transactions never wait for each other in a circle.
 */
import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { catalog } from '../tables.ts'

/** A number of pieces of one item; quantity ≥ 1. */
export interface Pieces {
  readonly itemId: string
  readonly quantity: number
}

/** Lines with each item once, in locking order. */
export function inLockingOrder(lines: readonly Pieces[]): Pieces[] {
  const byItem = new Map<string, number>()
  for (const line of lines) byItem.set(line.itemId, (byItem.get(line.itemId) ?? 0) + line.quantity)
  return [...byItem]
    .map(([itemId, quantity]) => ({ itemId, quantity }))
    .sort((a, b) => (a.itemId < b.itemId ? -1 : 1))
}

/**
 * Sets pieces aside for an order. Refusal: `out_of_stock` with facts `{ itemId, available }`; pieces of other lines
 * are then already set aside, so the caller must roll back. One hold per order: a second one is a bug (unique key).
 */
export async function holdStock(
  tx: Tx,
  hold: { orderId: string; lines: readonly Pieces[]; now: Temporal.Instant },
): Promise<{ kind: 'held' } | Refused<'out_of_stock'>> {
  const wanted = inLockingOrder(hold.lines)
  const asked = wanted.map(({ itemId, quantity }) => ({ item_id: itemId, quantity }))
  // As JSON, of which the planner guesses the same for any order: then one plan does for all.
  const { rows } = await sql<{ item_id: string }>`
    with free as materialized (
      select stock.item_id, wanted.quantity
      from catalog.stock as stock
        join jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as wanted (item_id uuid, quantity int) using (item_id)
      where stock.on_hand - stock.held >= wanted.quantity
      order by stock.item_id
      for no key update of stock),
    taken as (
      update catalog.stock as stock set held = held + free.quantity
      from free where stock.item_id = free.item_id
      returning stock.item_id, free.quantity)
    insert into catalog.stock_hold (order_id, item_id, quantity, created_at)
    select ${hold.orderId}::uuid, item_id, quantity, ${hold.now}::timestamptz from taken
    returning item_id`.execute(tx)
  const held = new Set(rows.map(({ item_id }) => item_id))
  const missing = wanted.find(({ itemId }) => !held.has(itemId))
  return missing === undefined ? { kind: 'held' } : outOfStock(tx, missing.itemId)
}

/** Gives an order's held pieces back to everybody. Idempotent: false when there was no hold. */
export async function releaseHold(tx: Tx, orderId: string): Promise<boolean> {
  const { rows } = await sql`
    with ${gone(orderId)}
    update catalog.stock as stock set held = held - gone.quantity
    from gone where stock.item_id = gone.item_id
    returning 1`.execute(tx)
  return rows.length > 0
}

/** An order's held pieces are sold and leave the stock. Idempotent: false when there was no hold. */
export async function consumeHold(tx: Tx, orderId: string): Promise<boolean> {
  const { rows } = await sql`
    with ${gone(orderId)}
    update catalog.stock as stock set held = held - gone.quantity, on_hand = on_hand - gone.quantity
    from gone where stock.item_id = gone.item_id
    returning 1`.execute(tx)
  return rows.length > 0
}

/**
 * Takes free pieces out of the stock without a hold: for a payment that arrives after the hold has ended.
 * Refusal: `out_of_stock` with facts `{ orderId, itemId, available }`; the caller must roll back.
 */
export async function takeStock(
  tx: Tx,
  orderId: string,
  lines: readonly Pieces[],
): Promise<{ kind: 'taken' } | Refused<'out_of_stock'>> {
  for (const { itemId, quantity } of inLockingOrder(lines)) {
    const { rows } = await sql`
      update catalog.stock set on_hand = on_hand - ${quantity}::int
      where item_id = ${itemId} and on_hand - held >= ${quantity}::int
      returning 1`.execute(tx)
    if (rows.length === 0) return outOfStock(tx, itemId, { orderId })
  }
  return { kind: 'taken' }
}

/** Sold pieces that never left the house come back. Items that the catalogue does not know are ignored. */
export async function restockItems(tx: Tx, lines: readonly Pieces[]): Promise<void> {
  for (const { itemId, quantity } of inLockingOrder(lines)) {
    await sql`update catalog.stock set on_hand = on_hand + ${quantity}::int where item_id = ${itemId}`.execute(
      tx,
    )
  }
}

/**
 * Takes an order's hold away, as `gone`, once the stock rows of all of it are locked in their order: an update that meets
 * them in another one would wait in a circle. What was taken away meanwhile is not there any more.
 */
const gone = (orderId: string) => sql`
  locked as materialized (
    select item_id
    from catalog.stock_hold as hold join catalog.stock as stock using (item_id)
    where hold.order_id = ${orderId}
    order by item_id
    for no key update of stock),
  gone as (
    delete from catalog.stock_hold as hold using locked
    where hold.order_id = ${orderId} and hold.item_id = locked.item_id
    returning hold.item_id, hold.quantity)`

async function outOfStock(
  tx: Tx,
  itemId: string,
  more: { orderId?: string } = {},
): Promise<Refused<'out_of_stock'>> {
  const stock = await catalog(tx)
    .selectFrom('catalog.stock')
    .select(({ eb }) => eb('on_hand', '-', eb.ref('held')).as('available'))
    .where('item_id', '=', itemId)
    .executeTakeFirst()
  return refused('out_of_stock', { facts: { ...more, itemId, available: stock?.available ?? 0 } })
}

import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'

/** What the database says about somebody's orders that wait for their payment. */
export interface Books {
  readonly orders: number
  /** Orders that lack a hold for a line, their event or their key. */
  readonly incomplete: number
  /** Pieces in order lines, and pieces held for them. */
  readonly ordered: number
  readonly held: number
  /** Stock rows whose held pieces are not the sum of the holds. */
  readonly wrongStock: number
}

export async function countBooks(db: Db, customers: readonly { id: string }[]): Promise<Books> {
  const ids = customers.map(({ id }) => id)
  const { rows } = await sql<Books>`
    with placed as (select id, customer_id, item_count from orders."order" where customer_id = any(${ids}::uuid[])),
      holds as (select order_id, sum(quantity) as pieces from catalog.stock_hold group by order_id)
    select count(*) as orders,
      count(*) filter (where holds.pieces is distinct from placed.item_count or not exists (
        select 1 from platform.event where subject = placed.id::text and type = 'shop.order.placed')) +
      (select abs(count(*) - (select count(*) from placed)) from platform.idempotency_key
       where scope = any(${ids.map((id) => `orders:${id}`)}::text[]) and status = 201) as incomplete,
      coalesce(sum(item_count), 0) as ordered, coalesce(sum(holds.pieces), 0) as held,
      (select count(*) from catalog.stock left join (
        select item_id, sum(quantity) as pieces from catalog.stock_hold group by item_id) as all_holds using (item_id)
        where held <> coalesce(all_holds.pieces, 0)) as "wrongStock"
    from placed left join holds on holds.order_id = placed.id`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error('no books')
  return row
}

/** Enough pieces that nothing sells out while it is measured. */
export async function stockUp(db: Db, itemIds: readonly string[]): Promise<void> {
  await sql`update catalog.stock set on_hand = held + 10000000 where item_id = any(${itemIds}::uuid[])`.execute(
    db,
  )
}

/** Removes the orders of the benchmark's customers without a trace, so that no sweep works on them later. */
export async function forgetOrders(db: Db, customers: readonly string[]): Promise<void> {
  const mine = sql`select id from orders."order" where customer_id = any(${customers}::uuid[])`
  await sql`
    with gone as (delete from catalog.stock_hold where order_id in (${mine}) returning item_id, quantity),
      pieces as (select item_id, sum(quantity) as quantity from gone group by item_id)
    update catalog.stock set held = held - pieces.quantity from pieces where stock.item_id = pieces.item_id`.execute(
    db,
  )
  for (const table of ['outbox', 'event_log'])
    await sql`
      delete from ${sql.table(`platform.${table}`)} where subject in (select id::text from (${mine}) as mine)`.execute(
      db,
    )
  await sql`delete from orders.order_line where order_id in (${mine})`.execute(db)
  await sql`delete from orders."order" where customer_id = any(${customers}::uuid[])`.execute(db)
  await sql`delete from platform.idempotency_key where scope = any(${customers.map((id) => `orders:${id}`)}::text[])`.execute(
    db,
  )
  await sql`vacuum analyze catalog.stock, catalog.stock_hold, platform.outbox, platform.event_log, platform.idempotency_key, orders."order", orders.order_line`.execute(
    db,
  )
}

const DRAIN_LIMIT_MS = 60_000
const POLL_MS = 100

const SETTLED_MS = 500

/** Waits until no order arrives any more (requests cut off by their client still run) and every event is delivered. */
export async function settled(db: Db, customers: readonly { id: string }[]): Promise<void> {
  for (let before = -1; ; ) {
    const { orders } = await countBooks(db, customers)
    if (orders === before) return drained(db)
    before = orders
    await new Promise((done) => setTimeout(done, SETTLED_MS))
  }
}

/** Waits until every event has been delivered. */
export async function drained(db: Db): Promise<void> {
  const deadline = performance.now() + DRAIN_LIMIT_MS
  for (;;) {
    const { rows } = await sql`select 1 from platform.undelivered limit 1`.execute(db)
    if (rows.length === 0) return
    if (performance.now() > deadline) throw new Error('events are not delivered')
    await new Promise((done) => setTimeout(done, POLL_MS))
  }
}

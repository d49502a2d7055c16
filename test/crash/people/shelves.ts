import { sql } from 'kysely'
import type { Db } from '../../../src/platform/database/database.ts'
import type { Shelf } from './buyer.ts'

const SCARCE_ITEMS = 3
const PLENTY = 100_000

/** A few items that will surely sell out, plenty of the others, some of them tax-free; and coupons. */
export async function stockShelves(
  db: Db,
  purchases: number,
): Promise<{ shelf: Shelf; initialStock: Map<string, number> }> {
  const { rows } = await sql<{ id: string }>`
    select i.id from catalog.item i where i.status = 'on_sale' order by i.statement_number`.execute(db)
  const ids = rows.map(({ id }) => id)
  if (ids.length <= SCARCE_ITEMS) throw new Error(`the demo shop has only ${ids.length} items on sale`)
  const coupons = await offerCoupons(db, purchases)
  const shelf = { scarce: ids.slice(0, SCARCE_ITEMS), plenty: ids.slice(SCARCE_ITEMS), coupons }
  await sql`update catalog.item set tax_free = id = any(${shelf.plenty.filter((_, n) => n % 3 === 0)}::uuid[])`.execute(
    db,
  )
  const few = Math.max(2, Math.ceil(purchases / 6))
  await sql`
    update catalog.stock set held = 0,
      on_hand = case when item_id = any(${shelf.scarce}::uuid[]) then ${few}::int else ${PLENTY}::int end`.execute(
    db,
  )
  const stock = await sql<{ itemId: string; onHand: number }>`
    select item_id as "itemId", on_hand as "onHand" from catalog.stock`.execute(db)
  return { shelf, initialStock: new Map(stock.rows.map(({ itemId, onHand }) => [itemId, onHand])) }
}

/** One that is soon used up, and one for everybody. */
async function offerCoupons(db: Db, purchases: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    insert into coupons.coupon
      (id, name, kind, off, most, minimum, starts_at, ends_at, budget, first_order, created_by, created_at)
    select gen_random_uuid(), name, kind, off, most, minimum, now() - interval '1 day', now() + interval '1 day', budget,
      false, 'crash test', now()
    from (values
      ('선착순', 'amount', 1000, null::bigint, 1100, ${Math.max(2, Math.ceil(purchases / 10))}::int),
      ('모두', 'percent', 7, 5000, 0, null)) as offer (name, kind, off, most, minimum, budget)
    returning id`.execute(db)
  return rows.map(({ id }) => id)
}

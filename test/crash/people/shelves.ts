import { sql } from 'kysely'
import type { Db } from '../../../src/platform/database/database.ts'
import type { Shelf } from './buyer.ts'

const SCARCE_ITEMS = 3
const PLENTY = 100_000

/** A few items that will surely sell out, and plenty of the others. */
export async function stockShelves(
  db: Db,
  purchases: number,
): Promise<{ shelf: Shelf; initialStock: Map<string, number> }> {
  const { rows } = await sql<{ id: string }>`
    select i.id from catalog.item i where i.status = 'on_sale' order by i.statement_number`.execute(db)
  const ids = rows.map(({ id }) => id)
  if (ids.length <= SCARCE_ITEMS) throw new Error(`the demo shop has only ${ids.length} items on sale`)
  const shelf = { scarce: ids.slice(0, SCARCE_ITEMS), plenty: ids.slice(SCARCE_ITEMS) }
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

import { sql } from 'kysely'
import { type Db, transact } from '../../../platform/database/database.ts'
import { changeNumbers, lockNumbers } from '../browse/shelves.ts'
import {
  emptyRegisters,
  estimateOf,
  packSketch,
  type Registers,
  union,
  unpackSketch,
} from '../rules/hyperloglog.ts'

/**
 * Puts visitors into the sketches of items, and moves their numbers by what that adds. Whoever else does the same waits
 * for the lock, so nothing is lost; and doing it twice adds nothing. Unknown items are ignored.
 */
export async function storeViews(db: Db, visitors: ReadonlyMap<string, Registers>): Promise<void> {
  const itemIds = [...visitors.keys()]
  await transact(db, async (tx) => {
    await lockNumbers(tx, itemIds)
    // A statement of its own: it sees what the one before in the lock has written.
    const { rows } = await sql<{ item_id: string; sketch: Buffer | null }>`
      select numbers.item_id, sketch from catalog.item_numbers as numbers
        left join catalog.item_views on item_views.item_id = numbers.item_id
      where numbers.item_id = any(${itemIds}::uuid[])`.execute(tx)
    const grown = rows.flatMap(({ item_id: itemId, sketch }) => {
      const known = sketch === null ? emptyRegisters() : unpackSketch(sketch)
      const all = union(known, visitors.get(itemId) ?? emptyRegisters())
      const packed = packSketch(all)
      if (sketch?.equals(packed)) return []
      return [{ itemId, sketch: Buffer.from(packed), views: estimateOf(all) - estimateOf(known) }]
    })
    if (grown.length === 0) return
    await sql`
      insert into catalog.item_views (item_id, sketch)
      select * from unnest(${grown.map(({ itemId }) => itemId)}::uuid[], ${grown.map(({ sketch }) => sketch)}::bytea[])
      on conflict (item_id) do update set sketch = excluded.sketch`.execute(tx)
    await changeNumbers(
      tx,
      grown.map(({ itemId, views }) => ({ itemId, views })),
    )
  })
}

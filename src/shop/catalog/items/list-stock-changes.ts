import Type, { type Static } from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { Uuid } from '../../../platform/http/app.ts'
import { Instant } from '../../../platform/http/schemas.ts'
import { catalog } from '../tables.ts'

export const StockChangeSchema = Type.Object({
  id: Uuid,
  at: Instant('When'),
  delta: Type.Integer({ description: 'Pieces that came (positive) or are gone (negative)' }),
  onHand: Type.Integer({ minimum: 0, description: 'Pieces on hand after it' }),
  reason: Type.String(),
  actorId: Type.String({ format: 'uuid', description: 'Whoever changed it' }),
})

/** The latest changes of the stock of an item that were made by hand, newest first. An unknown item has none. */
export async function listStockChanges(
  db: Db,
  itemId: string,
  size: number,
): Promise<Static<typeof StockChangeSchema>[]> {
  const rows = await catalog(db)
    .selectFrom('catalog.stock_adjustment')
    .select(['id', 'created_at', 'delta', 'on_hand', 'reason', 'actor_id'])
    .where('item_id', '=', itemId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(size)
    .execute()
  return rows.map(({ id, created_at, delta, on_hand, reason, actor_id }) => ({
    id,
    at: created_at.toString(),
    delta,
    onHand: on_hand,
    reason,
    actorId: actor_id,
  }))
}

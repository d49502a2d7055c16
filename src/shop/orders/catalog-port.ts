import type { Db, Tx } from '../../platform/database/database.ts'
import type { Refused } from '../../platform/refusal.ts'
import type { ItemForSale, Pieces } from '../catalog/index.ts'

export type { ItemForSale, Pieces } from '../catalog/index.ts'

/** What orders ask of the catalogue: prices of this moment, and stock. Never answered from a cache. */
export interface CatalogPort {
  /** Unknown ids are left out; the order of the answer is free. */
  itemsForSale(db: Db | Tx, itemIds: readonly string[]): Promise<ItemForSale[]>
  /** Puts stock aside for an order. Refusals: out_of_stock with facts `{ itemId, available }`; the caller rolls back. */
  holdStock(
    tx: Tx,
    hold: { orderId: string; lines: readonly Pieces[]; now: Temporal.Instant },
  ): Promise<{ kind: 'held' } | Refused<'out_of_stock'>>
  /** Held pieces become free again. False when there was no hold. */
  releaseHold(tx: Tx, orderId: string): Promise<boolean>
  /** Held pieces are sold. False when there was no hold. */
  consumeHold(tx: Tx, orderId: string): Promise<boolean>
  /** Free pieces are sold without a hold. Refusals: out_of_stock; with one line nothing was taken then. */
  takeStock(
    tx: Tx,
    orderId: string,
    lines: readonly Pieces[],
  ): Promise<{ kind: 'taken' } | Refused<'out_of_stock'>>
  /** Sold pieces that never left come back. */
  restockItems(tx: Tx, lines: readonly Pieces[]): Promise<void>
}

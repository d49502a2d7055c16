import type { Db, Tx } from '../../platform/database/database.ts'
import type { Won } from '../../platform/money.ts'
import type { Refused } from '../../platform/refusal.ts'

/** An item as it is sold at this moment. `originPrice − discountPrice = realPrice`; `available` are free pieces. */
export interface ItemForSale {
  id: string
  name: string
  enterprise: string
  thumbnail: string | null
  status: 'on_sale' | 'sold_out' | 'hidden'
  originPrice: Won
  discountPrice: Won
  realPrice: Won
  available: number
}

export interface Piece {
  itemId: string
  quantity: number
}

/** What orders ask of the catalogue: prices of this moment, and stock. Never answered from a cache. */
export interface CatalogPort {
  /** Unknown ids are left out; the order of the answer is free. */
  itemsForSale(db: Db | Tx, itemIds: readonly string[]): Promise<ItemForSale[]>
  /** Puts stock aside for an order. Refusals: out_of_stock with facts `{ itemId, available }`; the caller rolls back. */
  holdStock(
    tx: Tx,
    hold: { orderId: string; lines: readonly Piece[]; now: Temporal.Instant },
  ): Promise<{ kind: 'held' } | Refused>
  /** Held pieces become free again. False when there was no hold. */
  releaseHold(tx: Tx, orderId: string): Promise<boolean>
  /** Held pieces are sold. False when there was no hold. */
  consumeHold(tx: Tx, orderId: string): Promise<boolean>
  /** Sold pieces that never left come back. */
  restock(tx: Tx, lines: readonly Piece[]): Promise<void>
}

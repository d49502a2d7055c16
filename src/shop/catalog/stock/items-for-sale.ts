import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import type { Category } from '../rules/categories.ts'
import type { ItemStatus } from '../rules/item-change.ts'
import type { DiscountRate } from '../rules/price.ts'
import { catalog, shownStatus } from '../tables.ts'

/** An item as it is sold at this moment: always read from the database, never from a cache. */
export interface ItemForSale {
  readonly id: string
  readonly name: string
  readonly enterprise: string
  readonly thumbnail: string | null
  /** As customers see it: `sold_out` also when no piece is free. */
  readonly status: ItemStatus
  readonly originPrice: Won
  /** Permille. */
  readonly discountRate: DiscountRate
  readonly discountPrice: Won
  /** What one costs. */
  readonly realPrice: Won
  /** No VAT is in its price (면세). */
  readonly taxFree: boolean
  readonly categories: readonly Category[]
  /** Free pieces: on hand and not held for somebody. */
  readonly available: number
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu

/** Tells whether a text can be the id of an item. */
export function isItemId(text: string): boolean {
  return uuid.test(text)
}

/**
 * Prices and free stock of the given items, hidden ones included. Unknown and malformed ids are left out, duplicates
 * are answered once; in the order of the ids.
 */
export async function itemsForSale(db: Db | Tx, itemIds: readonly string[]): Promise<ItemForSale[]> {
  const ids = itemIds.filter(isItemId)
  if (ids.length === 0) return []
  const rows = await catalog(db)
    .selectFrom('catalog.item as item')
    .innerJoin('catalog.stock as stock', 'stock.item_id', 'item.id')
    .select([
      'item.id',
      'item.name',
      'item.enterprise',
      'item.thumbnail',
      'item.status',
      'item.origin_price',
      'item.discount_permille',
      'item.discount_price',
      'item.real_price',
      'item.tax_free',
      'item.categories',
      'stock.on_hand',
      'stock.held',
    ])
    .where('item.id', 'in', ids)
    .orderBy('item.id')
    .execute()
  return rows.map((row) => {
    const available = row.on_hand - row.held
    return {
      id: row.id,
      name: row.name,
      enterprise: row.enterprise,
      thumbnail: row.thumbnail,
      status: shownStatus(row.status, available),
      originPrice: row.origin_price,
      discountRate: row.discount_permille,
      discountPrice: row.discount_price,
      realPrice: row.real_price,
      taxFree: row.tax_free,
      categories: row.categories,
      available,
    }
  })
}

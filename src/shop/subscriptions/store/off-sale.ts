import type { Tx } from '../../../platform/database/database.ts'
import type { OffSalePolicy, SubscriptionDeps } from '../deps.ts'

/**
 * Those of the items that are not sold at this moment, and what becomes of a subscription to one when that stays so: an
 * item that is gone for good ends it in any case.
 */
export async function itemsOffSale(
  { catalog, settings }: Pick<SubscriptionDeps, 'catalog' | 'settings'>,
  tx: Tx,
  itemIds: readonly string[],
): Promise<Map<string, OffSalePolicy>> {
  const ids = [...new Set(itemIds)]
  const found = new Map((await catalog.itemsForSale(tx, ids)).map((item) => [item.id, item]))
  return new Map(
    ids.flatMap<[string, OffSalePolicy]>((id) => {
      const item = found.get(id)
      if (!item) return [[id, 'end']]
      return item.status === 'hidden' ? [[id, settings.offSale]] : []
    }),
  )
}

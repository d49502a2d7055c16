import type { Tx } from '../../../platform/database/database.ts'
import type { ItemForSale } from '../../catalog/index.ts'
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
      const policy = offSaleOf(settings, found.get(id))
      return policy ? [[id, policy]] : []
    }),
  )
}

/** What becomes of a subscription to an item (undefined: it is gone for good); undefined while it is sold. */
export function offSaleOf(
  { offSale }: Pick<SubscriptionDeps['settings'], 'offSale'>,
  item: ItemForSale | undefined,
): OffSalePolicy | undefined {
  if (!item) return 'end'
  return item.status === 'hidden' ? offSale : undefined
}

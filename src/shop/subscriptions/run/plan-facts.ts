import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { BillingDeps } from '../charging/ports.ts'
import type { OffSalePolicy } from '../deps.ts'
import { type Subscription, termsOn } from '../rules/subscription.ts'
import { offSaleOf } from '../store/off-sale.ts'
import type { SubscriptionTable } from '../store/tables.ts'

/** What stands beside subscriptions and decides what becomes of their charges, as it is at this moment. */
export interface Facts {
  /** Items that are not sold, and what becomes of subscriptions to them. */
  readonly offSale: ReadonlyMap<string, OffSalePolicy>
  /** Customers who are known to have left. */
  readonly left: ReadonlySet<string>
  /** Methods that can be charged, whose they are, and whether the outcome of an earlier charge by them is unknown. */
  readonly methods: ReadonlyMap<string, { readonly ownerId: string; readonly isBehindUnknown: boolean }>
  /** Free pieces by item, less what is planned by now; null of a day to come: more may have come by then. */
  readonly shelf: Map<string, number> | null
}

export type PlanDeps = Pick<BillingDeps, 'db' | 'clock' | 'settings' | 'catalog'> & {
  payments: Pick<BillingDeps['payments'], 'chargeableMethods'>
}

/** Reads what the charges of some subscriptions meet. `shelf` is filled with the items it does not know yet. */
export async function factsFor(
  { catalog, payments, settings }: PlanDeps,
  tx: Tx,
  rows: readonly SubscriptionTable[],
  shelf: Facts['shelf'],
): Promise<Facts> {
  const itemIds = [...new Set(rows.map((row) => row.item_id))]
  const methodIds = rows.flatMap(({ method_id: id }) => (id === null ? [] : [id]))
  const items = new Map((await catalog.itemsForSale(tx, itemIds)).map((item) => [item.id, item]))
  const methods = await payments.chargeableMethods(tx, methodIds)
  const left = await sql<{ customer_id: string }>`
    select customer_id from subscriptions.withdrawn_customer
    where customer_id = any(${rows.map((row) => row.customer_id)}::uuid[])`.execute(tx)
  for (const { id, status, available } of items.values())
    if (shelf && !shelf.has(id)) shelf.set(id, status === 'on_sale' ? available : 0)
  const offSale = itemIds.flatMap<[string, OffSalePolicy]>((id) => {
    const policy = offSaleOf(settings, items.get(id))
    return policy ? [[id, policy]] : []
  })
  return {
    offSale: new Map(offSale),
    left: new Set(left.rows.map((row) => row.customer_id)),
    methods,
    shelf,
  }
}

/** What becomes of a cycle whose day has come. */
export type Fate =
  | { readonly kind: 'charge' }
  /** The customer is asked for a payment method. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'skip'; readonly reason: 'not_sold' | 'out_of_stock' }
  | { readonly kind: 'end'; readonly reason: 'account_withdrawn' | 'item_discontinued' }
  /** The customer is told of the charge first. */
  | { readonly kind: 'tell' }
  | { readonly kind: 'wait' }

/**
 * Decides what becomes of a cycle that is not left out, in the order in which the run decides it
 * (`prepareSubscription`, `chargeCycle`). What it would charge is taken from the shelf.
 * @param notice what stands between it and its charge (`noticeFirst`)
 */
export function fateOf(
  subscription: Subscription,
  due: Temporal.PlainDate,
  notice: 'tell' | 'wait' | null,
  { left, offSale, methods, shelf }: Facts,
): Fate {
  const { customerId, itemId, methodId } = subscription
  if (left.has(customerId)) return { kind: 'end', reason: 'account_withdrawn' }
  if (notice === 'wait') return { kind: 'wait' }
  const policy = offSale.get(itemId)
  if (policy === 'end') return { kind: 'end', reason: 'item_discontinued' }
  if (policy === 'wait') return { kind: 'skip', reason: 'not_sold' }
  if (notice === 'tell') return { kind: 'tell' }
  const { quantity } = termsOn(subscription, due)
  const free = shelf ? (shelf.get(itemId) ?? 0) : Number.POSITIVE_INFINITY
  if (free < quantity) return { kind: 'skip', reason: 'out_of_stock' }
  const method = methodId === null ? undefined : methods.get(methodId)
  if (method?.ownerId !== customerId) return { kind: 'ask' }
  // By a day to come it will be known what became of it.
  if (shelf && method.isBehindUnknown) return { kind: 'wait' }
  shelf?.set(itemId, free - quantity)
  return { kind: 'charge' }
}

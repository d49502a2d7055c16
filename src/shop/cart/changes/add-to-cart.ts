import { type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { Period } from '../../../platform/time/period.ts'
import { MOST_LINES, MOST_PIECES } from '../rules/cart.ts'
import { type CartOwner, insertOrRaise, lockCart } from '../store/cart-store.ts'
import type { ViewCartDeps } from '../view-cart.ts'

export type ChangeCartDeps = ViewCartDeps & { clock: Clock }

export interface AddToCart {
  idempotencyKey: string
  asked: {
    itemId: string
    quantity: number
    /** How often it is to come again; null or left out: bought once. */
    subscription?: Period | null | undefined
  }
}

/**
 * Puts pieces of an item into the cart. The same item of the same kind and period adds up, so a repeated request must
 * carry the same key: it is added once.
 * Refusals: item_not_found, item_not_on_sale, out_of_stock (none is free), period_malformed, period_not_offered,
 * cart_quantity_too_large (`facts.quantity` are in the cart), cart_full, idempotency_key_reused, request_in_progress.
 */
export async function addToCart(
  { db, clock, catalog, periods }: ChangeCartDeps,
  owner: CartOwner,
  { idempotencyKey, asked }: AddToCart,
): Promise<
  | { kind: 'added'; lineId: string }
  | Refused<
      | 'item_not_found'
      | 'item_not_on_sale'
      | 'out_of_stock'
      | 'period_malformed'
      | 'period_not_offered'
      | 'cart_full'
      | 'cart_quantity_too_large'
      | KeyRefusal
    >
> {
  const { itemId, quantity, subscription = null } = asked
  const [item] = await catalog.itemsForSale(db, [itemId])
  const now = clock.now()
  const request = { scope: `cart:${owner.kind}:${owner.id}`, key: idempotencyKey, body: asked }
  const answer = await once(db, request, now, async (tx) => {
    if (!item) return refused('item_not_found', { facts: { itemId } })
    if (item.status === 'hidden') return refused('item_not_on_sale', { facts: { itemId } })
    if (item.status === 'sold_out') return refused('out_of_stock', { facts: { itemId, available: 0 } })
    const offered = subscription === null ? undefined : periods.check(subscription)
    if (offered?.kind === 'refused') return offered
    const cartId = await lockCart(tx, owner, now)
    const addition = { itemId: item.id, quantity, subscription, price: item.realPrice }
    const added = await insertOrRaise(tx, cartId, addition, now)
    switch (added.kind) {
      case 'added':
        return { kind: 'answered', status: 200, body: { lineId: added.id } }
      case 'full':
        return refused('cart_full', { facts: { maximum: MOST_LINES } })
      case 'too_many':
        return refused('cart_quantity_too_large', {
          facts: { quantity: added.pieces, maximum: MOST_PIECES },
        })
    }
  })
  return answer.kind === 'refused' ? answer : { kind: 'added', lineId: answer.body.lineId }
}

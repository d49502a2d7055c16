import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { CouponRefusal, Orders, OrderView, PlaceOrder } from '../../orders/index.ts'
import { chosenLines, type SeenLine } from '../rules/cart.ts'
import { linesOf, lockCart } from '../store/cart-store.ts'
import { keepOrderedLines } from '../store/paid-lines.ts'
import type { ChangeCartDeps } from './add-to-cart.ts'

export type OrderCartDeps = ChangeCartDeps & {
  orders: Pick<Orders, 'placeWithin' | 'answersScope' | 'price' | 'offer' | 'terms'>
}

export interface OrderCart {
  customerId: string
  idempotencyKey: string
  asked: Omit<PlaceOrder['asked'], 'lines' | 'expectedTotal'> & {
    /** The lines to order, with the quantities the customer saw. */
    lines: readonly SeenLine[]
    /** The total the customer saw, in won. */
    expectedTotal: number
  }
}

/**
 * Orders lines of the cart as they were shown, once and recurring together in one order. The lines stay in the cart
 * until the order is paid; what was ordered is remembered, so that exactly that leaves it. Two tabs may each order, and
 * pay for, the same lines: that is two orders.
 * Refusals: cart_changed (a line has gone or has another quantity), those of placing an order (total_changed,
 * invalid_request with mixed_periods for an item in two lines, consent_required …), idempotency_key_reused,
 * request_in_progress.
 */
export async function orderCart(
  { db, clock, orders }: OrderCartDeps,
  { customerId, idempotencyKey, asked }: OrderCart,
): Promise<
  | Answer<OrderView>
  | Refused<
      | 'cart_changed'
      | CouponRefusal
      | 'coupon_minimum'
      | 'coupon_not_for_these'
      | 'invalid_request'
      | 'out_of_stock'
      | 'item_not_found'
      | 'item_not_on_sale'
      | 'order_total_too_large'
      | 'total_changed'
      | 'period_malformed'
      | 'period_not_offered'
      | 'consent_required'
      | 'too_many_open_orders'
      | 'too_many_unpaid_pieces'
      | KeyRefusal
    >
> {
  const owner = { kind: 'customer', id: customerId } as const
  const now = clock.now()
  const key = { scope: orders.answersScope(customerId), key: idempotencyKey, body: { cart: asked } }
  // The cart is read inside: a repeat gets its kept answer even when the paid lines have left it since.
  return once(db, key, now, async (tx) => {
    await lockCart(tx, owner, now)
    const lines = chosenLines(await linesOf(tx, owner), asked.lines)
    if (!lines) return refused('cart_changed')
    const placed = await orders.placeWithin(tx, { customerId, asked: { ...asked, lines } })
    if (placed.kind === 'refused') return placed
    await keepOrderedLines(tx, placed.order.id, lines)
    return { kind: 'answered', status: 201, body: placed.order }
  })
}

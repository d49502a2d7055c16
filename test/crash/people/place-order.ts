import type { PurchasePlan } from '../plan.ts'
import type { OrderView } from '../views.ts'
import { type Account, RECEIVER } from './accounts.ts'
import type { Shopping } from './buyer.ts'
import { orderCart } from './order-cart.ts'
import { COUPON_REFUSALS, couponOf, sendOrder, wantedLines } from './send-order.ts'

/** Orders what the plan says, with a coupon where it can be used. Undefined: it is sold out. */
export function placeOrder(
  shopping: Shopping,
  account: Account,
  plan: PurchasePlan,
): Promise<OrderView | undefined> {
  return plan.fromCart ? orderCart(shopping, account, plan) : orderDirectly(shopping, account, plan)
}

async function orderDirectly(
  shopping: Shopping,
  account: Account,
  plan: PurchasePlan,
): Promise<OrderView | undefined> {
  const lines = wantedLines(shopping.shelf, plan)
  for (const couponId of [couponOf(shopping.shelf, plan), undefined]) {
    const json = { lines, receiver: RECEIVER, ...(couponId === undefined ? {} : { couponId }) }
    const placed = await sendOrder(shopping, account, { path: 'orders', json, plan })
    if ('id' in placed) return placed
    if (!placed.every((answer) => COUPON_REFUSALS.includes(answer?.code ?? ''))) return undefined
  }
  throw new Error('a coupon was refused that nobody gave')
}

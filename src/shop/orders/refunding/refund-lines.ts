import type { Actor } from '../../../platform/http/actor.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { type RefundWish, splitRefund } from '../rules/give-back.ts'
import { findOrder, lockOrder } from '../store/order-store.ts'
import type { RefundingDeps } from './cancel-line.ts'
import { promiseRefund } from './promise-refund.ts'

export interface RefundLines {
  actor: Actor
  orderId: string
  wish: RefundWish
  reason: string
  /** Its pieces are not to be sent any more. */
  cancel: boolean
  /** Its pieces had arrived and came back. */
  returned: boolean
  /** Its pieces go back to stock with the money: only the merchant knows whether they can be sold again. */
  restock: boolean
  idempotencyKey: string
}

/**
 * A merchant gives back a part of what was paid: pieces, an amount of a line, or an amount over all lines.
 * Refusals: not_found, own_order (nobody gives money back to themselves), those of {@link splitRefund} and {@link promiseRefund}, and of idempotency.
 */
export async function refundLines(
  deps: RefundingDeps,
  { actor, orderId, idempotencyKey, ...asked }: RefundLines,
): Promise<
  | Answer<{ refundId: string }>
  | RefusedBy<typeof splitRefund>
  | RefusedBy<typeof promiseRefund>
  | Refused<'not_found' | 'own_order' | KeyRefusal>
> {
  const now = deps.clock.now()
  const key = { scope: `orders.refunds:${actor.userId}`, key: idempotencyKey, body: { orderId, ...asked } }
  return once(deps.db, key, now, async (tx) => {
    const { wish, reason, cancel, returned, restock } = asked
    // A statement of its own after the lock: the locking one may have read the lines before it had to wait.
    await lockOrder(tx, orderId)
    const order = await findOrder(tx, orderId)
    if (!order) return refused('not_found')
    if (order.customerId === actor.userId) return refused('own_order')
    const split = splitRefund(order, wish)
    if (split.kind === 'refused') return split
    const cause = returned ? 'returned' : 'merchant'
    const why = { cause, reason, requestedBy: actor.userId, cancel, byTwo: false, returned, restock } as const
    const promised = await promiseRefund(deps, tx, order, { split, ...why }, now)
    if (promised.kind === 'refused') return promised
    return { kind: 'answered', status: 202, body: { refundId: promised.refundId } }
  })
}

import { type Db, transact } from '../../../platform/database/database.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { keepMoved } from '../move-order.ts'
import type { ArrivalStep } from '../rules/arrival.ts'
import { moveLines, shipmentsOf } from '../rules/delivery.ts'
import type { Order } from '../rules/order.ts'
import { findOrder, lockOrder } from '../store/order-store.ts'

/**
 * A customer says that a parcel of their own order is there: now, where it only counted as arrived before and the time to
 * send it back still runs. Saying it again, or later, changes nothing.
 * Refusals: not_found (also somebody else's order, or a parcel it does not have), order_not_paid (all of it was paid back).
 */
export function confirmArrival(
  { db, clock }: { db: Db; clock: Clock },
  { actor, orderId, shipmentId }: { actor: Actor; orderId: string; shipmentId: string },
): Promise<{ kind: 'there'; order: Order; changed: boolean } | Refused<'not_found' | 'order_not_paid'>> {
  return transact(db, async (tx) => {
    // A statement of its own after the lock: the locking one may have read the lines before it had to wait.
    await lockOrder(tx, orderId)
    const order = await findOrder(tx, orderId)
    const seen = owned(actor, order && { order, ownerId: order.customerId })
    if ('kind' in seen) return seen
    if (!shipmentsOf(seen.order).some(({ id }) => id === shipmentId)) return refused('not_found')
    const now = clock.now()
    const step: ArrivalStep = { step: 'deliver', by: 'customer', shipmentId, evenCounted: true }
    const moved = moveLines(seen.order, step, undefined, now)
    if (moved.kind === 'refused') return refused('order_not_paid')
    if (moved.kind === 'unchanged') return { kind: 'there', order: seen.order, changed: false }
    await keepMoved(tx, seen.order, moved, step, now)
    return { kind: 'there', order: moved.order, changed: true }
  })
}

import { lookOfOthers } from '../../../platform/audit/audit.ts'
import type { Db } from '../../../platform/database/database.ts'
import { type Actor, owned, type Role } from '../../../platform/http/actor.ts'
import type { Refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { type OrderView, orderView } from '../order-view.ts'
import { findOrder } from '../store/order-store.ts'

/**
 * An order as its customer sees it, or somebody with one of the roles, whose look is written down. Refusals: not_found,
 * also somebody else's.
 */
export async function orderSeenBy(
  { db, clock }: { db: Db; clock: Clock },
  actor: Actor,
  orderId: string,
  orRoles: readonly Role[] = [],
): Promise<OrderView | Refused<'not_found'>> {
  const order = await findOrder(db, orderId)
  const seen = owned(actor, order && { order, ownerId: order.customerId }, orRoles)
  if ('kind' in seen) return seen
  const whose = { actorId: actor.userId, ownerId: seen.ownerId }
  await lookOfOthers(db, clock.now(), whose, {
    action: 'order.read',
    subject: { type: 'order', id: orderId },
  })
  return orderView(seen.order)
}

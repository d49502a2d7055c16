import type { Db } from '../../../platform/database/database.ts'
import { type Actor, owned, type Role } from '../../../platform/http/actor.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { type OrderView, orderView } from '../order-view.ts'
import { findOrder } from '../store/order-store.ts'

/** An order as its customer sees it, or somebody with one of the roles. Refusals: not_found, also somebody else's. */
export async function orderSeenBy(
  db: Db,
  actor: Actor,
  orderId: string,
  orRoles: readonly Role[] = [],
): Promise<OrderView | Refused> {
  const order = await findOrder(db, orderId)
  const seen = owned(actor, order && { order, ownerId: order.customerId }, orRoles)
  return 'kind' in seen ? seen : orderView(seen.order)
}

import type { Tx } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Order } from '../rules/order.ts'
import type { ReturnRequest } from '../rules/return-request.ts'
import { findOrder, lockOrder } from '../store/order-store.ts'
import { findReturn } from '../store/return-store.ts'

/**
 * A request as it is while its order is locked, for a merchant who handles it.
 * Refusals: not_found, own_order (nobody handles their own).
 */
export async function lockedReturn(
  tx: Tx,
  { actor, returnId }: { actor: Actor; returnId: string },
): Promise<{ kind: 'locked'; order: Order; request: ReturnRequest } | Refused<'not_found' | 'own_order'>> {
  const found = await findReturn(tx, returnId)
  if (!found) return refused('not_found')
  // Statements of their own after the lock: the locking one may have read before it had to wait.
  await lockOrder(tx, found.orderId)
  const [order, request] = [await findOrder(tx, found.orderId), await findReturn(tx, returnId)]
  if (!order || !request) return refused('not_found')
  return order.customerId === actor.userId ? refused('own_order') : { kind: 'locked', order, request }
}

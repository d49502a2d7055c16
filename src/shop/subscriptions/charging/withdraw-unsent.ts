import type { Tx } from '../../../platform/database/database.ts'
import type { BillingDeps } from './ports.ts'
import type { Opened } from './save-run-change.ts'

/**
 * Ends the attempt of a cycle that was written and has not been sent, when the customer has chosen another method
 * since: it must not be sent with the old one. The rows of order, subscription and cycle are locked; payments lock the
 * attempt, so that it is either ended here or was sent before, and then it stands.
 * 'nothing': there is no such attempt, its method is still the right one, or it has ended already.
 */
export async function withdrawUnsent(
  deps: BillingDeps,
  tx: Tx,
  { subscription, record }: Opened,
): Promise<'closed' | 'in_flight' | 'nothing'> {
  const { cycle, methodId } = record
  const attemptId = attemptOf(cycle)
  const sameMethod = subscription.methodId === null || subscription.methodId === methodId
  if (attemptId === undefined || sameMethod || !('orderId' in cycle)) return 'nothing'
  const { orderId } = cycle
  const charge = { orderId, attemptId, reason: 'payment_method_changed' }
  const closed = await deps.payments.closeUnsentCharge(tx, charge)
  return closed === 'over' ? 'nothing' : closed
}

function attemptOf(cycle: Opened['record']['cycle']): string | undefined {
  if (cycle.state === 'charging') return cycle.attemptId
  return cycle.state === 'ordering' ? cycle.postponed?.attemptId : undefined
}

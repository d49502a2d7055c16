import type { Tx } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { PaymentPort } from '../payment-port.ts'
import { decideCancel } from '../rules/order.ts'
import { lockOrder, saveOrder } from '../store/order-store.ts'

/**
 * Asks back what was paid for the delivery of a subscription that should not have been charged; the order stays as it
 * is until the money has moved, and is not shipped. Asking again is harmless.
 * @returns 'too_late' when the parcel has left, or there is nothing to give back
 */
export async function giveBackCycle(
  deps: { clock: Clock; payments: Pick<PaymentPort, 'refundOrder'> },
  tx: Tx,
  orderId: string,
  reason: string,
): Promise<'asked' | 'too_late'> {
  const order = await lockOrder(tx, orderId)
  if (!order?.cycle) throw new Error(`order ${orderId} is not the order of a cycle`)
  const decision = decideCancel(order, deps.clock.now())
  if (decision.kind !== 'refund') return 'too_late'
  const requested = await deps.payments.refundOrder(tx, { orderId, reason, requestedBy: 'system' })
  if (requested.kind === 'refused') return requested.code === 'refund_in_progress' ? 'asked' : 'too_late'
  await saveOrder(tx, order, decision.order)
  return 'asked'
}

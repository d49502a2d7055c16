import type { Actor } from '../../platform/http/actor.ts'
import { once } from '../../platform/http/idempotency.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { PaymentsDeps } from './deps.ts'
import { requestFullRefund } from './port.ts'
import { type PaymentDetail, paymentDetail } from './queries.ts'
import { readAttempt } from './store.ts'

const OPERATORS = ['merchant', 'admin'] as const

/**
 * A customer asks for their money back before shipping, or an operator does it for them. The request is stored; the
 * provider is asked after the commit.
 * Refusals: not_found, order_not_refundable, payment_not_refundable, refund_in_progress.
 */
export async function refundPayment(
  deps: PaymentsDeps,
  input: { actor: Actor; paymentId: string; reason: string; idempotencyKey: string },
): Promise<PaymentDetail | Refused> {
  const { actor, paymentId, reason } = input
  const request = { scope: `refunds:${actor.userId}`, key: input.idempotencyKey, body: { paymentId, reason } }
  const result = await once<{ refundId: string }>(deps.db, request, deps.clock.now(), async (tx) => {
    const seen = await readAttempt(tx, paymentId)
    const operator = OPERATORS.some((role) => actor.roles.includes(role))
    if (!seen || (seen.owner_id !== actor.userId && !operator)) return refused('not_found')
    const order = await deps.payable.lockForRefund(tx, seen.order_id)
    if (order.kind === 'refused') return order
    if (seen.state !== 'succeeded') return refused('payment_not_refundable')
    const requested = await requestFullRefund(deps, tx, {
      orderId: seen.order_id,
      reason,
      requestedBy: actor.userId,
    })
    if (requested.kind === 'refused') return requested
    return { kind: 'answered', status: 202, body: { refundId: requested.refundId } }
  })
  if (result.kind === 'refused') return result
  return (await paymentDetail(deps.db, paymentId)) ?? refused('not_found')
}

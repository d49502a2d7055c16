import type { Tx } from '../../../platform/database/database.ts'
import { type Won, won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { needsSecondPerson } from '../rules/decision.ts'
import { type RefundRefused, type RefundRequested, requestRefund } from '../settling/request-refund.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { payments } from '../store/tables.ts'

/** The payment that made an order paid, locked; undefined when the order was never paid. */
async function lockPaidAttempt(tx: Tx, orderId: string): Promise<Attempt | undefined> {
  return payments(tx)
    .selectFrom('payments.attempt')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('state', '=', 'succeeded')
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/**
 * Requests to give back an amount, or everything still paid for an order, in the caller's transaction (which has locked the
 * order). What one operator gives back in parts counts together: much money needs a second person, who is asked by the
 * refund of the whole payment.
 * Refusals: payment_not_refundable, refund_in_progress, refund_exceeds_payment, refund_beyond_one_person.
 */
export async function refundOrder(
  deps: PaymentsDeps,
  tx: Tx,
  input: {
    orderId: string
    part?: { amount: Won; taxFree: Won }
    reason: string
    requestedBy: string
    byOperator?: boolean
  },
): Promise<RefundRequested | RefundRefused | Refused<'refund_beyond_one_person'>> {
  const attempt = await lockPaidAttempt(tx, input.orderId)
  if (!attempt) return refused('payment_not_refundable')
  const { part = 'rest', reason, requestedBy, byOperator = false } = input
  const { refunded, refund_reserved, total } = attempt
  const inAll = part === 'rest' ? total : won(refunded + refund_reserved + part.amount)
  if (byOperator && needsSecondPerson(inAll, deps.settings.aloneUpTo))
    return refused('refund_beyond_one_person')
  return requestRefund(deps, tx, { attempt, part, reason, requestedBy })
}

import type { Decision } from '../decision.ts'
import { oneOf, optional, strictInt, text } from '../fields.ts'
import { paymentAnswer } from './confirm.ts'
import { refuse } from './errors.ts'
import { canceledOf } from './state.ts'
import { type Body, plannedDecline, readFields, type TossWorld } from './world.ts'

const FIELDS = {
  cancelReason: text(200),
  cancelAmount: optional(strictInt(1)),
  taxFreeAmount: optional(strictInt()),
  refundableAmount: optional(strictInt()),
  currency: optional(oneOf(['KRW'], 0)),
}

/**
 * Gives money back: `cancelAmount`, or all that is left without it. `refundableAmount` is the caller's guard:
 * what it believes is left before this refund (else NOT_MATCHES_REFUNDABLE_AMOUNT).
 */
export function cancel(world: TossWorld, paymentKey: string, body: Body): Decision {
  const read = readFields(world, FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const asked = read.value
  const { language } = world
  const payment = world.state.payments.get(paymentKey)
  if (payment === undefined) return refuse(language, 'NOT_FOUND_PAYMENT')
  if (payment.status === 'CANCELED') return refuse(language, 'ALREADY_CANCELED_PAYMENT')
  if (payment.approvedAt === undefined) return refuse(language, 'NOT_CANCELABLE_PAYMENT')
  const canceled = canceledOf(payment)
  const left = payment.total - canceled.total
  const amount = asked.cancelAmount ?? left
  if (asked.refundableAmount !== undefined && asked.refundableAmount !== left)
    return refuse(language, 'NOT_MATCHES_REFUNDABLE_AMOUNT')
  if (amount > left) return refuse(language, 'NOT_CANCELABLE_AMOUNT')
  const taxFreeLeft = payment.taxFree - canceled.taxFree
  const taxFree = asked.taxFreeAmount ?? (amount === left ? taxFreeLeft : 0)
  if (taxFree > taxFreeLeft || taxFree > amount)
    return refuse(language, 'INVALID_REQUEST', 'taxFreeAmount is over what is left')
  if (amount - taxFree > left - taxFreeLeft)
    return refuse(language, 'INVALID_REQUEST', 'taxFreeAmount is under what the taxable rest leaves')
  const about = { paymentKey, partnerOrderId: payment.orderId, partnerUserId: payment.customerKey, amount }
  const declined = plannedDecline(world, 'REFUND_REJECTED', { operation: 'cancel', ...about })
  if (declined !== undefined) return declined
  return {
    rows: [
      {
        provider: 'toss',
        kind: 'refund',
        transactionKey: world.newId('X'),
        ...about,
        taxFree,
        reason: asked.cancelReason,
      },
    ],
    answer: () => paymentAnswer(world, paymentKey),
  }
}

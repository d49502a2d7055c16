import type { Decision } from '../decision.ts'
import { matching, strictInt, text } from '../fields.ts'
import { refuse } from './errors.ts'
import { paymentView } from './views.ts'
import {
  type Body,
  CONFIRM_WITHIN_MS,
  MINIMUM_AMOUNT,
  ORDER_ID,
  plannedDecline,
  readFields,
  type TossWorld,
} from './world.ts'

const FIELDS = { paymentKey: text(200), orderId: matching(ORDER_ID), amount: strictInt() }

/**
 * Takes the money of a payment the customer has agreed to on the checkout page. Once per payment key (then
 * ALREADY_PROCESSED_PAYMENT) and once per order id (DUPLICATED_ORDER_ID); within 10 minutes.
 */
export function confirm(world: TossWorld, body: Body): Decision {
  const read = readFields(world, FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const { paymentKey, orderId, amount } = read.value
  const { state, language } = world
  const payment = state.payments.get(paymentKey)
  if (payment === undefined) return refuse(language, 'NOT_FOUND_PAYMENT')
  if (payment.approvedAt !== undefined) return refuse(language, 'ALREADY_PROCESSED_PAYMENT')
  if (payment.status !== 'IN_PROGRESS') return refuse(language, 'NOT_FOUND_PAYMENT_SESSION')
  const parties = { partnerOrderId: payment.orderId, partnerUserId: payment.customerKey }
  if (world.now - payment.requestedAt > CONFIRM_WITHIN_MS)
    return refuse(language, 'NOT_FOUND_PAYMENT_SESSION', undefined, [
      {
        provider: 'toss',
        kind: 'session',
        paymentKey,
        ...parties,
        orderName: payment.orderName,
        amount: payment.total,
        status: 'EXPIRED',
      },
    ])
  if (payment.orderId !== orderId)
    return refuse(language, 'INVALID_REQUEST', 'orderId is not the one of the payment')
  if (payment.total !== amount)
    return refuse(language, 'INVALID_REQUEST', 'amount is not the one of the payment')
  if (amount < MINIMUM_AMOUNT) return refuse(language, 'BELOW_MINIMUM_AMOUNT')
  if (paidBefore(world, orderId)) return refuse(language, 'DUPLICATED_ORDER_ID')
  const declined = plannedDecline(world, 'REJECT_CARD_PAYMENT', {
    operation: 'confirm',
    paymentKey,
    amount,
    ...parties,
  })
  if (declined !== undefined) return declined
  return {
    rows: [
      {
        provider: 'toss',
        kind: 'charge',
        via: 'confirm',
        paymentKey,
        transactionKey: world.newId('X'),
        ...parties,
        orderName: payment.orderName,
        amount,
        taxFree: payment.taxFree,
        taxExemption: 0,
        installments: 0,
      },
    ],
    answer: () => paymentAnswer(world, paymentKey),
  }
}

/** Whether an order id has been paid, by whatever payment. */
export function paidBefore(world: TossWorld, orderId: string): boolean {
  const known = world.state.orders.get(orderId)
  return known !== undefined && world.state.payments.get(known)?.approvedAt !== undefined
}

/** The Payment object as it stands now. */
export function paymentAnswer(world: TossWorld, paymentKey: string) {
  const payment = world.state.payments.get(paymentKey)
  return payment === undefined
    ? { status: 500, body: {} }
    : { status: 200, body: paymentView(payment, world.publicUrl, world.language) }
}

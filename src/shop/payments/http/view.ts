import Type, { type Static } from 'typebox'
import { Uuid } from '../../../platform/http/app.ts'
import { Instant, orNull } from '../../../platform/http/schemas.ts'
import type { Attempt } from '../store/attempt-store.ts'
import type { PaymentDetail } from '../store/queries.ts'
import { CashReceiptView, cashReceiptView } from './receipt-view.ts'

const RefundView = Type.Object({
  id: Uuid,
  amount: Type.Integer(),
  state: Type.Enum(['processing', 'refunded', 'declined']),
  reason: Type.String(),
  requestedAt: Instant(),
  finishedAt: orNull(Instant()),
})

export const CUSTOMER_STATES = [
  'awaiting_customer',
  'processing',
  'paid',
  'refund_processing',
  'partially_refunded',
  'refunded',
  'declined',
  'cancelled',
  'expired',
  'failed',
] as const

/** A payment as its customer sees it. */
export const PaymentView = Type.Object(
  {
    id: Uuid,
    orderId: Uuid,
    provider: Type.String(),
    state: Type.Enum([...CUSTOMER_STATES], {
      description: '`processing`: the outcome is being confirmed with the provider; do not pay again',
    }),
    total: Type.Integer({ description: 'Won, VAT included' }),
    taxFree: Type.Integer({ description: 'Of the total, won without VAT (면세)' }),
    vat: Type.Integer(),
    refunded: Type.Integer({ description: 'Won given back so far' }),
    redirectUrl: Type.Union([Type.String(), Type.Null()], {
      description: "The provider's page, while the customer is awaited",
    }),
    expiresAt: orNull(Instant(), "Until when the provider's page is valid"),
    method: orNull(Type.String()),
    paidAt: orNull(Instant()),
    declineCode: orNull(Type.String()),
    declineMessage: orNull(Type.String()),
    createdAt: Instant(),
    refunds: Type.Array(RefundView),
    cashReceipt: orNull(CashReceiptView),
  },
  { $id: 'Payment' },
)
export type PaymentView = Static<typeof PaymentView>

/** What the customer is told; the inner states of an attempt stay inside. */
export function customerState(attempt: Attempt): (typeof CUSTOMER_STATES)[number] {
  switch (attempt.state) {
    case 'created':
    case 'authorised':
    case 'sent':
    case 'unknown':
      return 'processing'
    case 'succeeded':
    case 'succeeded_late':
      if (attempt.refunded === attempt.total) return 'refunded'
      if (attempt.refund_reserved > 0 || attempt.state === 'succeeded_late') return 'refund_processing'
      return attempt.refunded > 0 ? 'partially_refunded' : 'paid'
    default:
      return attempt.state
  }
}

/** A payment with its refunds and its cash receipt as its customer sees it. */
export function paymentView({ attempt, refunds, receipt }: Omit<PaymentDetail, 'ownerId'>): PaymentView {
  const waiting = attempt.state === 'awaiting_customer'
  return {
    id: attempt.id,
    orderId: attempt.order_id,
    provider: attempt.provider,
    state: customerState(attempt),
    total: attempt.total,
    taxFree: attempt.tax_free,
    vat: attempt.vat,
    refunded: attempt.refunded,
    redirectUrl: waiting ? attempt.redirect_url : null,
    expiresAt: waiting ? (attempt.expires_at?.toString() ?? null) : null,
    method: attempt.method,
    paidAt: attempt.paid_at?.toString() ?? null,
    declineCode: attempt.decline_code,
    declineMessage: attempt.decline_message,
    createdAt: attempt.created_at.toString(),
    refunds: refunds.map((refund) => ({
      id: refund.id,
      amount: refund.amount,
      state:
        refund.state === 'succeeded' ? 'refunded' : refund.state === 'declined' ? 'declined' : 'processing',
      reason: refund.reason,
      requestedAt: refund.created_at.toString(),
      finishedAt: refund.finished_at?.toString() ?? null,
    })),
    cashReceipt: cashReceiptView(receipt),
  }
}

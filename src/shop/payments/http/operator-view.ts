import Type, { type Static } from 'typebox'
import { Instant, orNull } from '../../../platform/http/schemas.ts'
import { ATTEMPT_ORIGINS, ATTEMPT_STATES } from '../rules/attempt.ts'
import { REFUND_STATES } from '../rules/refund.ts'
import type { PaymentDetail } from '../store/queries.ts'
import type { RefundRow } from '../store/refund-store.ts'
import { OperatorReceiptView, operatorReceiptView } from './receipt-view.ts'

const text = orNull(Type.String())
const instant = orNull(Instant())

/** A refund as operators see it. */
export const OperatorRefundView = Type.Object(
  {
    id: Type.String(),
    amount: Type.Integer(),
    taxFree: Type.Integer({ description: 'Of the amount, won without VAT (면세)' }),
    vat: Type.Integer(),
    state: Type.Enum([...REFUND_STATES]),
    needsReview: Type.Boolean(),
    reason: Type.String(),
    requestedBy: Type.String({ description: 'User id, or `system`' }),
    providerRefundId: text,
    declineCode: text,
    looks: Type.Integer(),
    nextLookAt: instant,
    createdAt: Instant(),
    finishedAt: instant,
  },
  { $id: 'OperatorRefund' },
)

/** A refund as operators see it. */
export function operatorRefundView(refund: RefundRow): Static<typeof OperatorRefundView> {
  return {
    id: refund.id,
    amount: refund.amount,
    taxFree: refund.tax_free,
    vat: refund.vat,
    state: refund.state,
    needsReview: refund.needs_review,
    reason: refund.reason,
    requestedBy: refund.requested_by,
    providerRefundId: refund.provider_refund_id,
    declineCode: refund.decline_code,
    looks: refund.looks,
    nextLookAt: refund.next_look_at?.toString() ?? null,
    createdAt: refund.created_at.toString(),
    finishedAt: refund.finished_at?.toString() ?? null,
  }
}

/** A payment as operators see it: the inner state and why. */
export const OperatorPaymentView = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    ownerId: Type.String(),
    provider: Type.String(),
    origin: Type.Enum([...ATTEMPT_ORIGINS]),
    state: Type.Enum([...ATTEMPT_STATES]),
    needsReview: Type.Boolean({ description: 'The payment itself; its refunds say it for themselves' }),
    unknownReason: text,
    providerRef: text,
    total: Type.Integer(),
    refunded: Type.Integer(),
    refundReserved: Type.Integer(),
    looks: Type.Integer(),
    nextLookAt: instant,
    sentAt: instant,
    createdAt: Instant(),
    updatedAt: Instant(),
    declineCode: text,
    refunds: Type.Array(OperatorRefundView),
    cashReceipt: orNull(OperatorReceiptView),
  },
  { $id: 'OperatorPayment' },
)

/** A payment with its refunds and its cash receipt as operators see it. */
export function operatorView({
  attempt,
  refunds,
  receipt,
}: Omit<PaymentDetail, 'ownerId'>): Static<typeof OperatorPaymentView> {
  return {
    id: attempt.id,
    orderId: attempt.order_id,
    ownerId: attempt.owner_id,
    provider: attempt.provider,
    origin: attempt.origin,
    state: attempt.state,
    needsReview: attempt.needs_review,
    unknownReason: attempt.unknown_reason,
    providerRef: attempt.provider_ref,
    total: attempt.total,
    refunded: attempt.refunded,
    refundReserved: attempt.refund_reserved,
    looks: attempt.looks,
    nextLookAt: attempt.next_look_at?.toString() ?? null,
    sentAt: attempt.sent_at?.toString() ?? null,
    createdAt: attempt.created_at.toString(),
    updatedAt: attempt.updated_at.toString(),
    declineCode: attempt.decline_code,
    refunds: refunds.map(operatorRefundView),
    cashReceipt: operatorReceiptView(receipt),
  }
}

import Type from 'typebox'
import { defineEvent } from '../../platform/events/event.ts'

export const SOURCE = 'shop/payments'

const about = {
  attemptId: Type.String(),
  orderId: Type.String(),
  ownerId: Type.String(),
  provider: Type.String(),
}

/** Money was taken. `late` means the order no longer waited for it and a refund has been requested. */
export const paymentSucceeded = defineEvent(
  'shop.payment.succeeded',
  1,
  Type.Object({ ...about, total: Type.Integer(), late: Type.Boolean() }),
)

/** The customer or the provider ended the attempt; no money moved. */
export const paymentEnded = defineEvent(
  'shop.payment.ended',
  1,
  Type.Object({
    ...about,
    outcome: Type.Enum(['declined', 'cancelled', 'expired', 'failed']),
    code: Type.Optional(Type.String()),
  }),
)

/** Money was given back. */
export const paymentRefunded = defineEvent(
  'shop.payment.refunded',
  1,
  Type.Object({ ...about, refundId: Type.String(), amount: Type.Integer(), remaining: Type.Integer() }),
)

/** Nobody but a person can tell whether money moved. */
export const paymentNeedsReview = defineEvent(
  'shop.payment.needs-review',
  1,
  Type.Object({ ...about, refundId: Type.Optional(Type.String()), reason: Type.String() }),
)

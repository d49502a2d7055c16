import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'
import { Id, Money } from './values.ts'

/**
 * What payments tell the rest of the shop. This file imports no context, so that any of them may subscribe without a
 * circle.
 */

export const paymentMethodRegistered = defineEvent(
  'shop.payment-method.registered',
  1,
  Type.Object(
    { paymentMethodId: Id, customerId: Id, provider: Type.String() },
    {
      description:
        'A customer registered a payment method without paying. Subject = the registration, whose id the method has.',
    },
  ),
)

/** One try to take the money of an order. Subject = attempt id, subject version = the attempt row's `version`. */
const about = { attemptId: Id, orderId: Id, ownerId: Id, provider: Type.String() }

export const paymentSucceeded = defineEvent(
  'shop.payment.succeeded',
  1,
  Type.Object(
    { ...about, total: Money, late: Type.Boolean() },
    {
      description:
        'Money was taken. `late` means the order no longer waited for it and a refund has been requested.',
    },
  ),
)

export const paymentEnded = defineEvent(
  'shop.payment.ended',
  1,
  Type.Object(
    {
      ...about,
      outcome: Type.Enum(['declined', 'cancelled', 'expired', 'failed']),
      code: Type.Optional(Type.String()),
    },
    { description: 'The customer or the provider ended the attempt; no money moved.' },
  ),
)

export const paymentRefunded = defineEvent(
  'shop.payment.refunded',
  1,
  Type.Object(
    { ...about, refundId: Id, amount: Money, remaining: Money },
    { description: 'Money was given back.' },
  ),
)

export const paymentsDiffer = defineEvent(
  'shop.payment.books-differ',
  1,
  Type.Object(
    {
      provider: Type.String(),
      day: Type.String(),
      missingHere: Type.Integer(),
      missingThere: Type.Integer(),
      otherAmount: Type.Integer(),
    },
    {
      description:
        'Our books of a day differ from the provider’s list of it. Subject = the day’s reconciliation, whose version counts how often it was done.',
    },
  ),
)

export const paymentNeedsReview = defineEvent(
  'shop.payment.needs-review',
  1,
  Type.Object(
    { ...about, refundId: Type.Optional(Id), reason: Type.String() },
    { description: 'Nobody but a person can tell whether money moved.' },
  ),
)

import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'

/**
 * What orders tell the rest of the shop. Subject = order id, subject version = the order row's `version`. This
 * file imports no context, so that any of them may subscribe without a circle.
 */

const Id = Type.String({ minLength: 1 })
const Instant = Type.String({ description: 'RFC 3339' })
const Money = Type.Integer({ minimum: 0, description: 'Won' })
const Quantity = Type.Integer({ minimum: 1 })

const PricedLine = Type.Object({ itemId: Id, quantity: Quantity, unitPrice: Money, lineTotal: Money })

export const orderPlaced = defineEvent(
  'shop.order.placed',
  1,
  Type.Object({
    orderId: Id,
    orderNumber: Type.String(),
    customerId: Id,
    total: Money,
    placedAt: Instant,
    expiresAt: Instant,
    lines: Type.Array(PricedLine),
  }),
)

export const orderPaid = defineEvent(
  'shop.order.paid',
  1,
  Type.Object({ orderId: Id, customerId: Id, total: Money, paidAt: Instant, lines: Type.Array(PricedLine) }),
)

/** Ended by the customer before it was paid. */
export const orderCancelled = defineEvent(
  'shop.order.cancelled',
  1,
  Type.Object({ orderId: Id, customerId: Id, reason: Type.String(), cancelledAt: Instant }),
)

/** Not paid within the payment window. */
export const orderExpired = defineEvent(
  'shop.order.expired',
  1,
  Type.Object({ orderId: Id, customerId: Id, expiredAt: Instant }),
)

/** Money went back. `lines` are the quantities given back with it: all of them on a full refund, else none. */
export const orderRefunded = defineEvent(
  'shop.order.refunded',
  1,
  Type.Object({
    orderId: Id,
    customerId: Id,
    amount: Money,
    full: Type.Boolean(),
    refundedAt: Instant,
    lines: Type.Array(Type.Object({ itemId: Id, quantity: Quantity })),
  }),
)

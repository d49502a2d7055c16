import Type from 'typebox'
import { defineEvent } from '../platform/events/event.ts'
import { Id, Instant, Money, orNull, Period, Quantity } from './values.ts'

/**
 * What orders tell the rest of the shop. Subject = order id, subject version = the order row's `version`. This
 * file imports no context, so that any of them may subscribe without a circle.
 */

const PricedLine = Type.Object({ itemId: Id, quantity: Quantity, unitPrice: Money, lineTotal: Money })

const PaidLine = Type.Object({ ...PricedLine.properties, subscription: orNull(Period) })

/** A purchase was made by the customer; a cycle is one delivery of a subscription. */
const Kind = Type.Union([Type.Literal('purchase'), Type.Literal('cycle')])

const members = (data: unknown): Record<string, unknown> =>
  typeof data === 'object' && data !== null ? { ...data } : {}

const Placed = {
  orderId: Id,
  orderNumber: Type.String(),
  customerId: Id,
  total: Money,
  placedAt: Instant,
  lines: Type.Array(PricedLine),
}

export const orderPlaced = defineEvent(
  'shop.order.placed',
  2,
  Type.Object(
    {
      ...Placed,
      kind: Kind,
      expiresAt: orNull(Instant),
    },
    {
      description:
        'An order was placed. `expiresAt` is null for a cycle, which waits until it is paid or given up.',
    },
  ),
  {
    1: {
      schema: Type.Object({ ...Placed, expiresAt: Instant }, { description: 'A purchase was placed.' }),
      upcast: (data) => ({ ...members(data), kind: 'purchase' }),
    },
  },
)

const Paid = { orderId: Id, customerId: Id, total: Money, paidAt: Instant }

export const orderPaid = defineEvent(
  'shop.order.paid',
  2,
  Type.Object(
    {
      ...Paid,
      kind: Kind,
      paymentMethodId: orNull(Id),
      lines: Type.Array(PaidLine),
    },
    {
      description:
        'An order was paid. `paymentMethodId` is the stored method the payment left behind; null for a one-time payment, and when the provider’s answer with the token was lost.',
    },
  ),
  {
    1: {
      schema: Type.Object(
        { ...Paid, lines: Type.Array(PricedLine) },
        { description: 'A purchase without recurring lines was paid.' },
      ),
      upcast: fromVersion1,
    },
  },
)

function fromVersion1(data: unknown): unknown {
  const { lines, ...rest } = members(data)
  const once = Array.isArray(lines) ? lines.map((line) => ({ ...members(line), subscription: null })) : lines
  return { ...rest, kind: 'purchase', paymentMethodId: null, lines: once }
}

export const orderCancelled = defineEvent(
  'shop.order.cancelled',
  1,
  Type.Object(
    { orderId: Id, customerId: Id, reason: Type.String(), cancelledAt: Instant },
    { description: 'Ended before it was paid: by the customer, or as a cycle that was given up.' },
  ),
)

export const orderExpired = defineEvent(
  'shop.order.expired',
  1,
  Type.Object(
    { orderId: Id, customerId: Id, expiredAt: Instant },
    { description: 'Not paid within the payment window.' },
  ),
)

export const orderRefunded = defineEvent(
  'shop.order.refunded',
  1,
  Type.Object(
    {
      orderId: Id,
      customerId: Id,
      amount: Money,
      full: Type.Boolean(),
      refundedAt: Instant,
      lines: Type.Array(
        Type.Object({ itemId: Id, quantity: Quantity, whole: Type.Optional(Type.Boolean()) }),
      ),
    },
    {
      description:
        'Money went back. `lines` are the pieces given back with it: on a full refund all that no refund before it gave back, on a partial one perhaps none. `whole`: with them nothing is left of the line.',
    },
  ),
)

const MovedLine = Type.Object({ lineNo: Type.Integer({ minimum: 1 }), itemId: Id, quantity: Quantity })

export const orderShipped = defineEvent(
  'shop.order.shipped',
  1,
  Type.Object(
    {
      orderId: Id,
      customerId: Id,
      carrier: Type.String(),
      trackingNumber: Type.String(),
      shippedAt: Instant,
      lines: Type.Array(MovedLine),
      complete: Type.Boolean(),
    },
    { description: 'A parcel left the house. `complete`: with it every line of the order has left.' },
  ),
)

export const orderDelivered = defineEvent(
  'shop.order.delivered',
  1,
  Type.Object(
    {
      orderId: Id,
      customerId: Id,
      deliveredAt: Instant,
      lines: Type.Array(MovedLine),
      complete: Type.Boolean(),
      by: Type.Optional(
        Type.Union([Type.Literal('merchant'), Type.Literal('customer'), Type.Literal('counted')]),
      ),
    },
    {
      description:
        'Lines have arrived. `complete`: with them the whole order has. `by`: who says so; `counted`: nobody did, and so many days have passed since it was sent.',
    },
  ),
)

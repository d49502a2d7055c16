import Type, { type Static } from 'typebox'
import { vatOf } from '../../platform/money.ts'
import {
  DELIVERY_STATES,
  deliveryOf,
  type LineDelivery,
  PAYMENT_STATES,
  paymentOf,
} from './rules/delivery.ts'
import { ORDER_STATES, type Order, type OrderState, type Period, refundedTotalOf } from './rules/order.ts'

const Won = (description: string) => Type.Integer({ minimum: 0, description: `${description}, in won` })
const Instant = (description: string) => Type.String({ format: 'date-time', description })
const orNull = <T extends string>(format: T | undefined, description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], ...(format ? { format } : {}), description })

export const OrderStateSchema = Type.Unsafe<OrderState>({ type: 'string', enum: [...ORDER_STATES] })

/** How often a line comes again. Which periods are on offer is for the merchant to say. */
export const PeriodSchema = Type.Object(
  {
    unit: Type.Unsafe<Period['unit']>({ type: 'string', enum: ['days', 'months'] }),
    count: Type.Integer({ minimum: 1, maximum: 365 }),
  },
  { additionalProperties: false },
)

const LineSchema = Type.Object({
  lineNo: Type.Integer(),
  itemId: Type.String({ format: 'uuid' }),
  name: Type.String(),
  enterprise: Type.String(),
  thumbnail: orNull(undefined, 'Picture of the item'),
  quantity: Type.Integer(),
  originUnitPrice: Won('Price of one piece before the discount'),
  discountUnitPrice: Won('Discount on one piece'),
  unitPrice: Won('Price of one piece'),
  lineTotal: Won('Price of the line'),
  subscription: Type.Union([PeriodSchema, Type.Null()], { description: 'Null when bought once' }),
  delivery: Type.Object({
    state: Type.Enum([...DELIVERY_STATES]),
    carrier: orNull(undefined, 'Who carries the parcel'),
    trackingNumber: orNull(undefined, 'Under which number'),
    shippedAt: orNull('date-time', 'When it left the house'),
    deliveredAt: orNull('date-time', 'When it arrived'),
  }),
})

/** An order as its customer sees it. Lines and receiver are as they were when it was placed. */
export const OrderSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  orderNumber: Type.String({ description: 'For people, e.g. 20261121-7K3QX9' }),
  customerId: Type.String({ format: 'uuid' }),
  kind: Type.Unsafe<'purchase' | 'cycle'>({
    type: 'string',
    enum: ['purchase', 'cycle'],
    description: 'Made by the customer, or one delivery of a subscription',
  }),
  subscriptionId: orNull('uuid', 'The subscription a cycle belongs to'),
  cycleNo: Type.Union([Type.Integer(), Type.Null()], { description: 'Which delivery of the subscription' }),
  state: OrderStateSchema,
  paymentState: Type.Enum([...PAYMENT_STATES], { description: 'What has become of the money' }),
  deliveryState: Type.Enum([...DELIVERY_STATES], {
    description: 'How far the goods are: shipped as soon as one line is, delivered when all are',
  }),
  lines: Type.Array(LineSchema),
  itemCount: Type.Integer({ description: 'Pieces altogether' }),
  amounts: Type.Object({
    originTotal: Won('Before discounts'),
    discountTotal: Won('Discounts'),
    deliveryFee: Won('Delivery'),
    total: Won('To pay, VAT included'),
    vat: Won('VAT contained in the total'),
    refundedTotal: Won('Given back so far'),
  }),
  receiver: Type.Object({
    name: Type.String({ description: 'Empty, like all of the receiver, once the customer has left' }),
    phone: Type.String({ description: 'Digits only' }),
    address: Type.Object({ city: Type.String(), detail: Type.String(), postalCode: Type.String() }),
    deliveryNote: orNull(undefined, 'For the driver'),
  }),
  placedAt: Instant('When it was placed'),
  expiresAt: orNull('date-time', 'Until when it waits for the payment; null for a cycle'),
  consentVersion: orNull(
    undefined,
    'The agreement to recurring payment accepted with it; its text: /api/consents/recurring-payment/{version}',
  ),
  paidAt: orNull('date-time', 'When it was paid'),
  payment: Type.Union([
    Type.Object({ attemptId: Type.String({ format: 'uuid' }), provider: Type.String() }),
    Type.Null(),
  ]),
  shippedAt: orNull('date-time', 'When it left the house'),
  refundRequestedAt: orNull('date-time', 'When it was cancelled after payment; the money is on its way back'),
  closedAt: orNull('date-time', 'When it was cancelled, expired or wholly refunded'),
  closeReason: orNull(
    undefined,
    'cancelled_by_customer, payment_window_passed or refunded; of a cycle payment_given_up, out_of_stock or subscription_ended',
  ),
})

export type OrderView = Static<typeof OrderSchema>

function deliveryView(delivery: LineDelivery) {
  const sent = 'shippedAt' in delivery ? delivery : undefined
  return {
    state: delivery.state,
    carrier: sent?.parcel?.carrier ?? null,
    trackingNumber: sent?.parcel?.trackingNumber ?? null,
    shippedAt: sent?.shippedAt.toString() ?? null,
    deliveredAt: delivery.state === 'delivered' ? delivery.deliveredAt.toString() : null,
  }
}

/** The public form of an order. */
export function orderView(order: Order): OrderView {
  const { id, orderNumber, customerId, state, itemCount, receiver } = order
  const { originTotal, discountTotal, deliveryFee, total } = order
  const payment = 'payment' in order ? order.payment : undefined
  const closing = 'closing' in order ? order.closing : undefined
  const shippedAt = 'shippedAt' in order ? order.shippedAt : null
  const refundRequestedAt = 'refundRequestedAt' in order ? order.refundRequestedAt : null
  return {
    id,
    orderNumber,
    customerId,
    kind: order.cycle ? 'cycle' : 'purchase',
    subscriptionId: order.cycle?.subscriptionId ?? null,
    cycleNo: order.cycle?.no ?? null,
    state,
    paymentState: paymentOf(order),
    deliveryState: deliveryOf(order.lines),
    lines: order.lines.map((line) => ({ ...line, delivery: deliveryView(line.delivery) })),
    itemCount,
    amounts: {
      originTotal,
      discountTotal,
      deliveryFee,
      total,
      vat: vatOf(total),
      refundedTotal: refundedTotalOf(order),
    },
    receiver,
    placedAt: order.placedAt.toString(),
    expiresAt: order.expiresAt?.toString() ?? null,
    consentVersion: order.consent?.version ?? null,
    paidAt: payment?.at.toString() ?? null,
    payment: payment ? { attemptId: payment.attemptId, provider: payment.provider } : null,
    shippedAt: shippedAt?.toString() ?? null,
    refundRequestedAt: refundRequestedAt?.toString() ?? null,
    closedAt: closing?.at.toString() ?? null,
    closeReason: closing?.reason ?? null,
  }
}

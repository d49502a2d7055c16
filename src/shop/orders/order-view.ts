import Type, { type Static } from 'typebox'
import { Uuid } from '../../platform/http/app.ts'
import { AddressSchema, Day, Instant, orNull, PeriodSchema, WonAmount } from '../../platform/http/schemas.ts'
import { subtract, vatOf } from '../../platform/money.ts'
import { ARRIVALS, correctableUntil } from './rules/arrival.ts'
import {
  arrivedPieces,
  PAYMENT_STATES,
  paymentOf,
  SHOWN_DELIVERY_STATES,
  sentPieces,
  shipmentsOf,
  shownDelivery,
  shownLineState,
  unsentPieces,
} from './rules/delivery.ts'
import {
  CLOSE_REASONS,
  ORDER_STATES,
  type Order,
  type OrderLine,
  type OrderState,
  refundedTotalOf,
} from './rules/order.ts'
import { lastDayFor } from './rules/return-policy.ts'
import { returnablePieces, withdrawalFrom } from './rules/return-request.ts'
import { taxFreeOf } from './rules/tax.ts'

export const OrderStateSchema = Type.Unsafe<OrderState>({ type: 'string', enum: [...ORDER_STATES] })

const Pieces = (which: string) => Type.Integer({ minimum: 0, description: `Pieces ${which}` })

const LineSchema = Type.Object({
  lineNo: Type.Integer(),
  itemId: Uuid,
  name: Type.String(),
  enterprise: Type.String(),
  thumbnail: orNull(Type.String(), 'Picture of the item'),
  quantity: Type.Integer(),
  originUnitPrice: WonAmount('Price of one piece before the discount'),
  discountUnitPrice: WonAmount('Discount on one piece'),
  unitPrice: WonAmount('Price of one piece'),
  couponDiscount: WonAmount('Its part of what a coupon took off'),
  lineTotal: WonAmount('Price of the line, less that part'),
  taxFree: Type.Boolean({ description: 'No VAT is in it (면세)' }),
  subscription: orNull(PeriodSchema, 'Null when bought once'),
  delivery: Type.Object({
    state: Type.Enum([...SHOWN_DELIVERY_STATES]),
    carrier: orNull(Type.String(), 'Who carries the latest parcel'),
    trackingNumber: orNull(Type.String(), 'Under which number'),
    shippedAt: orNull(Instant(), 'When its first piece left the house'),
    deliveredAt: orNull(Instant(), 'When its last piece arrived'),
    toSend: Pieces('still in the house'),
    sent: Pieces('that have left'),
    arrived: Pieces('that have arrived'),
    cancelled: Pieces('cancelled before they left'),
    returned: Pieces('that came back'),
    claimed: Pieces('that are in a request to send them back'),
  }),
  returns: Type.Object({
    pieces: Pieces('that may be asked back now'),
  }),
  refund: Type.Object({
    pieces: Pieces('of which the price went back, or is on its way'),
    amount: WonAmount('Given back of this line, or on its way'),
  }),
})

const ShipmentSchema = Type.Object({
  id: Uuid,
  carrier: orNull(Type.String(), 'Who carries it; null for parcels sent before this was recorded'),
  trackingNumber: orNull(Type.String(), 'Under which number'),
  shippedAt: Instant('When it left the house'),
  deliveredAt: orNull(Instant(), 'When all of it had arrived'),
  arrival: orNull(
    Type.Enum([...ARRIVALS]),
    'Who says so; `counted`: nobody, and so many days have passed since it was sent',
  ),
  correctableUntil: orNull(
    Day(),
    'Of `counted`: last day, in Seoul, on which its customer can say that it came only then',
  ),
  lines: Type.Array(Type.Object({ lineNo: Type.Integer(), quantity: Pieces('in this parcel') })),
})

/** An order as its customer sees it. Lines and receiver are as they were when it was placed. */
export const OrderSchema = Type.Object({
  id: Uuid,
  orderNumber: Type.String({ description: 'For people, e.g. 20261121-7K3QX9' }),
  customerId: Uuid,
  kind: Type.Unsafe<'purchase' | 'cycle'>({
    type: 'string',
    enum: ['purchase', 'cycle'],
    description: 'Made by the customer, or one delivery of a subscription',
  }),
  subscriptionId: orNull(Uuid, 'The subscription a cycle belongs to'),
  cycleNo: orNull(Type.Integer(), 'Which delivery of the subscription'),
  state: OrderStateSchema,
  paymentState: Type.Enum([...PAYMENT_STATES], { description: 'What has become of the money' }),
  deliveryState: Type.Enum([...SHOWN_DELIVERY_STATES], {
    description:
      'How far the goods are: shipped as soon as one line is, delivered when all are; `paid_back`: sent, not seen to arrive, and its money went back',
  }),
  lines: Type.Array(LineSchema),
  shipments: Type.Array(ShipmentSchema, { description: 'Its parcels, in the order in which they left' }),
  withdrawal: Type.Object(
    {
      anyReasonUntil: orNull(Day(), 'Last day to send something back without a reason'),
      faultUntil: orNull(Day(), 'The same when something is wrong with it'),
    },
    { description: 'Days in Seoul; null until the last part of the order has arrived: then the time begins' },
  ),
  itemCount: Type.Integer({ description: 'Pieces altogether' }),
  amounts: Type.Object({
    originTotal: WonAmount('Before discounts'),
    discountTotal: WonAmount('Discounts, that of a coupon among them'),
    couponDiscount: WonAmount('What a coupon took off'),
    deliveryFee: WonAmount('Delivery'),
    total: WonAmount('To pay, VAT included'),
    taxFree: WonAmount('Part of the total without VAT: of tax-free lines, with their share of the delivery'),
    taxable: WonAmount('The rest of the total, VAT included'),
    vat: WonAmount('VAT contained in the total'),
    refundedTotal: WonAmount('Given back so far'),
  }),
  receiver: Type.Object({
    name: Type.String({ description: 'Empty, like all of the receiver, once the customer has left' }),
    phone: Type.String({ description: 'Digits only' }),
    address: AddressSchema,
    deliveryNote: orNull(Type.String(), 'For the driver'),
  }),
  placedAt: Instant('When it was placed'),
  expiresAt: orNull(Instant(), 'Until when it waits for the payment; null for a cycle'),
  consentVersion: orNull(
    Type.String(),
    'The agreement to recurring payment accepted with it; its text: /api/consents/recurring-payment/{version}',
  ),
  paidAt: orNull(Instant(), 'When it was paid'),
  payment: Type.Union([Type.Object({ attemptId: Uuid, provider: Type.String() }), Type.Null()]),
  shippedAt: orNull(Instant(), 'When it left the house'),
  refundRequestedAt: orNull(Instant(), 'When it was cancelled after payment; the money is on its way back'),
  closedAt: orNull(Instant(), 'When it was cancelled, expired or wholly refunded'),
  closeReason: orNull(
    Type.Enum([...CLOSE_REASONS]),
    'Of a cycle also payment_given_up, out_of_stock or subscription_ended',
  ),
})

export type OrderView = Static<typeof OrderSchema>

function withdrawalView(order: Order) {
  const from = withdrawalFrom(order)
  return {
    anyReasonUntil: from ? lastDayFor('changed_mind', from).toString() : null,
    faultUntil: from ? lastDayFor('defective', from).toString() : null,
  }
}

function deliveryView(order: Order, line: OrderLine) {
  const { sent, cancelled, returned, claimed } = line.delivery
  const latest = sent.at(-1)
  const state = shownLineState(order, line)
  const isThere = state === 'delivered' || state === 'returned'
  const arrivals = sent.flatMap(({ deliveredAt }) => deliveredAt ?? []).toSorted(Temporal.Instant.compare)
  return {
    state,
    carrier: latest?.parcel?.carrier ?? null,
    trackingNumber: latest?.parcel?.trackingNumber ?? null,
    shippedAt: sent[0]?.shippedAt.toString() ?? null,
    deliveredAt: isThere ? (arrivals.at(-1)?.toString() ?? null) : null,
    toSend: unsentPieces(line),
    sent: sentPieces(line),
    arrived: arrivedPieces(line),
    cancelled,
    returned,
    claimed,
  }
}

/** The public form of an order. */
export function orderView(order: Order): OrderView {
  const { id, orderNumber, customerId, state, itemCount, receiver } = order
  const { originTotal, discountTotal, deliveryFee, total } = order
  const payment = 'payment' in order ? order.payment : undefined
  const closing = 'closing' in order ? order.closing : undefined
  const taxFree = taxFreeOf(order)
  const firstShippedAt = 'shippedAt' in order ? order.shippedAt : null
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
    deliveryState: shownDelivery(order),
    lines: order.lines.map((line) => ({
      ...line,
      delivery: deliveryView(order, line),
      returns: { pieces: returnablePieces(line) },
      refund: { pieces: line.refund.pieces, amount: line.refund.goods + line.refund.fee },
    })),
    shipments: shipmentsOf(order).map(({ id, parcel, shippedAt, deliveredAt, arrival, lines }) => ({
      id,
      carrier: parcel?.carrier ?? null,
      trackingNumber: parcel?.trackingNumber ?? null,
      shippedAt: shippedAt.toString(),
      deliveredAt: deliveredAt?.toString() ?? null,
      arrival,
      correctableUntil: correctableUntil({ arrival, deliveredAt })?.toString() ?? null,
      lines: lines.map((line) => ({ ...line })),
    })),
    withdrawal: withdrawalView(order),
    itemCount,
    amounts: {
      originTotal,
      discountTotal,
      couponDiscount: order.coupon?.discount ?? 0,
      deliveryFee,
      total,
      taxFree,
      taxable: subtract(total, taxFree),
      vat: vatOf(total, taxFree),
      refundedTotal: refundedTotalOf(order),
    },
    receiver,
    placedAt: order.placedAt.toString(),
    expiresAt: order.expiresAt?.toString() ?? null,
    consentVersion: order.consent?.version ?? null,
    paidAt: payment?.at.toString() ?? null,
    payment: payment ? { attemptId: payment.attemptId, provider: payment.provider } : null,
    shippedAt: firstShippedAt?.toString() ?? null,
    refundRequestedAt: refundRequestedAt?.toString() ?? null,
    closedAt: closing?.at.toString() ?? null,
    closeReason: closing?.reason ?? null,
  }
}

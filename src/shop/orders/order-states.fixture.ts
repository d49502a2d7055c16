/** For tests only: an order in every state. Needs no database, so that the tests of the rules begin at once. */
import { won } from '../../platform/money.ts'
import { type LineDelivery, NOT_SENT } from './rules/delivery.ts'
import { NOTHING_BACK } from './rules/give-back.ts'
import type { AwaitingPayment, Order, OrderState } from './rules/order.ts'
import type { TypedReceiver } from './rules/receiver.ts'

export const START = Temporal.Instant.from('2026-11-20T16:00:00Z')

export const receiver: TypedReceiver = {
  name: '김하늘',
  phone: '010-1234-5678',
  address: { city: '서울특별시 종로구 세종대로 1', detail: '101동 202호', postalCode: '03045' },
  deliveryNote: '문 앞에 놓아 주세요',
}

const SHIPMENT = '0199f000-0000-7000-8000-000000000003'

function deliveryIn(state: OrderState, shipped: boolean, quantity: number): LineDelivery {
  const shippedAt = START.add({ hours: 20 })
  const isSent = shipped || state === 'shipped' || state === 'delivered'
  const deliveredAt = state === 'delivered' ? START.add({ hours: 60 }) : null
  const arrival = deliveredAt && ('merchant' as const)
  const share = { shipmentId: SHIPMENT, parcel: null, quantity, shippedAt, deliveredAt, arrival }
  return { ...NOT_SENT, packing: state === 'preparing', sent: isSent ? [share] : [] }
}

/** An order of two lines, 30,000 won, in the given state. */
export function sampleOrder(state: OrderState, shipped = false): Order {
  const line = {
    enterprise: '건강제약',
    thumbnail: null,
    quantity: 2,
    couponDiscount: won(0),
    lineTotal: won(20_000),
    taxFree: false,
    subscription: null,
    delivery: deliveryIn(state, shipped, 2),
    refund: NOTHING_BACK,
  }
  const prices = { originUnitPrice: won(12_000), discountUnitPrice: won(2_000), unitPrice: won(10_000) }
  const basis: AwaitingPayment = {
    id: '0199f000-0000-7000-8000-000000000001',
    orderNumber: '20261121-7K3QX9',
    customerId: '0199f000-0000-7000-8000-000000000002',
    state: 'awaiting_payment',
    version: 1,
    originTotal: won(36_000),
    discountTotal: won(6_000),
    deliveryFee: won(0),
    total: won(30_000),
    itemCount: 3,
    receiver: { ...receiver, phone: '01012345678', deliveryNote: null },
    lines: [
      { lineNo: 1, itemId: 'a', name: '오메가3', ...line, ...prices },
      {
        lineNo: 2,
        itemId: 'b',
        name: '비타민D',
        ...line,
        ...prices,
        quantity: 1,
        lineTotal: won(10_000),
        delivery: deliveryIn(state, shipped, 1),
      },
    ],
    placedAt: START,
    expiresAt: START.add({ minutes: 30 }),
    consent: null,
    cycle: null,
    coupon: null,
  }
  const paid = {
    ...basis,
    version: 2,
    payment: { attemptId: 'attempt', provider: 'toss', at: START.add({ minutes: 5 }) },
    refundRequestedAt: null,
  }
  const shippedAt = START.add({ hours: 20 })
  switch (state) {
    case 'awaiting_payment':
      return basis
    case 'paid':
    case 'preparing':
      return { ...paid, state }
    case 'shipped':
    case 'delivered':
      return { ...paid, state, shippedAt }
    case 'cancelled':
      return { ...basis, state, version: 2, closing: { at: START, reason: 'cancelled_by_customer' } }
    case 'expired':
      return { ...basis, state, version: 2, closing: { at: START, reason: 'payment_window_passed' } }
    case 'partially_refunded':
      return { ...paid, state, version: 3, shippedAt: shipped ? shippedAt : null, refundedTotal: won(10_000) }
    case 'refunded': {
      const closing = { at: START, reason: 'refunded' } as const
      return {
        ...paid,
        state,
        version: 3,
        shippedAt: shipped ? shippedAt : null,
        refundedTotal: won(30_000),
        closing,
      }
    }
  }
}

/**
 * The life of an order. A type per state, so that what a state does not have (a payment, a closing) cannot be read
 * in it. Transitions are pure: they return the order as it becomes, or why not. Each raises `version` by one,
 * because each is told in one event.
 *
 *   awaiting_payment ─▶ paid ─▶ preparing ─▶ shipped ─▶ delivered
 *      │      │          └────────┴── money back ──┴────────┴──▶ partially_refunded ─▶ refunded
 *      │      └─▶ expired
 *      └─▶ cancelled
 *
 * How far a paid order is on its way follows from its lines; see delivery.ts.
 */

import { add, subtract, type Won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Period } from '../../../platform/time/period.ts'
import type { LineDelivery } from './delivery.ts'
import type { LineRefund } from './give-back.ts'
import type { Receiver } from './receiver.ts'

export const ORDER_STATES = [
  'awaiting_payment',
  'paid',
  'preparing',
  'shipped',
  'delivered',
  'cancelled',
  'expired',
  'partially_refunded',
  'refunded',
] as const
export type OrderState = (typeof ORDER_STATES)[number]

/** Of cycles only: nobody tries to charge it any more, nothing is left to send, or the subscription has ended. */
const CYCLE_CLOSE_REASONS = ['payment_given_up', 'out_of_stock', 'subscription_ended'] as const
export type CycleCloseReason = (typeof CYCLE_CLOSE_REASONS)[number]
export const CLOSE_REASONS = [
  'cancelled_by_customer',
  'payment_window_passed',
  'refunded',
  ...CYCLE_CLOSE_REASONS,
] as const
export type CloseReason = (typeof CLOSE_REASONS)[number]

/** The customer's agreement to be charged again, which a purchase with recurring lines must have. */
export interface RecurringConsent {
  version: string
  at: Temporal.Instant
}

/** Which delivery of which subscription an order is. */
export interface CycleOf {
  subscriptionId: string
  /** From 2: the first delivery is the purchase itself. */
  no: number
  /** Whether its pieces are set aside. Between two tries to charge it they are free. */
  stockHeld: boolean
}

/** One line as it was agreed: later changes of the catalogue do not reach it. */
export interface OrderLine {
  lineNo: number
  itemId: string
  name: string
  enterprise: string
  thumbnail: string | null
  quantity: number
  /** Per piece, in won: `originUnitPrice − discountUnitPrice = unitPrice`. */
  originUnitPrice: Won
  discountUnitPrice: Won
  unitPrice: Won
  /** Its part of what a coupon took off the order. */
  couponDiscount: Won
  /** `unitPrice × quantity − couponDiscount` */
  lineTotal: Won
  /** No VAT is in its price, nor in its share of the delivery fee. */
  taxFree: boolean
  /** Null when bought once. */
  subscription: Period | null
  /** What has become of it on its way to the customer. */
  delivery: LineDelivery
  /** What of its money went back, or is promised, in partial refunds. */
  refund: LineRefund
}

/** What every order has in every state. Amounts in won: `originTotal − discountTotal + deliveryFee = total`. */
export interface OrderBasis {
  id: string
  orderNumber: string
  customerId: string
  /** Number of the latest event about this order. */
  version: number
  originTotal: Won
  discountTotal: Won
  /** Always 0 for a cycle. */
  deliveryFee: Won
  total: Won
  itemCount: number
  /** All empty once it was forgotten, some time after the customer left; see forget-receivers.ts. */
  receiver: Receiver
  lines: readonly OrderLine[]
  placedAt: Temporal.Instant
  /** Until when it waits (or waited) for the payment; null for a cycle, which waits until it is given up. */
  expiresAt: Temporal.Instant | null
  /** Null for a purchase without recurring lines, and for a cycle: that rests on the consent of its purchase. */
  consent: RecurringConsent | null
  /** Null for a purchase. */
  cycle: CycleOf | null
  /** Null without one; never of a cycle. Its discount is part of `discountTotal`. */
  coupon: CouponUse | null
}

/** A coupon and what it took off. */
export interface CouponUse {
  id: string
  discount: Won
}

/** Which payment made the order paid. */
export interface OrderPayment {
  attemptId: string
  provider: string
  at: Temporal.Instant
}

interface Closing {
  at: Temporal.Instant
  reason: CloseReason
}

export type AwaitingPayment = OrderBasis & { state: 'awaiting_payment' }
/** Paid and still in the house. */
export type PaidOrder = OrderBasis & {
  state: 'paid' | 'preparing'
  payment: OrderPayment
  refundRequestedAt: Temporal.Instant | null
}
/** Paid and sent. */
export type ShippedOrder = OrderBasis & {
  state: 'shipped' | 'delivered'
  payment: OrderPayment
  shippedAt: Temporal.Instant
  refundRequestedAt: Temporal.Instant | null
}
export type PartiallyRefunded = OrderBasis & {
  state: 'partially_refunded'
  payment: OrderPayment
  shippedAt: Temporal.Instant | null
  refundRequestedAt: Temporal.Instant | null
  refundedTotal: Won
}
export type RefundedOrder = OrderBasis & {
  state: 'refunded'
  payment: OrderPayment
  shippedAt: Temporal.Instant | null
  refundRequestedAt: Temporal.Instant | null
  refundedTotal: Won
  closing: Closing
}
/** Ended without money. */
export type ClosedOrder = OrderBasis & { state: 'cancelled' | 'expired'; closing: Closing }

export type Order =
  | AwaitingPayment
  | PaidOrder
  | ShippedOrder
  | PartiallyRefunded
  | RefundedOrder
  | ClosedOrder

/** Orders of which the customer's money, or a part of it, is with us. */
export type RefundableOrder = PaidOrder | ShippedOrder | PartiallyRefunded

/** What has been given back so far, in won. */
export function refundedTotalOf(order: Order): Won {
  return order.state === 'partially_refunded' || order.state === 'refunded'
    ? order.refundedTotal
    : subtract(order.total, order.total)
}

/** When it left the house; null before that. */
export function shippedAtOf(order: RefundableOrder): Temporal.Instant | null {
  return 'shippedAt' in order ? order.shippedAt : null
}

/**
 * Whether a payment may begin now. An order whose window has passed is closed to new payments even before the
 * sweep reaches it. Refusals: order_already_paid, order_closed.
 */
export function openForPayment(
  order: Order,
  now: Temporal.Instant,
): AwaitingPayment | Refused<'order_closed' | 'order_already_paid'> {
  switch (order.state) {
    case 'awaiting_payment':
      return isDue(order, now) ? refused('order_closed') : order
    case 'cancelled':
    case 'expired':
    case 'refunded':
      return refused('order_closed')
    default:
      return refused('order_already_paid')
  }
}

/** The payment window has passed. A cycle has none. */
export function isDue(order: AwaitingPayment, now: Temporal.Instant): boolean {
  return order.expiresAt !== null && Temporal.Instant.compare(order.expiresAt, now) <= 0
}

/** Whether its payment is to leave a stored method behind, for the charges that follow. */
export function isRecurring(order: Order): boolean {
  return order.consent !== null || order.cycle !== null
}

/**
 * Money for the order was taken. It counts even after the window has passed, as long as the order still stands and
 * its stock is held. Refusals: order_already_paid, order_closed (it is not revived; the money goes back).
 */
export function recordPayment(
  order: Order,
  payment: OrderPayment,
): PaidOrder | Refused<'order_closed' | 'order_already_paid'> {
  if (order.state === 'awaiting_payment') {
    return { ...order, state: 'paid', version: order.version + 1, payment, refundRequestedAt: null }
  }
  return refused(
    order.state === 'cancelled' || order.state === 'expired' ? 'order_closed' : 'order_already_paid',
  )
}

export type CancelDecision =
  /** Nothing was paid: the order simply ends. */
  | { kind: 'cancel'; order: ClosedOrder }
  /** It was paid and is still here: the money has to go back first. Perhaps that was asked for before. */
  | { kind: 'refund'; order: PaidOrder | PartiallyRefunded; askedBefore: boolean }
  /** It has ended before. */
  | { kind: 'done' }

/**
 * What cancelling means for an order now. Asking twice is harmless.
 * Refusals: order_not_cancellable (on its way or delivered), order_closed (expired), order_of_subscription (an unpaid
 * cycle: the subscription is what can be cancelled).
 */
export function decideCancel(
  order: Order,
  now: Temporal.Instant,
): CancelDecision | Refused<'order_of_subscription' | 'order_not_cancellable' | 'order_closed'> {
  switch (order.state) {
    case 'awaiting_payment':
      if (order.cycle) return refused('order_of_subscription')
      return { kind: 'cancel', order: close(order, 'cancelled', 'cancelled_by_customer', now) }
    case 'paid':
    case 'preparing':
    case 'partially_refunded':
      if (shippedAtOf(order) !== null) return refused('order_not_cancellable')
      return {
        kind: 'refund',
        order: { ...order, refundRequestedAt: order.refundRequestedAt ?? now },
        askedBefore: order.refundRequestedAt !== null,
      }
    case 'shipped':
    case 'delivered':
      return refused('order_not_cancellable')
    case 'cancelled':
    case 'refunded':
      return { kind: 'done' }
    case 'expired':
      return refused('order_closed')
  }
}

/** A cycle nobody will try to charge any more. Refusals: order_already_paid; `done` when it has ended before. */
export function giveUpCycle(
  order: Order,
  reason: CycleCloseReason,
  now: Temporal.Instant,
): { kind: 'cancel'; order: ClosedOrder } | { kind: 'done' } | Refused<'order_already_paid'> {
  if (order.state === 'awaiting_payment')
    return { kind: 'cancel', order: close(order, 'cancelled', reason, now) }
  return order.state === 'cancelled' ? { kind: 'done' } : refused('order_already_paid')
}

/** The payment window passed. Refusals: order_not_due (paid, ended, or kept open longer). */
export function closeExpired(order: Order, now: Temporal.Instant): ClosedOrder | Refused<'order_not_due'> {
  if (order.state !== 'awaiting_payment' || !isDue(order, now)) return refused('order_not_due')
  return close(order, 'expired', 'payment_window_passed', now)
}

function close(
  order: AwaitingPayment,
  state: ClosedOrder['state'],
  reason: CloseReason,
  at: Temporal.Instant,
): ClosedOrder {
  return { ...order, state, version: order.version + 1, closing: { reason, at } }
}

/** Whether money can be given back. Refusals: order_not_refundable (never paid, or all given back). */
export function refundableOrder(order: Order): RefundableOrder | Refused<'order_not_refundable'> {
  switch (order.state) {
    case 'paid':
    case 'preparing':
    case 'shipped':
    case 'delivered':
    case 'partially_refunded':
      return order
    default:
      return refused('order_not_refundable')
  }
}

/** Everything still paid was asked back: it must not be shipped any more. The first request counts. */
export function askedBack(order: Order, at: Temporal.Instant): Order {
  return 'refundRequestedAt' in order && order.refundRequestedAt === null
    ? { ...order, refundRequestedAt: at }
    : order
}

/** What was asked back last stays with us: the order may be sent, or asked back again. */
export function keptAfterAll(order: Order): Order {
  return 'refundRequestedAt' in order && order.refundRequestedAt !== null
    ? { ...order, refundRequestedAt: null }
    : order
}

/** Money that went back: how much now, and what the customer still has paid after it. */
export interface MoneyBack {
  amount: Won
  remaining: Won
  at: Temporal.Instant
}

/**
 * Money went back. `unchanged` when this refund is already counted. The amounts must continue the order's own sum;
 * if they do not, the books of orders and payments disagree, which is a bug and throws.
 */
export function recordRefund(
  order: Order,
  back: MoneyBack,
): PartiallyRefunded | RefundedOrder | { kind: 'unchanged' } | Refused<'order_not_refundable'> {
  const refundedTotal = subtract(order.total, back.remaining)
  const before = refundedTotalOf(order)
  if (refundedTotal === before && back.amount > 0) return { kind: 'unchanged' }
  const paid = refundableOrder(order)
  if ('kind' in paid) return paid
  if (add(before, back.amount) !== refundedTotal) {
    throw new Error(`order ${order.id}: ${before} + ${back.amount} given back is not ${refundedTotal}`)
  }
  const changed = { ...paid, version: paid.version + 1, shippedAt: shippedAtOf(paid), refundedTotal }
  return back.remaining > 0
    ? { ...changed, state: 'partially_refunded' }
    : { ...changed, state: 'refunded', closing: { reason: 'refunded', at: back.at } }
}

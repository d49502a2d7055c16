/**
 * Payment and delivery of an order are two things. What is paid stands in the order, what becomes of the goods stands
 * in each line, because an order may leave in several parcels; the state people see follows from both.
 *
 *   none ─▶ preparing ─▶ shipped ─▶ delivered
 *     └──────────────────▲
 */
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Order, OrderLine, PaidOrder, PartiallyRefunded, ShippedOrder } from './order.ts'

export const DELIVERY_STATES = ['none', 'preparing', 'shipped', 'delivered'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export const CARRIERS = ['cj_logistics', 'hanjin', 'lotte', 'logen', 'korea_post', 'other'] as const
export type Carrier = (typeof CARRIERS)[number]

/** With whom it travels, and under which number. */
export interface Parcel {
  carrier: Carrier
  trackingNumber: string
}

export type LineDelivery =
  | { state: 'none' | 'preparing' }
  /** `parcel` is null for what was sent before parcels were recorded. */
  | { state: 'shipped'; parcel: Parcel | null; shippedAt: Temporal.Instant }
  | { state: 'delivered'; parcel: Parcel | null; shippedAt: Temporal.Instant; deliveredAt: Temporal.Instant }

/** How every line begins. */
export const NOT_SENT: LineDelivery = { state: 'none' }

export type DeliveryStep = { step: 'prepare' } | { step: 'ship'; parcel: Parcel } | { step: 'deliver' }

export interface Moved {
  kind: 'moved'
  order: PaidOrder | ShippedOrder | PartiallyRefunded
  /** The lines that changed. */
  lines: readonly OrderLine[]
}

/**
 * Moves lines of an order on their way. Asking again for what is so already changes nothing.
 * @param lineNos which lines; undefined: all that can take the step
 * Refusals: order_not_paid (unpaid, ended, or all given back), order_refund_requested (its money is on its way back; what
 * was sent before may still arrive),
 * order_line_not_found, order_line_not_movable (`facts.lineNo`: delivered before it was sent, or sent before).
 */
export function moveLines(
  order: Order,
  step: DeliveryStep,
  lineNos: readonly number[] | undefined,
  at: Temporal.Instant,
): Moved | { kind: 'unchanged' } | Refused {
  const paid = movable(order, step)
  if ('kind' in paid) return paid
  const unknown = lineNos?.find((no) => !order.lines.some(({ lineNo }) => lineNo === no))
  if (unknown !== undefined) return refused('order_line_not_found', { facts: { lineNo: unknown } })
  const changed: OrderLine[] = []
  for (const line of order.lines) {
    const next =
      lineNos === undefined || lineNos.includes(line.lineNo) ? after(line.delivery, step, at) : 'same'
    if (next === 'impossible' && lineNos !== undefined)
      return refused('order_line_not_movable', { facts: { lineNo: line.lineNo } })
    if (typeof next !== 'string') changed.push({ ...line, delivery: next })
  }
  if (changed.length === 0) return { kind: 'unchanged' }
  const lines = order.lines.map((line) => changed.find(({ lineNo }) => lineNo === line.lineNo) ?? line)
  return { kind: 'moved', order: withLines(paid, lines, step), lines: changed }
}

function movable(
  order: Order,
  { step }: DeliveryStep,
): PaidOrder | ShippedOrder | PartiallyRefunded | Refused {
  switch (order.state) {
    case 'paid':
    case 'preparing':
    case 'shipped':
    case 'delivered':
    case 'partially_refunded':
      return order.refundRequestedAt === null || step === 'deliver'
        ? order
        : refused('order_refund_requested')
    default:
      return refused('order_not_paid')
  }
}

/** What a step makes of one line; 'same' when it is so already. */
function after(
  delivery: LineDelivery,
  step: DeliveryStep,
  at: Temporal.Instant,
): LineDelivery | 'same' | 'impossible' {
  if (!('shippedAt' in delivery)) {
    if (step.step === 'ship') return { state: 'shipped', parcel: step.parcel, shippedAt: at }
    if (step.step === 'deliver') return 'impossible'
    return delivery.state === 'preparing' ? 'same' : { state: 'preparing' }
  }
  switch (step.step) {
    case 'prepare':
      return 'impossible'
    case 'ship': {
      const { carrier, trackingNumber } = step.parcel
      const { parcel } = delivery
      const isThis = parcel?.carrier === carrier && parcel.trackingNumber === trackingNumber
      return isThis ? 'same' : 'impossible'
    }
    case 'deliver':
      return delivery.state === 'delivered' ? 'same' : { ...delivery, state: 'delivered', deliveredAt: at }
  }
}

/** The order with its lines as they are now. Each event about it has the next version; preparing is not told. */
function withLines(
  order: PaidOrder | ShippedOrder | PartiallyRefunded,
  lines: readonly OrderLine[],
  { step }: DeliveryStep,
): PaidOrder | ShippedOrder | PartiallyRefunded {
  const version = order.version + (step === 'prepare' ? 0 : 1)
  const shippedAt = firstShipped(lines)
  if (order.state === 'partially_refunded') return { ...order, version, lines, shippedAt }
  const state = deliveryOf(lines)
  const changed = { ...order, version, lines }
  if (shippedAt === null || state === 'none' || state === 'preparing')
    return { ...changed, state: state === 'none' ? 'paid' : 'preparing' }
  return { ...changed, state, shippedAt }
}

/** How far the goods of an order are: delivered when all are, shipped as soon as one parcel has left. */
export function deliveryOf(lines: readonly OrderLine[]): DeliveryState {
  const states = lines.map(({ delivery }) => delivery.state)
  if (states.every((state) => state === 'delivered')) return 'delivered'
  if (states.some((state) => state === 'shipped' || state === 'delivered')) return 'shipped'
  return states.includes('preparing') ? 'preparing' : 'none'
}

/** Whether the pieces of a line are still in the house. */
export const isUnsent = ({ delivery }: OrderLine): boolean => !('shippedAt' in delivery)

function firstShipped(lines: readonly OrderLine[]): Temporal.Instant | null {
  const times = lines.flatMap(({ delivery }) => ('shippedAt' in delivery ? [delivery.shippedAt] : []))
  return times.toSorted(Temporal.Instant.compare)[0] ?? null
}

export const PAYMENT_STATES = ['awaiting', 'paid', 'partially_refunded', 'refunded', 'closed'] as const

/** What has become of the money of an order, whatever has become of its goods. */
export function paymentOf(order: Order): (typeof PAYMENT_STATES)[number] {
  switch (order.state) {
    case 'awaiting_payment':
      return 'awaiting'
    case 'cancelled':
    case 'expired':
      return 'closed'
    case 'partially_refunded':
    case 'refunded':
      return order.state
    default:
      return 'paid'
  }
}

/**
 * Payment and delivery of an order are two things. What is paid stands in the order, what becomes of the goods stands
 * in each line: an order leaves in parcels, and a line may be divided over several. How far a line is follows from its
 * pieces, and the state people see from its lines.
 *
 *   none ─▶ preparing ─▶ shipped ─▶ delivered ─▶ returned
 *     └──────────────────▲
 */
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type Arrival, type ArrivalStep, arrivalsIn, arrived } from './arrival.ts'
import type { Order, OrderLine, PaidOrder, PartiallyRefunded, ShippedOrder } from './order.ts'

const DELIVERY_STATES = ['none', 'preparing', 'shipped', 'delivered', 'returned'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export const CARRIERS = ['cj_logistics', 'hanjin', 'lotte', 'logen', 'korea_post', 'other'] as const
export type Carrier = (typeof CARRIERS)[number]

/** With whom it travels, and under which number. */
export interface Parcel {
  carrier: Carrier
  trackingNumber: string
}

/** Pieces of a line that left the house in one parcel. */
export interface SentPieces {
  shipmentId: string
  /** Null for what was sent before parcels were recorded. */
  parcel: Parcel | null
  quantity: number
  shippedAt: Temporal.Instant
  deliveredAt: Temporal.Instant | null
  /** Who says that they arrived; null before, and for what arrived before this was recorded. */
  arrival: Arrival | null
}

/** What has become of the pieces of a line; those not named here are still in the house. */
export interface LineDelivery {
  packing: boolean
  /** In the order in which they left. */
  sent: readonly SentPieces[]
  /** Pieces cancelled before they left: never to be sent. */
  cancelled: number
  /** Pieces that came back after they had arrived. */
  returned: number
  /** Pieces that are there and in a request to send them back which waits; see return-request.ts. */
  claimed: number
}

/** How every line begins. */
export const NOT_SENT: LineDelivery = { packing: false, sent: [], cancelled: 0, returned: 0, claimed: 0 }

export type DeliveryStep =
  | { step: 'prepare' }
  /** `shipmentId` is for a parcel that this order does not have yet. */
  | { step: 'ship'; parcel: Parcel; shipmentId: string }
  | ArrivalStep

/** A line, or so many pieces of it; without a quantity all that can take the step. Quantities are for sending only. */
export interface WantedPieces {
  lineNo: number
  quantity?: number | undefined
}

export interface Moved {
  kind: 'moved'
  order: PaidOrder | ShippedOrder | PartiallyRefunded
  /** The lines that changed, as they are now. */
  lines: readonly OrderLine[]
  /** What this step moved of them; nothing when only the day of an arrival was corrected. */
  pieces: readonly { lineNo: number; itemId: string; quantity: number }[]
  /** The parcels that arrived with it, and when. */
  arrivals: ReturnType<typeof arrivalsIn>
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)

/** Pieces of a line that have left the house, whether or not they arrived. */
export const sentPieces = ({ delivery }: OrderLine): number =>
  sum(delivery.sent.map(({ quantity }) => quantity))

/** Pieces of a line that have arrived, whether or not they came back. */
export const arrivedPieces = ({ delivery }: OrderLine): number =>
  sum(delivery.sent.map(({ quantity, deliveredAt }) => (deliveredAt === null ? 0 : quantity)))

/** Pieces of a line that are still in the house and not cancelled. */
export const unsentPieces = (line: OrderLine): number =>
  line.quantity - line.delivery.cancelled - sentPieces(line)

/**
 * Pieces of an order that are paid and wait to be sent; none while its money is on its way back. The database counts them
 * so, too, for the work list.
 */
export function piecesToSend(order: Order): number {
  const isPaid = order.state !== 'refunded' && 'refundRequestedAt' in order
  return isPaid && order.refundRequestedAt === null ? sum(order.lines.map(unsentPieces)) : 0
}

/** Whether the price of all of a line went back, or is on its way: nobody waits for its parcel any more. */
export const isPaidBack = ({ quantity, refund }: OrderLine): boolean => refund.pieces === quantity

/** How far a line is: shipped as soon as a piece has left, delivered when all that was not cancelled has arrived. */
export function lineState(line: OrderLine): DeliveryState {
  const due = line.quantity - line.delivery.cancelled
  if (due > 0 && line.delivery.returned === due) return 'returned'
  if (due > 0 && arrivedPieces(line) === due) return 'delivered'
  if (line.delivery.sent.length > 0) return 'shipped'
  return line.delivery.packing ? 'preparing' : 'none'
}

/**
 * Moves lines of an order on their way. Asking again for what is so already changes nothing.
 * @param wanted which lines, and how many pieces of them; undefined: all that can take the step
 * Refusals: order_not_paid (unpaid, ended, or all given back), order_refund_requested (its money is on its way back; what
 * was sent before may still arrive),
 * order_line_not_found, order_line_not_movable (`facts.lineNo`: delivered before it was sent, sent before, more pieces
 * than are left to send, or named twice).
 */
export function moveLines(
  order: Order,
  step: DeliveryStep,
  wanted: readonly WantedPieces[] | undefined,
  at: Temporal.Instant,
):
  | Moved
  | { kind: 'unchanged' }
  | Refused<'order_refund_requested' | 'order_not_paid' | 'order_line_not_found' | 'order_line_not_movable'> {
  const paid = movable(order, step)
  if ('kind' in paid) return paid
  const wrong = wanted && wrongLine(order, wanted)
  if (wrong) return wrong
  const moves: { line: OrderLine; quantity: number }[] = []
  for (const line of order.lines) {
    const wish = wanted?.find(({ lineNo }) => lineNo === line.lineNo)
    if (wanted !== undefined && wish === undefined) continue
    const next = after(order, line, step, wish?.quantity, at)
    if (next === 'impossible' && wanted !== undefined) return notMovable(line.lineNo)
    if (typeof next !== 'string') moves.push(next)
  }
  if (moves.length === 0) return { kind: 'unchanged' }
  const changed = moves.map(({ line }) => line)
  const lines = order.lines.map((line) => changed.find(({ lineNo }) => lineNo === line.lineNo) ?? line)
  const pieces = moves
    .map(({ line: { lineNo, itemId }, quantity }) => ({ lineNo, itemId, quantity }))
    .filter(({ quantity }) => quantity > 0)
  // Each event about an order has the next version; preparing is not told, nor a corrected day.
  const isTold = step.step !== 'prepare' && pieces.length > 0
  const version = paid.version + (isTold ? 1 : 0)
  const arrivals = step.step === 'deliver' ? arrivalsIn(order.lines, changed) : []
  return {
    kind: 'moved',
    order: asFarAsItsLines({ ...paid, version }, lines),
    lines: changed,
    pieces,
    arrivals,
  }
}

function notMovable(lineNo: number): Refused<'order_line_not_movable'> {
  return refused('order_line_not_movable', { facts: { lineNo } })
}

function wrongLine(
  { lines }: Order,
  wanted: readonly WantedPieces[],
): Refused<'order_line_not_found' | 'order_line_not_movable'> | undefined {
  const seen = new Set<number>()
  for (const { lineNo } of wanted) {
    if (!lines.some((line) => line.lineNo === lineNo))
      return refused('order_line_not_found', { facts: { lineNo } })
    if (seen.has(lineNo)) return notMovable(lineNo)
    seen.add(lineNo)
  }
  return undefined
}

function movable(
  order: Order,
  { step }: DeliveryStep,
): PaidOrder | ShippedOrder | PartiallyRefunded | Refused<'order_refund_requested' | 'order_not_paid'> {
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

type Next = { line: OrderLine; quantity: number } | 'same' | 'impossible'

/** What a step makes of one line; 'same' when it is so already. */
function after(
  order: Order,
  line: OrderLine,
  step: DeliveryStep,
  quantity: number | undefined,
  at: Temporal.Instant,
): Next {
  const { delivery } = line
  const left = unsentPieces(line)
  switch (step.step) {
    case 'prepare':
      if (left === 0) return 'impossible'
      if (delivery.packing) return 'same'
      return { line: { ...line, delivery: { ...delivery, packing: true } }, quantity: left }
    case 'ship':
      return shipped(order, line, step, quantity, at)
    case 'deliver': {
      if (delivery.sent.length === 0) return 'impossible'
      // It would lengthen the time to send back what is there, by a parcel that nobody waits for.
      if (step.by !== 'merchant' && isPaidBack(line)) return 'same'
      const sent = delivery.sent.map((pieces) => arrived(pieces, step, at))
      if (sent.every((pieces, index) => pieces === delivery.sent[index])) return 'same'
      const next = { ...line, delivery: { ...delivery, sent } }
      return { line: next, quantity: arrivedPieces(next) - arrivedPieces(line) }
    }
  }
}

/** A parcel that has a share of the line already is the same when its share is; it is not filled up. */
function shipped(
  order: Order,
  line: OrderLine,
  { parcel, shipmentId }: Extract<DeliveryStep, { step: 'ship' }>,
  wanted: number | undefined,
  at: Temporal.Instant,
): Next {
  const { delivery } = line
  const inside = delivery.sent.find((pieces) => isParcel(pieces, parcel))
  if (inside) return wanted === undefined || wanted === inside.quantity ? 'same' : 'impossible'
  const left = unsentPieces(line)
  const quantity = wanted ?? left
  if (left === 0 || quantity < 1 || quantity > left) return 'impossible'
  const known = order.lines.flatMap((one) => one.delivery.sent).find((pieces) => isParcel(pieces, parcel))
  const pieces = {
    shipmentId: known?.shipmentId ?? shipmentId,
    parcel,
    quantity,
    shippedAt: known?.shippedAt ?? at,
    deliveredAt: null,
    arrival: null,
  }
  return { line: { ...line, delivery: { ...delivery, sent: [...delivery.sent, pieces] } }, quantity }
}

function isParcel({ parcel }: SentPieces, { carrier, trackingNumber }: Parcel): boolean {
  return parcel?.carrier === carrier && parcel.trackingNumber === trackingNumber
}

/** A paid order with other lines: its state is as far as they are. */
export function asFarAsItsLines(
  order: PaidOrder | ShippedOrder | PartiallyRefunded,
  lines: readonly OrderLine[],
): PaidOrder | ShippedOrder | PartiallyRefunded {
  const shippedAt = firstShipped(lines)
  if (order.state === 'partially_refunded') return { ...order, lines, shippedAt }
  const changed = { ...order, lines }
  const state = deliveryOf(lines)
  if (shippedAt === null || state === 'none' || state === 'preparing')
    return { ...changed, state: state === 'preparing' ? 'preparing' : 'paid' }
  return { ...changed, state: state === 'returned' ? 'delivered' : state, shippedAt }
}

/** How far the goods of an order are: delivered when all are, shipped as soon as one parcel has left. */
export function deliveryOf(lines: readonly OrderLine[]): DeliveryState {
  const states = lines.filter((line) => line.delivery.cancelled < line.quantity).map(lineState)
  if (states.length === 0) return 'none'
  if (states.every((state) => state === 'returned')) return 'returned'
  if (states.every((state) => state === 'delivered' || state === 'returned')) return 'delivered'
  if (lines.some(({ delivery }) => delivery.sent.length > 0)) return 'shipped'
  return states.includes('preparing') ? 'preparing' : 'none'
}

/**
 * What people are shown. `paid_back`: it was sent, was never seen to arrive, and its price went back or is on its way, as
 * when a parcel is refused at the door: nobody waits for it any more, and nobody knows where it is.
 */
export const SHOWN_DELIVERY_STATES = [...DELIVERY_STATES, 'paid_back'] as const
type ShownDeliveryState = (typeof SHOWN_DELIVERY_STATES)[number]

/** How far a line of an order is, as people are shown it. */
export function shownLineState(order: Order, line: OrderLine): ShownDeliveryState {
  const state = lineState(line)
  return state === 'shipped' && (order.state === 'refunded' || isPaidBack(line)) ? 'paid_back' : state
}

/** How far the goods of an order are, as people are shown it: by the lines that somebody still waits for. */
export function shownDelivery(order: Order): ShownDeliveryState {
  const lines = order.lines.filter((line) => line.delivery.cancelled < line.quantity)
  const states = lines.map((line) => shownLineState(order, line))
  if (!states.includes('paid_back')) return deliveryOf(order.lines)
  // Of an order that is given back whole nothing more is sent.
  const waited =
    order.state === 'refunded' ? ['shipped', 'delivered'] : ['none', 'preparing', 'shipped', 'delivered']
  const rest = states.filter((state) => waited.includes(state))
  if (rest.length === 0) return 'paid_back'
  return rest.every((state) => state === 'delivered') ? 'delivered' : 'shipped'
}

function firstShipped(lines: readonly OrderLine[]): Temporal.Instant | null {
  const times = lines.flatMap(({ delivery }) => delivery.sent.map(({ shippedAt }) => shippedAt))
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

/** A parcel with all that is in it. */
export interface Shipment {
  id: string
  parcel: Parcel | null
  shippedAt: Temporal.Instant
  /** Null until all of it has arrived. */
  deliveredAt: Temporal.Instant | null
  /** Who says so of the last of it. */
  arrival: Arrival | null
  lines: readonly { lineNo: number; quantity: number }[]
}

function byArrival({ deliveredAt: one }: SentPieces, { deliveredAt: other }: SentPieces): number {
  return one === null || other === null ? 0 : Temporal.Instant.compare(one, other)
}

/** The parcels of an order, in the order in which they left. */
export function shipmentsOf(order: Order): Shipment[] {
  const shares = order.lines.flatMap(({ lineNo, delivery }) =>
    delivery.sent.map((pieces) => ({ ...pieces, lineNo })),
  )
  return [...Map.groupBy(shares, ({ shipmentId }) => shipmentId)]
    .flatMap(([id, [first, ...others]]) => {
      if (!first) return []
      const all = [first, ...others]
      const last = all.some(({ deliveredAt }) => deliveredAt === null)
        ? undefined
        : all.toSorted(byArrival).at(-1)
      return [
        {
          id,
          parcel: first.parcel,
          shippedAt: first.shippedAt,
          deliveredAt: last?.deliveredAt ?? null,
          arrival: last?.arrival ?? null,
          lines: all.map(({ lineNo, quantity }) => ({ lineNo, quantity })),
        },
      ]
    })
    .toSorted((a, b) => Temporal.Instant.compare(a.shippedAt, b.shippedAt))
}

/**
 * A customer sends back what arrived. A type per state; transitions are pure, and each raises `version` by one, because
 * each is told in one event.
 *
 *   requested ─▶ approved ─▶ received ─▶ refunding ─▶ refunded      (return)
 *      │    │       │  │         ▲___________│ declined
 *      │    │       │  │         └─────────────▶ exchanged          (exchange; what cannot be sent becomes a return)
 *      │    └───────┴──┼─▶ cancelled (by the customer)
 *      └───────────────┴─▶ refused
 */
import { type Won, ZERO_WON } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { arrivedPieces, isPaidBack, type Parcel } from './delivery.ts'
import { owesFee, type SettledFee } from './exchange-fee.ts'
import { priceOfPieces } from './give-back.ts'
import { type Order, type OrderLine, refundableOrder } from './order.ts'
import {
  lastDayFor,
  parcelFeeOf,
  payerOf,
  periodBegins,
  type ReturnKind,
  type ReturnPolicy,
  type ReturnReason,
} from './return-policy.ts'

const dayInSeoul = (at: Temporal.Instant) => at.toZonedDateTimeISO('Asia/Seoul').toPlainDate()

export const RETURN_STATES = [
  'requested',
  'approved',
  'refused',
  'cancelled',
  'received',
  'refunding',
  'refunded',
  'exchanged',
] as const
export type ReturnState = (typeof RETURN_STATES)[number]

interface Basis {
  id: string
  orderId: string
  /** Number of the latest event about it. */
  version: number
  kind: ReturnKind
  reason: ReturnReason
  /** In the customer's words. */
  note: string | null
  paidBy: 'customer' | 'merchant'
  /** Kept of the refund for the parcel back; of an exchange what the customer pays for both. In won. */
  parcelFee: Won
  /** How the customer’s part of an exchange was settled; null until that is said, or where nothing is owed. */
  fee: SettledFee | null
  lines: readonly ReturnedPieces[]
  requestedAt: Temporal.Instant
}

export interface ReturnedPieces {
  lineNo: number
  quantity: number
}

interface Decision {
  at: Temporal.Instant
  by: string
}
interface Receipt {
  at: Temporal.Instant
  /** Whether its pieces can be sold again. */
  restock: boolean
}

export type Requested = Basis & { state: 'requested' }
export type Approved = Basis & { state: 'approved'; decided: Decision }
export type RefusedReturn = Basis & {
  state: 'refused'
  decided: Decision
  why: string
  endedAt: Temporal.Instant
}
export type CancelledReturn = Basis & {
  state: 'cancelled'
  decided: Decision | null
  endedAt: Temporal.Instant
}
export type Received = Basis & { state: 'received'; decided: Decision; received: Receipt }
export type Refunding = Basis & {
  state: 'refunding'
  decided: Decision
  received: Receipt
  refundId: string
}
export type RefundedReturn = Basis & {
  state: 'refunded'
  decided: Decision
  received: Receipt
  refundId: string
  endedAt: Temporal.Instant
}
export type Exchanged = Basis & {
  state: 'exchanged'
  decided: Decision
  received: Receipt
  parcel: Parcel
  endedAt: Temporal.Instant
}
export type ReturnRequest =
  | Requested
  | Approved
  | RefusedReturn
  | CancelledReturn
  | Received
  | Refunding
  | RefundedReturn
  | Exchanged

export interface ReturnWish {
  kind: ReturnKind
  reason: ReturnReason
  note: string | null
  lines: readonly ReturnedPieces[]
}

/** Pieces of a line that may be asked back: arrived, not back, not paid back, and in no request that waits. */
export function returnablePieces(line: OrderLine): number {
  const { returned, claimed } = line.delivery
  const there = Math.min(arrivedPieces(line) - returned, line.quantity - line.refund.pieces)
  return Math.max(0, there - claimed)
}

/**
 * From which day the time to send something back is counted; undefined as long as a piece of the order is still to come
 * that is not paid back: then it has not begun, and what is there may be sent back already.
 */
export function withdrawalFrom(order: Order): Temporal.PlainDate | undefined {
  const { lines } = order
  const arrivals = lines.flatMap(({ delivery }) =>
    delivery.sent.flatMap(({ deliveredAt }) => deliveredAt ?? []),
  )
  const latest = arrivals.toSorted(Temporal.Instant.compare).at(-1)
  const isComing = lines.some(
    (line) => !isPaidBack(line) && line.quantity - line.delivery.cancelled > arrivedPieces(line),
  )
  if (latest === undefined || isComing || !('payment' in order)) return undefined
  return periodBegins(dayInSeoul(order.payment.at), dayInSeoul(latest))
}

/**
 * Judges what a customer asks back.
 * Refusals: order_not_refundable (not paid, or all given back), order_refund_requested, order_line_not_found,
 * order_line_not_returnable (`facts.lineNo`, `facts.pieces` that are left), return_too_late (`facts.lineNo`,
 * `facts.until`), return_worth_nothing (the parcel costs more than what would go back), invalid_request (a line twice).
 */
export function requestReturn(
  order: Order,
  wish: ReturnWish,
  { id, policy, at }: { id: string; policy: ReturnPolicy; at: Temporal.Instant },
):
  | { kind: 'asked'; request: Requested; lines: readonly OrderLine[] }
  | Refused<
      | 'order_not_refundable'
      | 'order_refund_requested'
      | 'order_line_not_found'
      | 'order_line_not_returnable'
      | 'return_too_late'
      | 'return_worth_nothing'
      | 'invalid_request'
    > {
  const paid = refundableOrder(order)
  if ('kind' in paid) return refused('order_not_refundable')
  if (paid.refundRequestedAt !== null) return refused('order_refund_requested')
  if (new Set(wish.lines.map(({ lineNo }) => lineNo)).size < wish.lines.length)
    return refused('invalid_request')
  const from = withdrawalFrom(order)
  const until = from && lastDayFor(wish.reason, from)
  let worth = 0
  for (const { lineNo, quantity } of wish.lines) {
    const line = order.lines.find((one) => one.lineNo === lineNo)
    if (!line) return refused('order_line_not_found', { facts: { lineNo } })
    const pieces = returnablePieces(line)
    if (quantity > pieces) return refused('order_line_not_returnable', { facts: { lineNo, pieces } })
    if (until && Temporal.PlainDate.compare(dayInSeoul(at), until) > 0)
      return refused('return_too_late', { facts: { lineNo, until: until.toString() } })
    worth += priceOfPieces(line, quantity)
  }
  const parcelFee = parcelFeeOf(policy, wish.kind, wish.reason)
  if (wish.kind === 'return' && worth <= parcelFee)
    return refused('return_worth_nothing', { facts: { parcelFee } })
  const request: Requested = {
    ...wish,
    id,
    orderId: order.id,
    version: 1,
    state: 'requested',
    paidBy: payerOf(wish.reason),
    parcelFee,
    fee: null,
    requestedAt: at,
  }
  return { kind: 'asked', request, lines: withClaims(order.lines, wish.lines, 1) }
}

/** Lines with pieces put into a request (`+1`), or taken out of it (`−1`). */
export function withClaims(
  lines: readonly OrderLine[],
  pieces: readonly ReturnedPieces[],
  sign: 1 | -1,
): OrderLine[] {
  return lines.map((line) => {
    const own = pieces.find(({ lineNo }) => lineNo === line.lineNo)
    if (!own) return line
    return {
      ...line,
      delivery: { ...line.delivery, claimed: line.delivery.claimed + sign * own.quantity },
    }
  })
}

const notNow = (request: ReturnRequest) => refused('return_not_in_state', { facts: { state: request.state } })

type NotNow = Refused<'return_not_in_state'>

/** Refusal: return_not_in_state. */
export function approve(request: ReturnRequest, decided: Decision): Approved | NotNow {
  if (request.state !== 'requested') return notNow(request)
  return { ...request, state: 'approved', version: request.version + 1, decided }
}

/** Also of one that was approved, when what should come back never does. Refusal: return_not_in_state. */
export function refuse(request: ReturnRequest, decided: Decision, why: string): RefusedReturn | NotNow {
  if (request.state !== 'requested' && request.state !== 'approved') return notNow(request)
  return { ...request, state: 'refused', version: request.version + 1, decided, why, endedAt: decided.at }
}

/** By the customer, until it has been received. Refusal: return_not_in_state. */
export function cancelReturn(request: ReturnRequest, at: Temporal.Instant): CancelledReturn | NotNow {
  if (request.state !== 'requested' && request.state !== 'approved') return notNow(request)
  const decided = request.state === 'approved' ? request.decided : null
  return { ...request, state: 'cancelled', version: request.version + 1, decided, endedAt: at }
}

/**
 * It came back. What is kept for the parcel may be less than was said, never more; of an exchange nothing is kept, and
 * less is asked for by waiving it, with the reason.
 * Refusals: return_not_in_state, return_fee_too_high, exchange_fee_apart.
 */
export function receive(
  request: ReturnRequest,
  received: Receipt,
  parcelFee: Won = request.parcelFee,
): Received | NotNow | Refused<'return_fee_too_high' | 'exchange_fee_apart'> {
  if (request.state !== 'approved') return notNow(request)
  if (parcelFee > request.parcelFee)
    return refused('return_fee_too_high', { facts: { parcelFee: request.parcelFee } })
  if (request.kind === 'exchange' && parcelFee < request.parcelFee) return refused('exchange_fee_apart')
  return { ...request, state: 'received', version: request.version + 1, received, parcelFee }
}

/**
 * An exchange whose other piece cannot be sent becomes a return. Nothing is kept for parcels: it is not the customer's
 * doing. Refusal: return_not_in_state.
 */
export function moneyInstead(request: ReturnRequest): Received | NotNow {
  if (request.state !== 'received' || request.kind !== 'exchange') return notNow(request)
  return { ...request, kind: 'return', parcelFee: ZERO_WON }
}

/** Its money is on its way. Refusal: return_not_in_state. */
export function refunding(request: ReturnRequest, refundId: string): Refunding | NotNow {
  if (request.state !== 'received' || request.kind !== 'return') return notNow(request)
  return { ...request, state: 'refunding', version: request.version + 1, refundId }
}

/** Its money went back, or did not after all: then it is to be asked for again. */
export function settled(
  request: Refunding,
  outcome: 'given' | 'declined',
  at: Temporal.Instant,
): RefundedReturn | Received {
  const version = request.version + 1
  if (outcome === 'given') return { ...request, state: 'refunded', version, endedAt: at }
  const { refundId: _, ...rest } = request
  return { ...rest, state: 'received', version }
}

/**
 * Why nothing can be exchanged any more: its money went back, or is on its way.
 * Refusals: order_not_refundable (not paid, or all given back), order_refund_requested, order_line_not_returnable
 * (`facts.lineNo`, `facts.pieces` that are still paid).
 */
export function notExchangeable(
  order: Order,
  { lines }: Pick<ReturnRequest, 'lines'>,
): Refused<'order_not_refundable' | 'order_refund_requested' | 'order_line_not_returnable'> | undefined {
  const paid = refundableOrder(order)
  if ('kind' in paid) return paid
  if (paid.refundRequestedAt !== null) return refused('order_refund_requested')
  for (const { lineNo, quantity } of lines) {
    const line = order.lines.find((one) => one.lineNo === lineNo)
    const pieces = line ? line.quantity - line.refund.pieces : 0
    if (quantity > pieces) return refused('order_line_not_returnable', { facts: { lineNo, pieces } })
  }
  return undefined
}

/** The other piece has left. Refusals: return_not_in_state, exchange_fee_owed (`facts.parcelFee`). */
export function exchange(
  request: ReturnRequest,
  parcel: Parcel,
  at: Temporal.Instant,
): Exchanged | NotNow | Refused<'exchange_fee_owed'> {
  if (request.state !== 'received' || request.kind !== 'exchange') return notNow(request)
  if (owesFee(request)) return refused('exchange_fee_owed', { facts: { parcelFee: request.parcelFee } })
  return { ...request, state: 'exchanged', version: request.version + 1, parcel, endedAt: at }
}

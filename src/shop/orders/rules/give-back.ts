/**
 * What of an order's money goes back with a part of it. What was paid is divided over the lines once and for all: each
 * line has its own price and its share of the delivery fee (largest remainder). Refunds draw from these shares, so they
 * sum up to what was paid, however an order is cut up.
 */
import { add, splitProportionally, subtract, type Won, won, ZERO_WON } from '../../../platform/money.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { Order, OrderLine } from './order.ts'

/** What of a line was given back or is promised: of so many pieces, of its price, and of its share of the fee. */
export interface LineRefund {
  pieces: number
  goods: Won
  fee: Won
}

/** How every line begins. */
export const NOTHING_BACK: LineRefund = { pieces: 0, goods: ZERO_WON, fee: ZERO_WON }

export interface RefundWish {
  /**
   * By line: so many pieces at their price, or an amount, or pieces for an amount. Undefined: `amount` over all lines,
   * in proportion to what is left of them.
   */
  lines?: readonly WantedLine[] | undefined
  amount?: number | undefined
  /** Whether the pieces' shares of the delivery fee go back with them. */
  deliveryFee: boolean
}

export interface WantedLine {
  lineNo: number
  quantity?: number | undefined
  /** Won, instead of the price of the pieces. */
  amount?: number | undefined
}

export interface LinePart extends LineRefund {
  lineNo: number
}

export interface RefundSplit {
  kind: 'split'
  parts: readonly LinePart[]
  /** Their sum; more than 0. */
  amount: Won
}

type Paid = Pick<Order, 'lines' | 'deliveryFee'>

/** Each line's share of the delivery fee, by largest remainder; by pieces where everything is free. */
export function feeShares({ lines, deliveryFee }: Paid): Won[] {
  const prices = lines.map(({ lineTotal }) => lineTotal)
  const isFree = prices.every((price) => price === 0)
  return splitProportionally(deliveryFee, isFree ? lines.map(({ quantity }) => won(quantity)) : prices)
}

/**
 * Divides a refund over the lines of an order.
 * Refusals: order_line_not_found, refund_exceeds_line (`facts.lineNo` and what is left of it), refund_exceeds_payment
 * (an amount over all lines), refund_of_nothing, invalid_request (an amount and lines, or neither; a line twice).
 */
export function splitRefund(
  order: Paid,
  wish: RefundWish,
): RefundSplit | RefusedBy<typeof byLine> | Refused<'refund_exceeds_payment' | 'refund_of_nothing'> {
  const { lines: wanted, amount } = wish
  if ((wanted === undefined) === (amount === undefined)) return refused('invalid_request')
  const parts =
    wanted === undefined ? overAll(order, won(amount ?? 0)) : byLine(order, wanted, wish.deliveryFee)
  if ('kind' in parts) return parts
  const total = add(...parts.flatMap(({ goods, fee }) => [goods, fee]))
  return total === 0 ? refused('refund_of_nothing') : { kind: 'split', parts, amount: total }
}

const restOfGoods = ({ lineTotal, refund }: OrderLine): Won => subtract(lineTotal, refund.goods)

/** An amount over all lines, in proportion to what is left of them; when goods are used up, over the fee. */
function overAll(order: Paid, amount: Won): LinePart[] | Refused<'refund_exceeds_payment'> {
  const rests = order.lines.map(restOfGoods)
  const fees = feeShares(order).map((share, index) =>
    subtract(share, order.lines[index]?.refund.fee ?? share),
  )
  const [goodsLeft, feeLeft] = [add(...rests), add(...fees)]
  if (amount > add(goodsLeft, feeLeft))
    return refused('refund_exceeds_payment', { facts: { refundable: add(goodsLeft, feeLeft) } })
  const ofGoods = won(Math.min(amount, goodsLeft))
  const goods = splitProportionally(ofGoods, rests)
  const fee = splitProportionally(subtract(amount, ofGoods), fees)
  return order.lines
    .map(({ lineNo }, index) => ({
      lineNo,
      pieces: 0,
      goods: goods[index] ?? ZERO_WON,
      fee: fee[index] ?? ZERO_WON,
    }))
    .filter((part) => part.goods > 0 || part.fee > 0)
}

function byLine(
  order: Paid,
  wanted: readonly WantedLine[],
  withFee: boolean,
): LinePart[] | Refused<'order_line_not_found' | 'invalid_request' | 'refund_exceeds_line'> {
  const parts: LinePart[] = []
  const fees = feeShares(order)
  for (const { lineNo, quantity, amount } of wanted) {
    const index = order.lines.findIndex((line) => line.lineNo === lineNo)
    const line = order.lines[index]
    if (!line) return refused('order_line_not_found', { facts: { lineNo } })
    if (parts.some((part) => part.lineNo === lineNo) || (quantity === undefined && amount === undefined))
      return refused('invalid_request')
    const pieces = quantity ?? 0
    const rest = { pieces: line.quantity - line.refund.pieces, amount: restOfGoods(line) }
    if (pieces > rest.pieces || (amount ?? 0) > rest.amount)
      return refused('refund_exceeds_line', { facts: { lineNo, ...rest } })
    const goods = amount === undefined ? priceOfPieces(line, pieces) : won(amount)
    const fee = withFee ? feeOf(line, fees[index] ?? ZERO_WON, pieces) : ZERO_WON
    parts.push({ lineNo, pieces, goods, fee })
  }
  return parts
}

/**
 * The price of pieces, with their share of what a coupon took off: what belongs to all pieces so far and these, less what
 * belongs to those before. Of what an amount was given for before, only the rest. The last pieces take it whole.
 */
export function priceOfPieces(line: OrderLine, pieces: number): Won {
  const upTo = (count: number) => Math.floor((line.lineTotal * count) / line.quantity)
  const price = upTo(line.refund.pieces + pieces) - upTo(line.refund.pieces)
  return won(Math.min(price, restOfGoods(line)))
}

/** By the cumulative rule: what belongs to all pieces so far and these, less what went back before. */
function feeOf(line: OrderLine, share: Won, pieces: number): Won {
  const upTo = Math.floor((share * (line.refund.pieces + pieces)) / line.quantity)
  return won(Math.max(0, upTo - line.refund.fee))
}

/** A line with a part of it promised to go back (`+1`), or kept after all (`−1`). */
export function withPart(line: OrderLine, part: LinePart | undefined, sign: 1 | -1): OrderLine {
  if (part?.lineNo !== line.lineNo) return line
  const { pieces, goods, fee } = line.refund
  return {
    ...line,
    refund: {
      pieces: pieces + sign * part.pieces,
      goods: won(goods + sign * part.goods),
      fee: won(fee + sign * part.fee),
    },
  }
}

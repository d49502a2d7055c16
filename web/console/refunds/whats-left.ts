/**
 * What can still be given back of an order, and how much a wish comes to, so that both are seen before anything moves. The
 * server computes it again; `whats-left.test.ts` holds the two against each other. Amounts in won.
 */
import type { AnswerOf } from '../api/call.ts'

type Order = AnswerOf<'GET /api/orders/:id'>
type Refund = AnswerOf<'GET /api/orders/:id/refunds'>['data'][number]

/** What of an order is looked at here. */
export interface Refundable {
  readonly amounts: Pick<Order['amounts'], 'total' | 'deliveryFee'>
  readonly lines: readonly Pick<Order['lines'][number], 'lineNo' | 'quantity' | 'lineTotal'>[]
  readonly paidAt: string | null
  readonly closedAt: string | null
  readonly refundRequestedAt: string | null
}

export interface LineLeft {
  readonly lineNo: number
  readonly pieces: number
  /** Of the price. */
  readonly goods: number
  /** Of its share of the delivery fee. */
  readonly fee: number
}

export interface Left {
  readonly total: number
  readonly lines: readonly LineLeft[]
}

/** What is left: nothing while all of it is on its way back, or has gone back. */
export function leftOf(order: Refundable, refunds: readonly Pick<Refund, 'state' | 'lines'>[]): Left {
  const isOpen = order.paidAt !== null && order.closedAt === null && order.refundRequestedAt === null
  const shares = feeShares(order)
  const parts = refunds.filter(({ state }) => state !== 'declined').flatMap(({ lines }) => lines)
  const lines = order.lines.map(({ lineNo, quantity, lineTotal }, index) => {
    const back = parts.filter((part) => part.lineNo === lineNo)
    return {
      lineNo,
      pieces: isOpen ? quantity - sum(back.map(({ pieces }) => pieces)) : 0,
      goods: isOpen ? lineTotal - sum(back.map(({ goods }) => goods)) : 0,
      fee: isOpen ? (shares[index] ?? 0) - sum(back.map(({ deliveryFee }) => deliveryFee)) : 0,
    }
  })
  return { total: sum(lines.flatMap(({ goods, fee }) => [goods, fee])), lines }
}

/** What so many pieces of lines come to. */
export function amountOfPieces(
  order: Refundable,
  left: Left,
  wanted: Readonly<Record<number, number>>,
  withFee: boolean,
): number {
  const shares = feeShares(order)
  return sum(
    order.lines.flatMap(({ lineNo, quantity, lineTotal }, index) => {
      const pieces = wanted[lineNo] ?? 0
      const rest = left.lines.find((line) => line.lineNo === lineNo)
      if (pieces === 0 || rest === undefined) return []
      const share = shares[index] ?? 0
      const before = quantity - rest.pieces
      const upTo = (whole: number, count: number) => Math.floor((whole * count) / quantity)
      // What belongs to the pieces that went back before and to these, less what belongs to those, or went back, before.
      const price = upTo(lineTotal, before + pieces) - upTo(lineTotal, before)
      const fee = withFee ? Math.max(0, upTo(share, before + pieces) - (share - rest.fee)) : 0
      return [Math.min(price, rest.goods), fee]
    }),
  )
}

/** Each line's share of the delivery fee by its price, by largest remainder; by pieces where everything is free. */
function feeShares({ lines, amounts: { deliveryFee } }: Refundable): number[] {
  const isFree = lines.every(({ lineTotal }) => lineTotal === 0)
  const weights = lines.map(({ lineTotal, quantity }) => BigInt(isFree ? quantity : lineTotal))
  const whole = weights.reduce((all, weight) => all + weight, 0n)
  if (whole === 0n) return lines.map(() => 0)
  const shares = weights.map((weight, index) => {
    const product = BigInt(deliveryFee) * weight
    return { index, part: Number(product / whole), remainder: product % whole }
  })
  const missing = deliveryFee - sum(shares.map(({ part }) => part))
  const raised = shares.toSorted((a, b) => Number(b.remainder - a.remainder)).slice(0, missing)
  return shares.map((share) => share.part + (raised.includes(share) ? 1 : 0))
}

const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0)

/**
 * What a coupon takes off an order. It is for what is bought once, of its categories where it names some: recurring lines have a discount of their own, which
 * holds for every delivery. Delivery costs what it costs without the coupon.
 */
import { splitProportionally, subtract, type Won, won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'

/** The terms of a coupon, as far as an order is priced by them. */
export interface CouponTerms {
  id: string
  /** Off the goods it is for: an amount in won, or whole percent up to so many won. */
  off:
    | { readonly kind: 'amount'; readonly amount: Won }
    | { readonly kind: 'percent'; readonly percent: number; readonly most: Won | null }
  /** What the goods it is for cost at least, after their own discounts, in won. */
  minimum: Won
  /** Of which categories the goods are it is for: one of these; null: all goods. */
  categories: readonly string[] | null
}

interface PricedLine {
  readonly lineTotal: Won
  readonly subscription: unknown
  /** Of its item. */
  readonly categories: readonly string[]
}

/**
 * What it takes off, divided over the lines by largest remainder, so that the parts sum up exactly.
 * Refusals: coupon_not_for_these (nothing is of its categories), coupon_minimum (`facts.minimum`, `facts.goods` it is
 * for).
 */
export function couponParts(
  { off, minimum, categories }: CouponTerms,
  lines: readonly PricedLine[],
): { kind: 'parts'; discount: Won; parts: Won[] } | Refused<'coupon_minimum' | 'coupon_not_for_these'> {
  const isFor = (line: PricedLine) =>
    categories === null || line.categories.some((one) => categories.includes(one))
  if (!lines.some(isFor)) return refused('coupon_not_for_these')
  const weights = lines.map((line) => (line.subscription === null && isFor(line) ? line.lineTotal : won(0)))
  const goods = won(weights.reduce((sum, weight) => sum + weight, 0))
  if (goods < minimum || goods === 0) return refused('coupon_minimum', { facts: { minimum, goods } })
  // A won is left to be paid: nothing can be charged of nothing.
  const discount = won(Math.min(wished(off, goods), subtract(goods, won(1))))
  return { kind: 'parts', discount, parts: splitProportionally(discount, weights) }
}

/** A share of a won stays with the shop. */
function wished(off: CouponTerms['off'], goods: Won): number {
  if (off.kind === 'amount') return off.amount
  const share = Math.floor((goods * off.percent) / 100)
  return off.most === null ? share : Math.min(share, off.most)
}

/**
 * Price of an item: discount price = round-half-up(origin × rate), real price = origin − discount.
 *
 * The rate is an integer number of permille (125 = 12.5 %), because the merchant gives discounts in percent with
 * at most one decimal and permille holds exactly that: every rate has one form, equality and sorting are exact,
 * and no float enters a price. (Basis points would let in rates that no screen shows.)
 *
 * PostgreSQL computes the same from bigint columns, so the derived prices can be generated columns:
 * `discount_price = (origin_price * discount_permille + 500) / 1000`, `real_price = origin_price - discount_price`.
 */
import { subtract, type Won, won } from '../../../platform/money.ts'

declare const rateBrand: unique symbol

/** A discount rate in permille: an integer 0..1000. */
export type DiscountRate = number & { readonly [rateBrand]: 'DiscountRate' }

/** The three prices of an item, in won. `originPrice = discountPrice + realPrice`, always. */
export interface Price {
  readonly originPrice: Won
  /** What is taken off. */
  readonly discountPrice: Won
  /** What the customer pays for one. */
  readonly realPrice: Won
}

/** Why a rate was not accepted. */
export interface RateRefused {
  readonly kind: 'refused'
  readonly code: 'discount_rate_invalid'
}

/** Tells whether a number (from a row, for instance) is a rate in permille. */
export function isDiscountRate(permille: unknown): permille is DiscountRate {
  return typeof permille === 'number' && Number.isInteger(permille) && permille >= 0 && permille <= 1000
}

/** Makes a rate of permille. Throws RangeError outside the integers 0..1000: such a number is a bug. */
export function discountRate(permille: number): DiscountRate {
  const positive = permille === 0 ? 0 : permille
  if (!isDiscountRate(positive)) throw new RangeError(`not a discount rate in permille: ${permille}`)
  return positive
}

/** Reads a rate that a merchant gave in percent. Refuses what is outside 0..100 or has more than one decimal. */
export function discountRateOfPercent(percent: number): DiscountRate | RateRefused {
  const permille = Math.round(percent * 10)
  // n / 10 is the double nearest to that decimal, so this equality is exact for every percent with one decimal.
  const exact = permille / 10 === percent
  return exact && isDiscountRate(permille)
    ? discountRate(permille)
    : { kind: 'refused', code: 'discount_rate_invalid' }
}

/** A rate as percent for people and for JSON: 125 → 12.5. */
export function percentOf(rate: DiscountRate): number {
  return rate / 10
}

/** The prices of an item from its origin price and discount rate. Exact for every safe integer. */
export function priceOf(originPrice: Won, rate: DiscountRate): Price {
  // origin × rate may leave the safe integers; thousands and rest apart never do.
  const rest = originPrice % 1000
  const thousands = (originPrice - rest) / 1000
  const discountPrice = won(thousands * rate + Math.floor((rest * rate + 500) / 1000))
  return { originPrice, discountPrice, realPrice: subtract(originPrice, discountPrice) }
}

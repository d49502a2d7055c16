/**
 * Money: whole Korean won. KRW has no minor unit (ISO 4217 exponent 0), so every amount is an integer and
 * no rounding ever happens outside the named functions below. An amount is never negative: what flows back
 * is a refund with its own positive amount.
 */

declare const wonBrand: unique symbol

/** An amount in won: a safe integer ≥ 0. Made by {@link won} only, so a bare number never passes for money. */
export type Won = number & { readonly [wonBrand]: 'Won' }

/** Tells whether a number from outside (a row, a request, a provider's answer) can be money. */
export function isWon(amount: unknown): amount is Won {
  return typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0 && !Object.is(amount, -0)
}

/** Makes money of a number. Throws RangeError for fractions, negatives, NaN and unsafe integers: such a number is a bug. */
export function won(amount: number): Won {
  const positive = amount === 0 ? 0 : amount
  if (!isWon(positive)) throw new RangeError(`not an amount of won: ${amount}`)
  return positive
}

/** Nothing to pay. */
export const ZERO_WON: Won = won(0)

/** Sum of any number of amounts (none = 0 won). Throws RangeError on overflow. */
export function add(...amounts: readonly Won[]): Won {
  return amounts.reduce((sum, amount) => won(sum + amount), ZERO_WON)
}

/** `from − amount`. Throws RangeError when it would be negative: balances are checked before, not by this function. */
export function subtract(from: Won, amount: Won): Won {
  return won(from - amount)
}

/** Unit price × quantity (integer ≥ 0). Throws RangeError on a broken quantity or overflow. */
export function times(unit: Won, quantity: number): Won {
  if (!Number.isSafeInteger(quantity) || quantity < 0) throw new RangeError(`not a quantity: ${quantity}`)
  return won(unit * quantity)
}

/**
 * VAT contained in a price: prices include 10 % VAT, so vat = round((total − taxFree) / 11).
 * A half never occurs (11 is odd), so no rounding direction has to be chosen. KakaoPay computes the same by
 * default; another provider may differ by one won: show what the provider returned.
 * Throws RangeError when the tax-free part is larger than the total.
 */
export function vatOf(total: Won, taxFree: Won = ZERO_WON): Won {
  const taxable = subtract(total, taxFree)
  const rest = taxable % 11
  return won((taxable - rest) / 11 + (rest >= 6 ? 1 : 0))
}

/**
 * Splits an amount over lines in proportion to integer weights (their prices), by largest remainder; equal
 * remainders go to the earlier line. The parts always sum to the total, and while the total is not larger than
 * the weights together no part is larger than its weight, so a discount never exceeds its line.
 * Throws RangeError when there is something to split but nothing to carry it (no weights, or all zero).
 */
export function splitProportionally(total: Won, weights: readonly Won[]): Won[] {
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n)
  if (whole === 0n) {
    if (total > 0) throw new RangeError('cannot split an amount over lines without weight')
    return weights.map(() => ZERO_WON)
  }
  const shares = weights.map((weight, index) => {
    const product = BigInt(total) * BigInt(weight)
    return { index, part: Number(product / whole), remainder: product % whole }
  })
  const missing = total - shares.reduce((sum, share) => sum + share.part, 0)
  const raised = new Set(
    shares
      // Sorting is stable: of equal remainders the earlier line stays in front.
      .toSorted((a, b) => Number(b.remainder - a.remainder))
      .slice(0, missing)
      .map((share) => share.index),
  )
  return shares.map((share) => won(share.part + (raised.has(share.index) ? 1 : 0)))
}

/** What is known of a payment before one more partial refund. All amounts in won. */
export interface RefundedSoFar {
  /** VAT of the whole payment, as the provider recorded it. */
  readonly vatTotal: Won
  /** Taxable part of the whole payment, VAT included (total − tax-free). */
  readonly taxableTotal: Won
  /** Taxable part of all earlier refunds. */
  readonly taxableRefunded: Won
  /** VAT of all earlier refunds. */
  readonly vatRefunded: Won
}

/**
 * VAT of the next partial refund, by the cumulative rule:
 * `round(vatTotal × taxable refunded up to and with this one / taxableTotal) − VAT refunded before`, half up.
 * However a payment is cut up, the refunds' VAT sums to the payment's VAT, because the last one takes the rest.
 * Zero (never negative) when a provider's own rounding is already ahead of the rule.
 * Throws RangeError when more would be refunded than was taxable: the balance is reserved before this is asked.
 */
export function partialRefundVat(before: RefundedSoFar, taxableRefund: Won): Won {
  const cumulative = add(before.taxableRefunded, taxableRefund)
  if (cumulative > before.taxableTotal) throw new RangeError('refund exceeds the taxable amount')
  if (before.vatRefunded > before.vatTotal) throw new RangeError('more VAT refunded than was charged')
  if (before.taxableTotal === 0) return ZERO_WON
  const whole = BigInt(before.taxableTotal)
  const target = (2n * BigInt(before.vatTotal) * BigInt(cumulative) + whole) / (2n * whole)
  return won(Math.max(0, Number(target) - before.vatRefunded))
}

const grouped = new Intl.NumberFormat('en-US')

/** An amount for people: `12,300원` in Korean, `₩12,300` in English. */
export function formatWon(amount: Won, language: 'ko' | 'en'): string {
  return language === 'ko' ? `${grouped.format(amount)}원` : `₩${grouped.format(amount)}`
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
import { discountRate, discountRateOfPercent, isDiscountRate, percentOf, priceOf } from './price.ts'

const origins = fc
  .maxSafeInteger()
  .filter((n) => n >= 0)
  .map(won)
const rates = fc.integer({ min: 0, max: 1000 }).map(discountRate)

describe('priceOf', () => {
  test.each([
    [11_000, 0, 0, 11_000],
    [11_000, 1000, 11_000, 0],
    [10_000, 100, 1_000, 9_000],
    [9_990, 125, 1_249, 8_741],
    [5, 100, 1, 4],
    [4, 100, 0, 4],
    [15, 100, 2, 13],
    [1_005, 100, 101, 904],
    [0, 500, 0, 0],
    [1_000_001, 1, 1_000, 999_001],
  ])('%i won at %i permille: %i off, %i to pay', (origin, rate, off, pay) => {
    expect(priceOf(won(origin), discountRate(rate))).toEqual({
      originPrice: origin,
      discountPrice: off,
      realPrice: pay,
    })
  })

  test('is round-half-up of the exact product, for every safe origin', () => {
    fc.assert(
      fc.property(origins, rates, (origin, rate) => {
        const exact = (BigInt(origin) * BigInt(rate) + 500n) / 1000n
        const price = priceOf(origin, rate)
        expect(BigInt(price.discountPrice)).toBe(exact)
        expect(price.discountPrice + price.realPrice).toBe(origin)
      }),
    )
  })

  test('a higher rate never costs more', () => {
    fc.assert(
      fc.property(origins, rates, rates, (origin, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        expect(priceOf(origin, high).realPrice).toBeLessThanOrEqual(priceOf(origin, low).realPrice)
      }),
    )
  })
})

describe('discount rates', () => {
  test.each([-1, 1001, 0.5, Number.NaN])('%s is not a rate in permille', (n) => {
    expect(isDiscountRate(n)).toBe(false)
    expect(() => discountRate(n)).toThrow(RangeError)
  })

  test.each([-0.1, 100.1, 12.35, 0.05, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %s percent',
    (percent) => {
      expect(discountRateOfPercent(percent)).toEqual({ kind: 'refused', code: 'discount_rate_invalid' })
    },
  )

  test('every percent with one decimal comes back as it was written', () => {
    for (let permille = 0; permille <= 1000; permille += 1) {
      const percent = Number(`${Math.floor(permille / 10)}.${permille % 10}`)
      const rate = discountRateOfPercent(percent)
      expect(rate).toBe(permille)
      if (isDiscountRate(rate)) expect(percentOf(rate)).toBe(percent)
    }
  })
})

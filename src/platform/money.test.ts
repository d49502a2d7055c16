import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  add,
  formatWon,
  isWon,
  partialRefundVat,
  splitProportionally,
  subtract,
  times,
  vatOf,
  type Won,
  won,
} from './money.ts'

const amounts = (max = 10_000_000) => fc.integer({ min: 0, max }).map(won)
const anyAmount = fc
  .maxSafeInteger()
  .filter((n) => n >= 0)
  .map(won)

describe('won', () => {
  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])('%s is not money', (n) => {
    expect(() => won(n)).toThrow(RangeError)
    expect(isWon(n)).toBe(false)
  })

  test('zero has one form only', () => {
    expect(Object.is(won(-0), 0)).toBe(true)
    expect(isWon(-0)).toBe(false)
  })

  test('text and nothing are not money', () => {
    for (const value of ['100', null, undefined, 100n]) expect(isWon(value)).toBe(false)
  })

  test('the largest safe integer is money, one more is an error', () => {
    const most = won(Number.MAX_SAFE_INTEGER)
    expect(() => add(most, won(1))).toThrow(RangeError)
    expect(() => times(most, 2)).toThrow(RangeError)
    expect(times(most, 1)).toBe(most)
  })
})

describe('arithmetic', () => {
  test('adds none, one, many', () => {
    expect(add()).toBe(0)
    expect(add(won(5))).toBe(5)
    expect(add(won(5), won(6), won(7))).toBe(18)
  })

  test('a balance cannot become negative', () => {
    expect(subtract(won(10), won(10))).toBe(0)
    expect(() => subtract(won(10), won(11))).toThrow(RangeError)
  })

  test.each([-1, 1.5, Number.NaN])('%s is not a quantity', (quantity) => {
    for (const unit of [0, 100])
      expect(() => times(won(unit), quantity)).toThrow(`not a quantity: ${quantity}`)
  })

  test('times is repeated addition', () => {
    fc.assert(
      fc.property(amounts(), fc.integer({ min: 0, max: 99 }), (unit, quantity) => {
        expect(times(unit, quantity)).toBe(add(...Array.from({ length: quantity }, () => unit)))
      }),
    )
  })
})

describe('VAT', () => {
  test.each([
    [15_000, 0, 1_364],
    [4_900, 0, 445],
    [11_000, 0, 1_000],
    [11_000, 11_000, 0],
    [5, 0, 0],
    [6, 0, 1],
    [16, 0, 1],
    [17, 0, 2],
    [20_000, 9_000, 1_000],
  ])('of %i with %i tax free is %i', (total, taxFree, vat) => {
    expect(vatOf(won(total), won(taxFree))).toBe(vat)
  })

  test('defaults to nothing tax free', () => expect(vatOf(won(22_000))).toBe(2_000))

  test('tax free above the total is an error', () => {
    expect(() => vatOf(won(10), won(11))).toThrow(RangeError)
  })

  test('is the nearest integer to a eleventh, for every safe amount', () => {
    fc.assert(
      fc.property(anyAmount, (total) => {
        const distance = BigInt(vatOf(total)) * 11n - BigInt(total)
        expect(distance >= -5n && distance <= 5n).toBe(true)
      }),
    )
  })
})

describe('splitProportionally', () => {
  test.each<[number, number[], number[]]>([
    [100, [1, 1, 1], [34, 33, 33]],
    [1, [1, 1], [1, 0]],
    [10, [0, 5, 5], [0, 5, 5]],
    [7, [1, 2, 4], [1, 2, 4]],
    [3, [10, 20, 70], [0, 1, 2]],
    [1_000, [33_300, 66_700], [333, 667]],
    [0, [], []],
    [0, [0, 0], [0, 0]],
    [2, [1, 3], [1, 1]],
  ])('%i over %j is %j', (total, weights, parts) => {
    expect(splitProportionally(won(total), weights.map(won))).toEqual(parts)
  })

  test('needs somebody to carry it', () => {
    expect(() => splitProportionally(won(1), [])).toThrow('lines without weight')
    expect(() => splitProportionally(won(1), [won(0)])).toThrow('lines without weight')
  })

  test('sums exactly, stays within one won of the exact share, grows with the weight', () => {
    const lines = fc.array(amounts(), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(amounts(), lines, (total, weights) => {
        fc.pre(weights.some((weight) => weight > 0))
        const parts = splitProportionally(total, weights)
        expect(add(...parts)).toBe(total)
        const whole = weights.reduce<bigint>((sum, weight) => sum + BigInt(weight), 0n)
        for (const [i, part] of parts.entries()) {
          const off = BigInt(part) * whole - BigInt(total) * BigInt(weights[i] ?? -1)
          expect(off > -whole && off < whole).toBe(true)
          for (const [j, other] of parts.entries()) {
            if ((weights[i] ?? 0) > (weights[j] ?? 0)) expect(part).toBeGreaterThanOrEqual(other)
          }
        }
      }),
    )
  })

  test('a discount not above the whole never exceeds a line', () => {
    const lines = fc.array(amounts(), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(lines, fc.double({ min: 0, max: 1, noNaN: true }), (weights, part) => {
        const discount = won(Math.floor(add(...weights) * part))
        const parts = splitProportionally(discount, weights)
        for (const [i, share] of parts.entries()) expect(share).toBeLessThanOrEqual(weights[i] ?? -1)
      }),
    )
  })
})

describe('partialRefundVat', () => {
  const start = (taxable: Won, vat = vatOf(taxable)) => ({
    vatTotal: vat,
    taxableTotal: taxable,
    taxableRefunded: won(0),
    vatRefunded: won(0),
  })

  test('60 then 40 of 100 (VAT 9): 5 then 4', () => {
    const first = partialRefundVat(start(won(100)), won(60))
    expect(first).toBe(5)
    expect(
      partialRefundVat({ ...start(won(100)), taxableRefunded: won(60), vatRefunded: first }, won(40)),
    ).toBe(4)
  })

  test('a half goes up', () => expect(partialRefundVat(start(won(12), won(1)), won(6))).toBe(1))

  test('of nothing taxable is nothing', () => expect(partialRefundVat(start(won(0)), won(0))).toBe(0))

  test('never negative when the provider rounded ahead, and the last refund evens out', () => {
    const ahead = { ...start(won(1_000)), taxableRefunded: won(10), vatRefunded: won(5) }
    expect(partialRefundVat(ahead, won(10))).toBe(0)
    expect(partialRefundVat(ahead, won(990))).toBe(86)
  })

  test('refuses to give back more than was taken', () => {
    expect(() => partialRefundVat(start(won(100)), won(101))).toThrow('exceeds the taxable amount')
    expect(() => partialRefundVat({ ...start(won(100)), vatRefunded: won(10) }, won(1))).toThrow(
      'more VAT refunded than was charged',
    )
  })

  test('however a payment is cut up, the VAT of the refunds sums to its VAT', () => {
    fc.assert(
      fc.property(fc.array(amounts(500_000), { minLength: 1, maxLength: 12 }), (refunds) => {
        const taxable = add(...refunds)
        let state = start(taxable)
        for (const refund of refunds) {
          const vat = partialRefundVat(state, refund)
          expect(vat).toBeLessThanOrEqual(refund)
          state = {
            ...state,
            taxableRefunded: add(state.taxableRefunded, refund),
            vatRefunded: add(state.vatRefunded, vat),
          }
        }
        expect(state.vatRefunded).toBe(vatOf(taxable))
      }),
    )
  })
})

test('formats for people', () => {
  expect(formatWon(won(0), 'ko')).toBe('0원')
  expect(formatWon(won(1_234_567), 'ko')).toBe('1,234,567원')
  expect(formatWon(won(12_300), 'en')).toBe('₩12,300')
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { Period } from '../../../platform/time/period.ts'
import type { Category } from '../../catalog/index.ts'
import { type CouponTerms, couponParts } from './coupon.ts'
import { priceOfPieces, splitRefund, withPart } from './give-back.ts'
import { type Offer, priceLines, recurringOffer } from './order-total.ts'

const line = (price: number, subscription: Period | null = null, categories: string[] = []) => ({
  lineTotal: won(price),
  subscription,
  categories,
})
const amount = (off: number, minimum = 0): CouponTerms => ({
  id: 'c',
  off: { kind: 'amount', amount: won(off) },
  minimum: won(minimum),
  categories: null,
})
const percent = (off: number, most: number | null = null): CouponTerms => ({
  id: 'c',
  off: { kind: 'percent', percent: off, most: most === null ? null : won(most) },
  minimum: won(0),
  categories: null,
})
const monthly = { unit: 'months', count: 1 } as const

describe('what a coupon takes off', () => {
  it('is divided by largest remainder over what is bought once', () => {
    expect(couponParts(amount(1_000), [line(10_000), line(20_000, monthly), line(5_000)])).toEqual({
      kind: 'parts',
      discount: 1_000,
      parts: [667, 0, 333],
    })
  })

  it.each([
    [percent(10), 12_345, 1_234],
    [percent(10, 1_000), 12_345, 1_000],
    [percent(90), 1, 0],
    // A won is left to be paid.
    [amount(5_000), 3_000, 2_999],
  ])('%j of %i won: %i', (terms, goods, discount) => {
    expect(couponParts(terms, [line(goods)])).toMatchObject({ discount })
  })

  it('needs enough of what it is for', () => {
    const lines = [line(9_999), line(50_000, monthly)]
    expect(couponParts(amount(1_000, 10_000), lines)).toEqual({
      kind: 'refused',
      code: 'coupon_minimum',
      facts: { minimum: 10_000, goods: 9_999 },
    })
    expect(couponParts(amount(1_000, 9_999), lines)).toMatchObject({ discount: 1_000 })
    expect(couponParts(amount(1_000), [line(50_000, monthly)])).toMatchObject({ code: 'coupon_minimum' })
  })
})

describe('a coupon for some categories', () => {
  const forEyes = (terms: CouponTerms): CouponTerms => ({ ...terms, categories: ['EYE', 'LIVER'] })

  it('is divided over goods of one of them, and counts only these for its minimum', () => {
    const lines = [
      line(10_000, null, ['EYE', 'BONE']),
      line(7_000, null, ['SKIN']),
      line(5_000, null, ['LIVER']),
    ]
    expect(couponParts(forEyes(amount(3_000, 15_000)), lines)).toEqual({
      kind: 'parts',
      discount: 3_000,
      parts: [2_000, 0, 1_000],
    })
    expect(couponParts(forEyes(amount(3_000, 15_001)), lines)).toMatchObject({
      code: 'coupon_minimum',
      facts: { goods: 15_000 },
    })
    expect(couponParts(forEyes(percent(10)), lines)).toMatchObject({
      discount: 1_500,
      parts: [1_000, 0, 500],
    })
  })

  it('is for nothing where there is nothing of them, and not for what comes again', () => {
    expect(couponParts(forEyes(amount(1_000)), [line(10_000, null, ['SKIN']), line(5_000)])).toEqual({
      kind: 'refused',
      code: 'coupon_not_for_these',
    })
    expect(couponParts(forEyes(amount(1_000)), [line(10_000, monthly, ['EYE'])])).toMatchObject({
      code: 'coupon_minimum',
    })
  })
})

const anyOffer = fc.record({
  categories: fc.subarray<Category>(['EYE', 'SKIN', 'LIVER']),
  price: fc.integer({ min: 1, max: 300_000 }),
  quantity: fc.integer({ min: 1, max: 99 }),
  recurring: fc.boolean(),
})
const anyTerms = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 1, max: 50_000 }).map((off) => amount(off)),
      fc.integer({ min: 1, max: 90 }).map((off) => percent(off)),
    ),
    fc.constantFrom(null, ['EYE'], ['SKIN', 'LIVER']),
  )
  .map(([terms, categories]): CouponTerms => ({ ...terms, categories }))

/** An order of these lines, with and without the coupon. */
function orderOf(
  offers: readonly { price: number; quantity: number; recurring: boolean; categories: Category[] }[],
  coupon: CouponTerms,
  recurringDiscount: number,
) {
  const items = offers.map(
    ({ price, categories }, index): Offer => ({
      id: String(index),
      name: '상품',
      enterprise: '건강제약',
      thumbnail: null,
      status: 'on_sale',
      available: 99,
      originPrice: won(price),
      discountPrice: won(0),
      taxFree: false,
      categories,
      realPrice: won(price),
    }),
  )
  const asked = offers.map(({ quantity, recurring }, index) => ({
    itemId: String(index),
    quantity,
    subscription: recurring ? monthly : null,
  }))
  const terms = { delivery: { fee: won(3_000), freeFrom: won(30_000) }, recurringDiscount }
  return {
    plain: priceLines(asked, items, terms, undefined),
    priced: priceLines(asked, items, terms, undefined, coupon),
  }
}

describe('an order with a coupon', () => {
  const anyOrder = [
    fc.array(anyOffer, { minLength: 1, maxLength: 6 }),
    anyTerms,
    fc.integer({ min: 0, max: 50 }),
  ] as const

  it('costs what the lines sum up to with the delivery, and less than without it by exactly what it takes off', () => {
    fc.assert(
      fc.property(...anyOrder, (offers, coupon, recurringDiscount) => {
        const { plain, priced } = orderOf(offers, coupon, recurringDiscount)
        if (priced.kind === 'refused') {
          expect(['coupon_minimum', 'coupon_not_for_these']).toContain(priced.code)
          return
        }
        if (plain.kind === 'refused') throw new Error(plain.code)
        const discount = priced.coupon?.discount ?? 0
        const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)
        expect(sum(priced.lines.map(({ couponDiscount }) => couponDiscount))).toBe(discount)
        expect(priced.total).toBe(plain.total - discount)
        expect(priced.total).toBe(sum(priced.lines.map(({ lineTotal }) => lineTotal)) + priced.deliveryFee)
        expect(priced.originTotal - priced.discountTotal + priced.deliveryFee).toBe(priced.total)
        expect(priced.total).toBeGreaterThan(0)
        const { categories } = coupon
        for (const [index, { couponDiscount, subscription, lineTotal }] of priced.lines.entries()) {
          expect(lineTotal).toBeGreaterThanOrEqual(0)
          const isFor =
            categories === null || offers[index]?.categories.some((one) => categories.includes(one))
          if (subscription || !isFor) expect(couponDiscount).toBe(0)
        }
      }),
    )
  })

  it('gives back what was paid, piece by piece, and never more', () => {
    fc.assert(
      fc.property(...anyOrder, (offers, coupon, recurringDiscount) => {
        const { priced } = orderOf(offers, coupon, recurringDiscount)
        if (priced.kind === 'refused') return
        let order = { lines: priced.lines, deliveryFee: priced.deliveryFee }
        let back = 0
        for (const { lineNo, quantity } of priced.lines) {
          for (let piece = 0; piece < quantity; piece += 1) {
            const wish = { lines: [{ lineNo, quantity: 1 }], deliveryFee: true }
            const split = splitRefund(order, wish)
            if (split.kind === 'refused') {
              expect(split.code).toBe('refund_of_nothing')
              continue
            }
            back += split.amount
            const [part] = split.parts
            order = { ...order, lines: order.lines.map((line) => withPart(line, part, 1)) }
          }
        }
        expect(back).toBeLessThanOrEqual(priced.total)
        const line = priced.lines[0]
        if (line) expect(priceOfPieces(line, line.quantity)).toBe(line.lineTotal)
      }),
      { numRuns: 40 },
    )
  })
})

describe('what comes again', () => {
  const prices = (realPrice: number) => ({
    originPrice: won(20_000),
    discountPrice: won(20_000 - realPrice),
    realPrice: won(realPrice),
  })

  it('costs less by whole percent, of which a share of a won stays with the shop', () => {
    expect(recurringOffer(prices(9_999), 5)).toEqual({
      originPrice: 20_000,
      discountPrice: 10_500,
      realPrice: 9_500,
    })
    expect(recurringOffer(prices(1), 50).realPrice).toBe(1)
    expect(recurringOffer(prices(9_999), 0)).toEqual(prices(9_999))
  })
})

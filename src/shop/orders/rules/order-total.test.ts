import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { subtract, won } from '../../../platform/money.ts'
import type { Period } from '../../../platform/time/period.ts'
import { type DeliveryPolicy, FREE_DELIVERY } from './delivery-fee.ts'
import { MAX_TOTAL, mergeLines, type Offer, priceLines } from './order-total.ts'

function item(id: string, origin: number, discount = 0, status: Offer['status'] = 'on_sale'): Offer {
  const [originPrice, discountPrice] = [won(origin), won(discount)]
  const prices = { originPrice, discountPrice, realPrice: subtract(originPrice, discountPrice) }
  const about = {
    name: `상품 ${id}`,
    enterprise: '건강제약',
    thumbnail: null,
    available: 99,
    taxFree: false,
    categories: [],
  }
  return { id, ...about, status, ...prices }
}

/** Prices of a shop with this delivery. */
const at = (delivery: DeliveryPolicy, recurringDiscount = 0) => ({ delivery, recurringDiscount })

const invalid = (code: string, ko: string, en: string) => ({
  kind: 'refused',
  code: 'invalid_request',
  errors: [{ field: 'body.lines', code, message: { ko, en } }],
})

describe('lines', () => {
  it('with the same item become one, in the place of the first', () => {
    const asked = [
      { itemId: 'b', quantity: 1 },
      { itemId: 'a', quantity: 2 },
      { itemId: 'B', quantity: 3 },
    ]
    expect(mergeLines(asked)).toEqual({
      kind: 'merged',
      lines: [
        { itemId: 'b', quantity: 4, subscription: null },
        { itemId: 'a', quantity: 2, subscription: null },
      ],
    })
  })

  it('of the same item and period add up; the same item once and recurring, or in two periods, is refused', () => {
    const days = (count: number) => ({ unit: 'days', count }) as const
    const twice = [
      { itemId: 'b', quantity: 1, subscription: days(30) },
      { itemId: 'B', quantity: 3, subscription: days(30) },
    ]
    expect(mergeLines(twice)).toEqual({
      kind: 'merged',
      lines: [{ itemId: 'b', quantity: 4, subscription: days(30) }],
    })
    for (const subscription of [null, days(60), { unit: 'months', count: 30 } as const]) {
      const mixed = [...twice, { itemId: 'b', quantity: 1, subscription }]
      expect(mergeLines(mixed)).toEqual(
        invalid(
          'mixed_periods',
          '같은 상품의 일반 구매와 정기배송, 또는 다른 주기의 정기배송은 따로 주문해 주세요.',
          'Please order an item once and recurring, or in different periods, in separate orders.',
        ),
      )
    }
  })

  it.each([
    ['none', []],
    ['more than 50', Array.from({ length: 51 }, (_, n) => ({ itemId: `${n}`, quantity: 1 }))],
  ])('are refused when there are %s', (_, asked) => {
    expect(mergeLines(asked)).toEqual(
      invalid('line_count', '상품은 1~50종까지 주문할 수 있습니다.', 'An order has 1 to 50 lines.'),
    )
  })

  it('may be 50', () => {
    const asked = Array.from({ length: 50 }, (_, n) => ({ itemId: `${n}`, quantity: 1 }))
    expect(mergeLines(asked)).toMatchObject({ kind: 'merged' })
  })

  it.each([0, -1, 1.5, 100, Number.NaN])('are refused with the quantity %s', (quantity) => {
    const refusal = invalid(
      'quantity',
      '수량은 상품마다 1~99개입니다.',
      'The quantity of an item is 1 to 99.',
    )
    expect(mergeLines([{ itemId: 'a', quantity }])).toEqual(refusal)
    expect(
      mergeLines([
        { itemId: 'b', quantity: 1 },
        { itemId: 'a', quantity },
      ]),
    ).toEqual(refusal)
  })

  it('are refused when equal items add up to more than 99, and accepted at 99', () => {
    const lines = (...quantities: number[]) => quantities.map((quantity) => ({ itemId: 'a', quantity }))
    expect(mergeLines(lines(50, 50))).toMatchObject({ code: 'invalid_request' })
    expect(mergeLines(lines(50, 49))).toMatchObject({ kind: 'merged' })
  })
})

describe('the total', () => {
  it('takes the discount off once', () => {
    const priced = priceLines(
      [{ itemId: 'a', quantity: 2 }],
      [item('a', 10_000, 1_000)],
      at(FREE_DELIVERY),
      18_000,
    )
    expect(priced).toMatchObject({
      kind: 'priced',
      originTotal: 20_000,
      discountTotal: 2_000,
      total: 18_000,
      itemCount: 2,
      lines: [{ lineNo: 1, unitPrice: 9_000, discountUnitPrice: 1_000, lineTotal: 18_000 }],
    })
  })

  it('has the delivery fee on top, until the goods after discounts reach the threshold or come again', () => {
    const delivery = { fee: won(3_000), freeFrom: won(18_001) }
    const priced = (freeFrom: number, subscription: Period | null = null) =>
      priceLines(
        [{ itemId: 'a', quantity: 2, subscription }],
        [item('a', 10_000, 1_000)],
        at({ ...delivery, freeFrom: won(freeFrom) }),
        undefined,
      )
    expect(priced(18_001)).toMatchObject({ originTotal: 20_000, deliveryFee: 3_000, total: 21_000 })
    expect(priced(18_000)).toMatchObject({ deliveryFee: 0, total: 18_000 })
    expect(priced(18_001, { unit: 'days', count: 30 })).toMatchObject({ deliveryFee: 0, total: 18_000 })
    const shown = priceLines([{ itemId: 'a', quantity: 2 }], [item('a', 10_000, 1_000)], at(delivery), 18_000)
    expect(shown).toMatchObject({ code: 'total_changed', facts: { currentTotal: 21_000 } })
  })

  it('takes the recurring discount off what comes again and off nothing else; one such line frees the delivery', () => {
    const asked = [
      { itemId: 'a', quantity: 2, subscription: null },
      { itemId: 'b', quantity: 3, subscription: { unit: 'months', count: 1 } as const },
    ]
    const items = [item('a', 10_000), item('b', 10_000, 1_000)]
    const sent = { fee: won(3_000), freeFrom: won(1_000_000) }
    expect(priceLines(asked, items, at(sent, 5), 45_650)).toMatchObject({
      originTotal: 50_000,
      discountTotal: 4_350,
      deliveryFee: 0,
      total: 45_650,
      lines: [
        { unitPrice: 10_000, discountUnitPrice: 0, lineTotal: 20_000 },
        { unitPrice: 8_550, discountUnitPrice: 1_450, lineTotal: 25_650 },
      ],
    })
  })

  it('is less by what a coupon takes off; one that takes nothing off is not used up', () => {
    const asked = [
      { itemId: 'a', quantity: 2 },
      { itemId: 'b', quantity: 1 },
    ]
    const items = [item('a', 10_000), item('b', 10_000, 1_000)]
    const coupon = {
      id: 'c',
      off: { kind: 'amount', amount: won(2_900) },
      minimum: won(29_000),
      categories: null,
    } as const
    const priced = priceLines(asked, items, at(FREE_DELIVERY), 26_100, coupon)
    expect(priced).toMatchObject({
      discountTotal: 3_900,
      total: 26_100,
      lines: [
        { couponDiscount: 2_000, lineTotal: 18_000 },
        { couponDiscount: 900, lineTotal: 8_100 },
      ],
      coupon: { id: 'c', discount: 2_900 },
    })
    expect(priceLines(asked, items, at(FREE_DELIVERY), undefined)).toMatchObject({
      total: 29_000,
      coupon: null,
    })
    const idle = {
      id: 'c',
      off: { kind: 'percent', percent: 90, most: null },
      minimum: won(0),
      categories: null,
    } as const
    const one = priceLines([{ itemId: 'w', quantity: 1 }], [item('w', 1)], at(FREE_DELIVERY), 1, idle)
    expect(one).toMatchObject({ total: 1, coupon: null })
  })

  it('is refused with the right one when the client showed another', () => {
    const refusal = priceLines([{ itemId: 'a', quantity: 1 }], [item('a', 10_000)], at(FREE_DELIVERY), 9_999)
    expect(refusal).toMatchObject({ code: 'total_changed', facts: { currentTotal: 10_000 } })
  })

  it.each([
    ['item_not_found', [] as Offer[]],
    ['item_not_on_sale', [item('a', 1_000, 0, 'hidden')]],
    ['out_of_stock', [item('a', 1_000, 0, 'sold_out')]],
    ['out_of_stock', [{ ...item('a', 1_000), available: 0 }]],
  ])('is refused: %s', (code, items) => {
    expect(priceLines([{ itemId: 'a', quantity: 1 }], items, at(FREE_DELIVERY), undefined)).toMatchObject({
      code,
      facts: { itemId: 'a' },
    })
  })

  it('is refused before any amount could overflow', () => {
    const dear = [item('a', Number.MAX_SAFE_INTEGER)]
    expect(priceLines([{ itemId: 'a', quantity: 99 }], dear, at(FREE_DELIVERY), undefined)).toMatchObject({
      code: 'order_total_too_large',
      facts: { maximum: MAX_TOTAL },
    })
    const half = [item('a', MAX_TOTAL / 2 + 1)]
    expect(priceLines([{ itemId: 'a', quantity: 2 }], half, at(FREE_DELIVERY), undefined)).toMatchObject({
      code: 'order_total_too_large',
    })
    const exact = [item('a', MAX_TOTAL / 2)]
    expect(priceLines([{ itemId: 'a', quantity: 2 }], exact, at(FREE_DELIVERY), undefined)).toMatchObject({
      total: MAX_TOTAL,
    })
    const sent = { fee: won(1), freeFrom: won(MAX_TOTAL + 1) }
    expect(priceLines([{ itemId: 'a', quantity: 2 }], exact, at(sent), undefined)).toMatchObject({
      code: 'order_total_too_large',
    })
    const dearest = [item('a', MAX_TOTAL)]
    expect(priceLines([{ itemId: 'a', quantity: 1 }], dearest, at(FREE_DELIVERY), undefined)).toMatchObject({
      total: MAX_TOTAL,
    })
  })

  it('always is origin − discount + delivery, and the sum of its lines and the delivery', () => {
    const piece = fc.record({
      origin: fc.integer({ min: 0, max: 400_000 }),
      share: fc.integer({ min: 0, max: 100 }),
      quantity: fc.integer({ min: 1, max: 99 }),
    })
    const policy = fc.record({
      fee: fc.integer({ min: 0, max: 10_000 }).map(won),
      freeFrom: fc.integer({ min: 0, max: 100_000 }).map(won),
    })
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 50 }), policy, (pieces, delivery) => {
        const items = pieces.map((p, n) => item(`${n}`, p.origin, Math.floor((p.origin * p.share) / 100)))
        const asked = pieces.map((p, n) => ({ itemId: `${n}`, quantity: p.quantity }))
        const priced = priceLines(asked, items.toReversed(), at(delivery), undefined)
        if (priced.kind === 'refused') throw new Error(priced.code)
        expect(priced.originTotal - priced.discountTotal + priced.deliveryFee).toBe(priced.total)
        const goods = priced.lines.reduce((sum, line) => sum + line.lineTotal, 0)
        expect(goods + priced.deliveryFee).toBe(priced.total)
        expect(priced.deliveryFee).toBe(goods > 0 && goods < delivery.freeFrom ? delivery.fee : 0)
        expect(priced.itemCount).toBe(pieces.reduce((sum, p) => sum + p.quantity, 0))
        for (const [n, line] of priced.lines.entries()) {
          expect(line).toMatchObject({ lineNo: n + 1, itemId: `${n}` })
          expect(line.originUnitPrice - line.discountUnitPrice).toBe(line.unitPrice)
        }
        expect(priceLines(asked, items, at(delivery), priced.total)).toMatchObject({ kind: 'priced' })
        expect(priceLines(asked, items, at(delivery), priced.total + 1)).toMatchObject({
          code: 'total_changed',
        })
      }),
    )
  })
})

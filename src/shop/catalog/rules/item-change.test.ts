import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { changedOffer, changedStock, maxStock, type Offer } from './item-change.ts'
import { discountRate } from './price.ts'

const offer: Offer = {
  originPrice: won(10_000),
  discountRate: discountRate(100),
  taxFree: false,
  status: 'on_sale',
  thumbnail: null,
  descriptionImage: null,
}

describe('changing an offer', () => {
  it('says what became different, and nothing when all already is as wished', () => {
    expect(changedOffer(offer, {})).toEqual({ kind: 'offer', offer, changed: [] })
    expect(
      changedOffer(offer, { originPrice: 10_000, discountPercent: 10, status: 'on_sale' }),
    ).toMatchObject({
      changed: [],
    })
    expect(
      changedOffer(offer, {
        originPrice: 9_000,
        discountPercent: 12.5,
        status: 'sold_out',
        thumbnail: '/a.png',
      }),
    ).toEqual({
      kind: 'offer',
      offer: {
        ...offer,
        originPrice: 9_000,
        discountRate: 125,
        status: 'sold_out',
        thumbnail: '/a.png',
      },
      changed: ['price', 'status', 'picture'],
    })
    // The tax is a part of the price.
    expect(changedOffer(offer, { taxFree: true })).toEqual({
      kind: 'offer',
      offer: { ...offer, taxFree: true },
      changed: ['price'],
    })
    expect(changedOffer({ ...offer, taxFree: true }, { status: 'on_sale' })).toMatchObject({
      offer: { taxFree: true },
      changed: [],
    })
  })

  it('refuses rates finer than a tenth of a percent and shown items without a price', () => {
    expect(changedOffer(offer, { discountPercent: 12.55 })).toMatchObject({ code: 'discount_rate_invalid' })
    expect(changedOffer(offer, { discountPercent: 100 })).toMatchObject({ code: 'item_without_price' })
    expect(changedOffer(offer, { originPrice: 0 })).toMatchObject({ code: 'item_without_price' })
    expect(changedOffer(offer, { originPrice: 0, status: 'hidden' })).toMatchObject({ kind: 'offer' })
    expect(() => changedOffer(offer, { originPrice: 100_000_001 })).toThrow(RangeError)
  })
})

describe('changing stock', () => {
  it('never goes below what orders hold, nor above what can be recorded', () => {
    const stock = { onHand: 10, held: 4 }
    expect(changedStock(stock, { delta: -6, reason: 'broken' })).toEqual({ kind: 'stock', onHand: 4 })
    expect(changedStock(stock, { delta: -7, reason: 'broken' })).toMatchObject({
      code: 'stock_below_held',
      facts: { onHand: 10, held: 4 },
    })
    expect(changedStock(stock, { delta: maxStock, reason: 'too many' })).toMatchObject({
      code: 'stock_too_large',
    })
  })
})

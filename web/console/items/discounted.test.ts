import fc from 'fast-check'
import { expect, test } from 'vitest'
import { won } from '../../../src/platform/money.ts'
import { discountRateOfPercent, priceOf } from '../../../src/shop/catalog/rules/price.ts'
import { discounted } from './discounted.ts'

test('the price that is shown before it is saved is the one the server makes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100_000_000 }),
      fc.integer({ min: 0, max: 1_000 }),
      (price, permille) => {
        const percent = permille / 10
        const rate = discountRateOfPercent(percent)
        if (typeof rate !== 'number') throw new Error(rate.code)
        expect(discounted(price, percent)).toBe(priceOf(won(price), rate).realPrice)
      },
    ),
  )
})

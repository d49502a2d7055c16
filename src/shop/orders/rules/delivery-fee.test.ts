import { expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { deliveryFee, FREE_DELIVERY } from './delivery-fee.ts'

const policy = { fee: won(3_000), freeFrom: won(30_000) }

it.each([
  [0, false, 0],
  [1, false, 3_000],
  [29_999, false, 3_000],
  [30_000, false, 0],
  [30_001, false, 0],
  [1, true, 0],
  [30_000, true, 0],
])('goods of %i won, recurring %s: %i won', (goods, recurring, fee) => {
  expect(deliveryFee(policy, { goods: won(goods), recurring })).toBe(fee)
})

it('is nothing where delivery is free, and never nothing below a threshold nobody reaches', () => {
  expect(deliveryFee(FREE_DELIVERY, { goods: won(1), recurring: false })).toBe(0)
  expect(deliveryFee(FREE_DELIVERY, { goods: won(0), recurring: false })).toBe(0)
  const always = { fee: won(2_500), freeFrom: won(Number.MAX_SAFE_INTEGER) }
  expect(deliveryFee(always, { goods: won(2_000_000_000), recurring: false })).toBe(2_500)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
import { type SampleItem, sampleOrder } from './sample-order.ts'

const now = Temporal.Instant.from('2026-11-21T07:30:00Z')
const items: SampleItem[] = Array.from({ length: 40 }, (_, n) => ({
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  name: `item ${n}`,
  enterprise: 'maker',
  thumbnail: null,
  originPrice: won(10_000 + n),
  discountPrice: won(n),
  realPrice: won(10_000),
}))
const orderAt = (index: number, seed = '1') => sampleOrder(items, { seed, index, now })
const anyIndex = fc.nat(1_000_000)

describe('an invented order', () => {
  test('is the same for the same seed and index, and another one otherwise', () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        expect(orderAt(index)).toEqual(orderAt(index))
        expect(orderAt(index, '2')).not.toEqual(orderAt(index))
      }),
    )
  })

  test('keeps its id under every seed, so that seeding twice never doubles', () => {
    fc.assert(fc.property(anyIndex, (index) => orderAt(index, 'a').id === orderAt(index, 'b').id))
  })

  test('adds up, and everything in it happened in order within the last year', () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        const order = orderAt(index)
        expect(order.total).toBe(order.lines.reduce((sum, line) => sum + line.lineTotal, 0))
        const instants = [
          now.subtract({ hours: 365 * 24 }),
          order.placedAt,
          ...('payment' in order ? [order.payment.at] : []),
          ...('shippedAt' in order && order.shippedAt ? [order.shippedAt] : []),
          ...('closing' in order ? [order.closing.at] : []),
          now,
        ]
        expect(instants).toEqual(instants.toSorted((a, b) => Temporal.Instant.compare(a, b)))
      }),
    )
  })

  test('has a number of its own', () => {
    const numbers = Array.from({ length: 5_000 }, (_, index) => orderAt(index).orderNumber)
    expect(new Set(numbers).size).toBe(5_000)
  })

  test('cannot be made of nothing', () => {
    expect(() => sampleOrder([], { seed: '1', index: 0, now })).toThrow(RangeError)
  })
})

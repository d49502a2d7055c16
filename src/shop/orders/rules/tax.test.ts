import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitProportionally, subtract, times, vatOf, won } from '../../../platform/money.ts'
import { sampleOrder } from '../order-states.fixture.ts'
import { feeShares, splitRefund, withPart } from './give-back.ts'
import type { Order } from './order.ts'
import { taxFreeIn, taxFreeOf } from './tax.ts'

type Paid = Pick<Order, 'lines' | 'deliveryFee'>

/** Two lines, 20,000 and 10,000, and 3,000 for the delivery. */
const paid = (...taxFree: boolean[]): Paid => {
  const { lines } = sampleOrder('paid')
  return {
    deliveryFee: won(3_000),
    lines: lines.map((line, index) => ({ ...line, taxFree: taxFree[index] ?? false })),
  }
}

describe('the tax-free part of an order', () => {
  it('is what is paid for tax-free lines, and their share of the delivery', () => {
    expect(taxFreeOf(paid(false, false))).toBe(0)
    expect(taxFreeOf(paid(true, false))).toBe(22_000)
    expect(taxFreeOf(paid(false, true))).toBe(11_000)
    expect(taxFreeOf(paid(true, true))).toBe(33_000)
  })

  it('of a refund is what of it goes back for them', () => {
    const { lines } = paid(false, true)
    const both = [
      { lineNo: 1, goods: won(700), fee: won(20) },
      { lineNo: 2, goods: won(300), fee: won(10) },
    ]
    expect(taxFreeIn(lines, both)).toBe(310)
    expect(taxFreeIn(lines, both.slice(0, 1))).toBe(0)
  })

  it('goes back whole, however an order with coupon and fee is given back', () => {
    const line = fc.record({
      price: fc.integer({ min: 1, max: 50_000 }),
      quantity: fc.integer({ min: 1, max: 9 }),
      taxFree: fc.boolean(),
    })
    const step = fc.record({
      line: fc.nat(3),
      pieces: fc.integer({ min: 1, max: 9 }),
      amount: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
      over: fc.boolean(),
      fee: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 0, max: 99 }),
        fc.array(step, { maxLength: 8 }),
        (sold, fee, percent, steps) => {
          const [model] = sampleOrder('paid').lines
          if (!model) throw new Error('an order without lines')
          const prices = sold.map(({ price, quantity }) => times(won(price), quantity))
          const goods = prices.reduce((sum, price) => sum + price, 0)
          const off = splitProportionally(won(Math.floor((goods * percent) / 100)), prices)
          let order: Paid = {
            deliveryFee: won(fee),
            lines: sold.map(({ price, quantity, taxFree }, index) => ({
              ...model,
              lineNo: index + 1,
              quantity,
              unitPrice: won(price),
              lineTotal: subtract(prices[index] ?? won(0), off[index] ?? won(0)),
              taxFree,
            })),
          }
          const total = order.lines.reduce((sum, { lineTotal }) => sum + lineTotal, fee)
          const free = taxFreeOf(order)
          expect(free).toBeLessThanOrEqual(total)
          expect(vatOf(won(total), free)).toBeLessThanOrEqual(total - free)
          let back = 0
          const give = (wish: Parameters<typeof splitRefund>[1]) => {
            const split = splitRefund(order, wish)
            if (split.kind === 'refused') return
            back += taxFreeIn(order.lines, split.parts)
            expect(taxFreeIn(order.lines, split.parts)).toBeLessThanOrEqual(split.amount)
            const { parts } = split
            const lines = order.lines.map((one) =>
              withPart(
                one,
                parts.find(({ lineNo }) => lineNo === one.lineNo),
                1,
              ),
            )
            order = { ...order, lines }
          }
          for (const { line: n, pieces: quantity, amount, over, fee: deliveryFee } of steps)
            give(
              over && amount !== undefined
                ? { amount, deliveryFee }
                : { lines: [{ lineNo: n + 1, quantity, amount }], deliveryFee },
            )
          const shares = feeShares(order)
          const left = order.lines.reduce(
            (sum, one, index) =>
              sum + one.lineTotal - one.refund.goods + (shares[index] ?? 0) - one.refund.fee,
            0,
          )
          if (left > 0) give({ amount: left, deliveryFee: true })
          expect(back).toBe(free)
        },
      ),
    )
  })
})

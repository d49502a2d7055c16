import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../src/platform/money.ts'
import { sampleOrder } from '../../../src/shop/orders/order-states.fixture.ts'
import { type LinePart, splitRefund, withPart } from '../../../src/shop/orders/rules/give-back.ts'
import type { OrderLine } from '../../../src/shop/orders/rules/order.ts'
import { amountOfPieces, leftOf, type Refundable } from './whats-left.ts'

interface Paid {
  lines: readonly OrderLine[]
  deliveryFee: ReturnType<typeof won>
}

const OPEN = { paidAt: '2026-11-29T00:00:00Z', closedAt: null, refundRequestedAt: null }

const seen = ({ lines, deliveryFee }: Paid): Refundable => ({
  ...OPEN,
  lines,
  amounts: { deliveryFee, total: lines.reduce((sum, { lineTotal }) => sum + lineTotal, 0) + deliveryFee },
})

const refundOf = (parts: readonly LinePart[], state: 'requested' | 'given' | 'declined' = 'given') => ({
  state,
  lines: parts.map(({ fee, ...part }) => ({ ...part, cancelled: 0, deliveryFee: fee })),
})

/** Two lines of some pieces at some prices, less what a coupon took off. */
const anyPaid = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 50_000 }),
        fc.integer({ min: 0, max: 99 }),
      ),
      {
        minLength: 2,
        maxLength: 2,
      },
    ),
    fc.integer({ min: 0, max: 4_000 }),
  )
  .map(
    ([shapes, fee]): Paid => ({
      deliveryFee: won(fee),
      lines: sampleOrder('paid').lines.map((line, index) => {
        const [quantity, price, percent] = shapes[index] ?? [1, 1, 0]
        const couponDiscount = Math.floor((price * quantity * percent) / 100)
        return {
          ...line,
          quantity,
          unitPrice: won(price),
          couponDiscount: won(couponDiscount),
          lineTotal: won(price * quantity - couponDiscount),
        }
      }),
    }),
  )

const anyWish = fc.record({
  pieces: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })),
  deliveryFee: fc.boolean(),
})

describe('what is shown before a refund', () => {
  it('is what the server will give back, however an order is cut up', () => {
    let compared = 0
    fc.assert(
      fc.property(anyPaid, fc.array(anyWish, { minLength: 1, maxLength: 4 }), (paid, wishes) => {
        let order = paid
        const refunds: ReturnType<typeof refundOf>[] = []
        for (const { pieces, deliveryFee } of wishes) {
          const left = leftOf(seen(order), refunds)
          const wanted = Object.fromEntries(
            order.lines.map(({ lineNo }, index) => [
              lineNo,
              Math.min(pieces[index] ?? 0, left.lines[index]?.pieces ?? 0),
            ]),
          )
          const lines = Object.entries(wanted)
            .map(([lineNo, quantity]) => ({ lineNo: Number(lineNo), quantity }))
            .filter(({ quantity }) => quantity > 0)
          const split = splitRefund(order, { lines, deliveryFee })
          const shown = amountOfPieces(seen(order), left, wanted, deliveryFee)
          expect(shown).toBe(split.kind === 'split' ? split.amount : 0)
          if (split.kind !== 'split') continue
          compared += 1
          refunds.push(refundOf(split.parts))
          order = {
            ...order,
            lines: order.lines.map((line) =>
              withPart(
                line,
                split.parts.find(({ lineNo }) => lineNo === line.lineNo),
                1,
              ),
            ),
          }
          const given = order.lines.reduce((sum, { refund }) => sum + refund.goods + refund.fee, 0)
          expect(leftOf(seen(order), refunds).total).toBe(seen(order).amounts.total - given)
        }
      }),
    )
    expect(compared).toBeGreaterThan(50)
  })

  it('counts what was declined as still there, and nothing of what is on its way back as a whole', () => {
    const order = seen({ ...sampleOrder('paid'), deliveryFee: won(3_000) })
    const part = { lineNo: 1, pieces: 1, goods: won(10_000), fee: won(0) }
    expect(leftOf(order, []).total).toBe(33_000)
    expect(leftOf(order, [refundOf([part], 'requested')]).total).toBe(23_000)
    expect(leftOf(order, [refundOf([part], 'declined')]).total).toBe(33_000)
    expect(leftOf({ ...order, refundRequestedAt: '2026-11-29T00:00:00Z' }, []).total).toBe(0)
    expect(leftOf({ ...order, closedAt: '2026-11-29T00:00:00Z' }, []).total).toBe(0)
    expect(leftOf({ ...order, paidAt: null }, []).total).toBe(0)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Won, won } from '../../../platform/money.ts'
import { sampleOrder } from '../order-states.fixture.ts'
import { feeShares, type RefundSplit, type RefundWish, splitRefund, withPart } from './give-back.ts'
import type { OrderLine } from './order.ts'

interface Paid {
  lines: readonly OrderLine[]
  deliveryFee: Won
}

/** Two lines, 2 × 10,000 and 1 × 10,000, and 3,000 for the delivery. */
const paid = (deliveryFee = 3_000): Paid => ({ ...sampleOrder('paid'), deliveryFee: won(deliveryFee) })

function split(order: Paid, wish: Partial<RefundWish>): RefundSplit {
  const result = splitRefund(order, { deliveryFee: false, ...wish })
  if (result.kind === 'refused') throw new Error(result.code)
  return result
}
const codeOf = (order: Paid, wish: Partial<RefundWish>) => {
  const result = splitRefund(order, { deliveryFee: false, ...wish })
  return result.kind === 'refused' ? result.code : result.kind
}
const given = (order: Paid, { parts }: RefundSplit): Paid => ({
  ...order,
  lines: order.lines.map((line) =>
    withPart(
      line,
      parts.find(({ lineNo }) => lineNo === line.lineNo),
      1,
    ),
  ),
})
const givenOf = ({ lines }: Paid) => lines.reduce((sum, { refund }) => sum + refund.goods + refund.fee, 0)
const totalOf = ({ lines, deliveryFee }: Paid) =>
  lines.reduce((sum, { lineTotal }) => sum + lineTotal, 0) + deliveryFee

describe('a refund of pieces', () => {
  it('is their price, and with the fee their share of it', () => {
    expect(split(paid(), { lines: [{ lineNo: 1, quantity: 1 }] })).toEqual({
      kind: 'split',
      parts: [{ lineNo: 1, pieces: 1, goods: 10_000, fee: 0 }],
      amount: 10_000,
    })
    expect(feeShares(paid())).toEqual([2_000, 1_000])
    expect(feeShares(paid(1_000))).toEqual([667, 333])
    expect(split(paid(), { lines: [{ lineNo: 1, quantity: 1 }], deliveryFee: true }).amount).toBe(11_000)
    const whole = {
      lines: [1, 2].map((lineNo) => ({ lineNo, quantity: lineNo === 1 ? 2 : 1 })),
      deliveryFee: true,
    }
    expect(split(paid(), whole).amount).toBe(33_000)
  })

  it('is the same for equal pieces, one after another, to the won', () => {
    let order: Paid = {
      lines: paid()
        .lines.slice(0, 1)
        .map((line) => ({ ...line, quantity: 3 })),
      deliveryFee: won(0),
    }
    const amounts = [1, 2, 3].map(() => {
      const one = split(order, { lines: [{ lineNo: 1, quantity: 1 }] })
      order = given(order, one)
      return one.amount
    })
    expect(amounts).toEqual([6_666, 6_667, 6_667])
  })

  it('may be for another amount; the last pieces take what is left of their line', () => {
    const less = split(paid(), { lines: [{ lineNo: 1, quantity: 1, amount: 4_000 }] })
    expect(less.parts).toEqual([{ lineNo: 1, pieces: 1, goods: 4_000, fee: 0 }])
    const more = split(paid(), { lines: [{ lineNo: 1, amount: 15_000 }] })
    expect(more.parts).toEqual([{ lineNo: 1, pieces: 0, goods: 15_000, fee: 0 }])
    const rest = split(given(paid(), more), { lines: [{ lineNo: 1, quantity: 2 }] })
    expect(rest.parts).toEqual([{ lineNo: 1, pieces: 2, goods: 5_000, fee: 0 }])
    const tiny = split(
      given(paid(), split(paid(), { lines: [{ lineNo: 1, quantity: 1 }], deliveryFee: true })),
      {
        lines: [{ lineNo: 1, quantity: 1 }],
        deliveryFee: true,
      },
    )
    expect(tiny.amount).toBe(11_000)
  })

  it('is refused where it is more than is left, or says nothing', () => {
    const order = given(paid(), split(paid(), { lines: [{ lineNo: 1, quantity: 1 }] }))
    expect(splitRefund(order, { lines: [{ lineNo: 1, quantity: 2 }], deliveryFee: false })).toMatchObject({
      code: 'refund_exceeds_line',
      facts: { lineNo: 1, pieces: 1, amount: 10_000 },
    })
    for (const [wish, code] of [
      [{ lines: [{ lineNo: 1, amount: 10_001 }] }, 'refund_exceeds_line'],
      [{ lines: [{ lineNo: 3, quantity: 1 }] }, 'order_line_not_found'],
      [{ lines: [{ lineNo: 1 }] }, 'invalid_request'],
      [
        {
          lines: [
            { lineNo: 1, amount: 1 },
            { lineNo: 1, amount: 1 },
          ],
        },
        'invalid_request',
      ],
      [{ lines: [{ lineNo: 1, amount: 1 }], amount: 1 }, 'invalid_request'],
      [{}, 'invalid_request'],
      [{ lines: [] }, 'refund_of_nothing'],
      [{ amount: 0 }, 'refund_of_nothing'],
      [{ amount: 23_001 }, 'refund_exceeds_payment'],
    ] as const)
      expect(codeOf(order, wish), JSON.stringify(wish)).toBe(code)
    expect(splitRefund(order, { amount: 23_001, deliveryFee: false })).toMatchObject({
      facts: { refundable: 23_000 },
    })
    expect(splitRefund(order, { lines: [{ lineNo: 3, quantity: 1 }], deliveryFee: false })).toMatchObject({
      facts: { lineNo: 3 },
    })
  })

  it('where only some lines are free the others bear the fee', () => {
    const half = paid()
    const lines = half.lines.map((line) =>
      line.lineNo === 2 ? { ...line, unitPrice: won(0), lineTotal: won(0) } : line,
    )
    expect(feeShares({ ...half, lines })).toEqual([3_000, 0])
  })

  it('of what is free is nothing, and the fee is divided by pieces', () => {
    const free = {
      deliveryFee: won(3_000),
      lines: paid().lines.map((line) => ({ ...line, unitPrice: won(0), lineTotal: won(0) })),
    }
    expect(feeShares(free)).toEqual([2_000, 1_000])
    expect(codeOf(free, { lines: [{ lineNo: 1, quantity: 1 }] })).toBe('refund_of_nothing')
    expect(split(free, { lines: [{ lineNo: 1, quantity: 1 }], deliveryFee: true }).amount).toBe(1_000)
  })
})

it('an amount is divided over what is left of the lines, and the fee comes last', () => {
  expect(split(paid(), { amount: 100 }).parts).toEqual([
    { lineNo: 1, pieces: 0, goods: 67, fee: 0 },
    { lineNo: 2, pieces: 0, goods: 33, fee: 0 },
  ])
  expect(split(paid(), { amount: 1 }).parts).toHaveLength(1)
  const goodsFirst = given(paid(), split(paid(), { amount: 30_000 }))
  expect(split(goodsFirst, { amount: 1_500 }).parts).toEqual([
    { lineNo: 1, pieces: 0, goods: 0, fee: 1_000 },
    { lineNo: 2, pieces: 0, goods: 0, fee: 500 },
  ])
  expect(split(paid(), { amount: 31_500 }).parts).toEqual([
    { lineNo: 1, pieces: 0, goods: 20_000, fee: 1_000 },
    { lineNo: 2, pieces: 0, goods: 10_000, fee: 500 },
  ])
})

const anyOrder = fc
  .record({
    fee: fc.constantFrom(0, 1, 1_000, 2_999, 3_000),
    lines: fc.array(fc.tuple(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 5,
    }),
  })
  .map(({ fee, lines }): Paid => {
    const [sample] = sampleOrder('paid').lines
    if (!sample) throw new Error('no line')
    return {
      deliveryFee: won(fee),
      lines: lines.map(([price, quantity], index) => ({
        ...sample,
        lineNo: index + 1,
        quantity,
        unitPrice: won(price),
        lineTotal: won(price * quantity),
      })),
    }
  })
const anyWish = fc.record(
  {
    amount: fc.nat(100_000),
    lines: fc.array(
      fc.record(
        {
          lineNo: fc.integer({ min: 1, max: 6 }),
          quantity: fc.integer({ min: 1, max: 9 }),
          amount: fc.nat(60_000),
        },
        { requiredKeys: ['lineNo'] },
      ),
      { maxLength: 3 },
    ),
    deliveryFee: fc.boolean(),
  },
  { requiredKeys: ['deliveryFee'] },
)

it('however an order is cut up, never more goes back than was paid, and in the end exactly that', () => {
  fc.assert(
    fc.property(anyOrder, fc.array(anyWish, { maxLength: 8 }), (start, wishes) => {
      let order = start
      let sum = 0
      for (const wish of wishes) {
        const result = splitRefund(order, wish)
        if (result.kind === 'refused') continue
        expect(result.amount).toBe(result.parts.reduce((sum, { goods, fee }) => sum + goods + fee, 0))
        expect(result.amount).toBeGreaterThan(0)
        if (wish.amount !== undefined && wish.lines === undefined) expect(result.amount).toBe(wish.amount)
        order = given(order, result)
        sum += result.amount
        const fees = feeShares(order)
        order.lines.forEach((line, index) => {
          expect(line.refund.goods).toBeLessThanOrEqual(line.lineTotal)
          expect(line.refund.fee).toBeLessThanOrEqual(fees[index] ?? 0)
          expect(line.refund.pieces).toBeLessThanOrEqual(line.quantity)
        })
      }
      expect(givenOf(order)).toBe(sum)
      const rest = totalOf(order) - sum
      if (rest > 0) {
        const last = split(order, { amount: rest })
        expect(givenOf(given(order, last))).toBe(totalOf(start))
        for (const part of last.parts) {
          const line = given(order, last).lines.find(({ lineNo }) => lineNo === part.lineNo)
          expect(line && withPart(line, part, -1)).toEqual(
            order.lines.find(({ lineNo }) => lineNo === part.lineNo),
          )
        }
      }
    }),
  )
})

it('all pieces, one by one and with their fee, are all that was paid', () => {
  fc.assert(
    fc.property(anyOrder, (start) => {
      let order = start
      for (const { lineNo, quantity } of start.lines)
        for (let n = 0; n < quantity; n += 1) {
          const result = splitRefund(order, { lines: [{ lineNo, quantity: 1 }], deliveryFee: true })
          if (result.kind === 'split') order = given(order, result)
          // A piece of which nothing was paid.
          else {
            expect(result.code).toBe('refund_of_nothing')
            const none = { lineNo, pieces: 1, goods: won(0), fee: won(0) }
            order = given(order, { kind: 'split', parts: [none], amount: won(0) })
          }
        }
      expect(givenOf(order)).toBe(totalOf(start))
    }),
  )
})

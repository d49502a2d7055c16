import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { sampleOrder } from '../order-states.fixture.ts'
import { ORDER_STATES, type Order } from './order.ts'
import {
  approve,
  cancelReturn,
  exchange,
  notExchangeable,
  type Requested,
  type ReturnWish,
  receive,
  refunding,
  refuse,
  requestReturn,
  returnablePieces,
  settled,
  withClaims,
  withdrawalFrom,
} from './return-request.ts'

const policy = { returnFee: won(3_000), exchangeFee: won(6_000) }
/** The sample order arrived on 23 November 2026, a Monday. */
const AT = Temporal.Instant.from('2026-11-24T00:00:00Z')
const wish: ReturnWish = {
  kind: 'return',
  reason: 'changed_mind',
  note: null,
  lines: [{ lineNo: 1, quantity: 2 }],
}
const ask = (order: Order, more: Partial<ReturnWish> = {}, at = AT) =>
  requestReturn(order, { ...wish, ...more }, { id: 'r', policy, at })
const delivered = sampleOrder('delivered')

function asked(more: Partial<ReturnWish> = {}): Requested {
  const result = ask(delivered, more)
  if (result.kind === 'refused') throw new Error(result.code)
  return result.request
}

describe('asking to send something back', () => {
  it('takes the pieces, says who pays, and leaves none for a second request', () => {
    const result = ask(delivered)
    expect(result).toMatchObject({
      kind: 'asked',
      request: { state: 'requested', version: 1, paidBy: 'customer', parcelFee: 3_000 },
    })
    if (result.kind === 'refused') return
    expect(result.lines.map(({ delivery }) => delivery.claimed)).toEqual([2, 0])
    expect(result.lines.map(returnablePieces)).toEqual([0, 1])
    expect(ask({ ...delivered, lines: result.lines })).toMatchObject({
      code: 'order_line_not_returnable',
      facts: { lineNo: 1, pieces: 0 },
    })
    expect(withClaims(result.lines, wish.lines, -1)).toEqual(delivered.lines)
  })

  it('is free when something is wrong with it', () => {
    expect(asked({ reason: 'defective' })).toMatchObject({ paidBy: 'merchant', parcelFee: 0 })
  })

  it('is for what has arrived and is paid', () => {
    const codes = ORDER_STATES.map((state) => {
      const result = ask(sampleOrder(state))
      return [state, result.kind === 'refused' ? result.code : result.kind]
    })
    expect(Object.fromEntries(codes)).toEqual({
      awaiting_payment: 'order_not_refundable',
      paid: 'order_line_not_returnable',
      preparing: 'order_line_not_returnable',
      shipped: 'order_line_not_returnable',
      delivered: 'asked',
      cancelled: 'order_not_refundable',
      expired: 'order_not_refundable',
      partially_refunded: 'order_line_not_returnable',
      refunded: 'order_not_refundable',
    })
  })

  it('ends with the last day in Seoul', () => {
    const [last, over] = [
      Temporal.Instant.from('2026-11-30T14:59:59Z'),
      Temporal.Instant.from('2026-11-30T15:00:00Z'),
    ]
    expect(ask(delivered, {}, last)).toMatchObject({ kind: 'asked' })
    expect(ask(delivered, {}, over)).toMatchObject({
      code: 'return_too_late',
      facts: { lineNo: 1, until: '2026-11-30' },
    })
    expect(ask(delivered, { reason: 'damaged' }, over)).toMatchObject({ kind: 'asked' })
  })

  it('has its time from the last part of the order, and no end before that has arrived', () => {
    const arriving = (at: string | null) =>
      delivered.lines.map((line) =>
        line.lineNo === 1
          ? line
          : {
              ...line,
              delivery: {
                ...line.delivery,
                sent: line.delivery.sent.map((share) => ({
                  ...share,
                  deliveredAt: at === null ? null : Temporal.Instant.from(at),
                })),
              },
            },
      )
    const coming = { ...delivered, lines: arriving(null) }
    expect(withdrawalFrom(coming)).toBeUndefined()
    expect(ask(coming, {}, AT.add({ hours: 24 * 60 }))).toMatchObject({ kind: 'asked' })
    // Half past midnight of the 27th in Seoul is still the 26th elsewhere.
    const later = { ...delivered, lines: arriving('2026-11-26T15:30:00Z') }
    expect(withdrawalFrom(later)?.toString()).toBe('2026-11-27')
    const tooLate = ask(later, {}, Temporal.Instant.from('2026-12-04T15:00:00Z'))
    expect(tooLate).toMatchObject({ code: 'return_too_late', facts: { lineNo: 1, until: '2026-12-04' } })
    // What was cancelled is not waited for.
    const cancelled = coming.lines.map((line) =>
      line.lineNo === 1 ? line : { ...line, delivery: { ...line.delivery, cancelled: 1, sent: [] } },
    )
    expect(withdrawalFrom({ ...delivered, lines: cancelled })?.toString()).toBe('2026-11-23')
    const paidBack = coming.lines.map((line) =>
      line.lineNo === 1 ? line : { ...line, refund: { ...line.refund, pieces: line.quantity } },
    )
    expect(withdrawalFrom({ ...delivered, lines: paidBack })?.toString()).toBe('2026-11-23')
    expect(withdrawalFrom(sampleOrder('cancelled'))).toBeUndefined()
  })

  it.each([
    [{ lines: [{ lineNo: 9, quantity: 1 }] }, 'order_line_not_found'],
    [{ lines: [{ lineNo: 1, quantity: 3 }] }, 'order_line_not_returnable'],
    [
      {
        lines: [
          { lineNo: 1, quantity: 1 },
          { lineNo: 1, quantity: 1 },
        ],
      },
      'invalid_request',
    ],
  ])('is refused for %j', (more, code) => {
    expect(ask(delivered, more)).toMatchObject({ code })
  })

  it('is refused where the parcel costs all that would go back', () => {
    const cheap = delivered.lines.map((line) => ({ ...line, lineTotal: won(3_000) }))
    expect(ask({ ...delivered, lines: cheap })).toMatchObject({ code: 'return_worth_nothing' })
    expect(ask({ ...delivered, lines: cheap }, { kind: 'exchange' })).toMatchObject({ kind: 'asked' })
  })
})

describe('a request', () => {
  const by = { at: AT, by: 'merchant' }
  const receipt = { at: AT, restock: true }

  const approved = (more: Partial<ReturnWish> = {}) => {
    const result = approve(asked(more), by)
    if (result.kind === 'refused') throw new Error(result.code)
    return result
  }
  const received = (more: Partial<ReturnWish> = {}) => {
    const result = receive(approved(more), receipt)
    if (result.kind === 'refused') throw new Error(result.code)
    return result
  }

  it('goes to the end of its kind, one version at a time', () => {
    const under = refunding(received(), 'refund')
    expect(under).toMatchObject({ state: 'refunding', version: 4, refundId: 'refund' })
    if (under.kind === 'refused') return
    expect(settled(under, 'given', AT)).toMatchObject({ state: 'refunded', version: 5, endedAt: AT })
    const again = settled(under, 'declined', AT)
    expect(again).toMatchObject({ state: 'received', version: 5 })
    expect(again).not.toHaveProperty('refundId')
    const parcel = { carrier: 'hanjin', trackingNumber: '123456' } as const
    const swap = received({ kind: 'exchange', reason: 'damaged' })
    expect(exchange(swap, parcel, AT)).toMatchObject({ state: 'exchanged', parcel })
    const owing = received({ kind: 'exchange' })
    expect(exchange(owing, parcel, AT)).toMatchObject({
      code: 'exchange_fee_owed',
      facts: { parcelFee: 6_000 },
    })
    const fee = { how: 'enclosed', at: AT, by: 'merchant' } as const
    expect(exchange({ ...owing, fee }, parcel, AT)).toMatchObject({ state: 'exchanged', fee })
    expect(refunding(swap, 'refund')).toMatchObject({ code: 'return_not_in_state' })
    expect(exchange(received(), parcel, AT)).toMatchObject({ code: 'return_not_in_state' })
  })

  it('may be refused or cancelled until it came back', () => {
    for (const open of [asked(), approved()]) {
      expect(refuse(open, by, '개봉')).toMatchObject({ state: 'refused', why: '개봉' })
      expect(cancelReturn(open, AT)).toMatchObject({ state: 'cancelled' })
    }
    expect(cancelReturn(received(), AT)).toMatchObject({ code: 'return_not_in_state' })
    expect(refuse(received(), by, 'x')).toMatchObject({ code: 'return_not_in_state' })
    expect(approve(approved(), by)).toMatchObject({ code: 'return_not_in_state' })
    expect(receive(asked(), receipt)).toMatchObject({ code: 'return_not_in_state' })
  })

  it('never keeps more for the parcel than was said', () => {
    expect(receive(approved(), receipt, won(3_001))).toMatchObject({ code: 'return_fee_too_high' })
    expect(receive(approved(), receipt, won(0))).toMatchObject({ parcelFee: 0 })
    const swap = approved({ kind: 'exchange' })
    expect(receive(swap, receipt, won(5_999))).toMatchObject({ code: 'exchange_fee_apart' })
    expect(receive(swap, receipt, won(6_000))).toMatchObject({ state: 'received', parcelFee: 6_000 })
  })
})

describe('exchanging', () => {
  const lines = [{ lineNo: 1, quantity: 2 }]

  it('is for pieces that are still paid', () => {
    expect(notExchangeable(delivered, { lines })).toBeUndefined()
    const [first, ...others] = delivered.lines
    if (!first) throw new Error('no lines')
    const paidBack = { ...first, refund: { ...first.refund, pieces: first.quantity - 1 } }
    expect(notExchangeable({ ...delivered, lines: [paidBack, ...others] }, { lines })).toMatchObject({
      code: 'order_line_not_returnable',
      facts: { lineNo: 1, pieces: 1 },
    })
    const unknown = [{ lineNo: 9, quantity: 1 }]
    expect(notExchangeable(delivered, { lines: unknown })).toMatchObject({ facts: { lineNo: 9, pieces: 0 } })
  })

  it('is over once everything is given back, or asked back', () => {
    expect(notExchangeable(sampleOrder('refunded'), { lines })).toMatchObject({
      code: 'order_not_refundable',
    })
    const askedBack = { ...delivered, refundRequestedAt: AT } as Order
    expect(notExchangeable(askedBack, { lines })).toMatchObject({ code: 'order_refund_requested' })
  })
})

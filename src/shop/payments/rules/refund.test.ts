import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { LookupResult, Outcome, ProviderPayment } from '../provider.ts'
import { declined, invalid, timeout, unavailable } from '../testing-provider.ts'
import { LOOK_DELAYS_SECONDS } from './look.ts'
import {
  decideRefundLook,
  MAX_REFUND_SENDS,
  newRefundId,
  refundSettlementOf,
  SEEN_AGAIN_WITHIN_SECONDS,
} from './refund.ts'

const NONE: ReadonlySet<string> = new Set()
const refunds = (...given: [string, number][]) => given.map(([id, amount]) => ({ id, amount: won(amount) }))
const payment = (given: [string, number][], total = 10_000): ProviderPayment => ({
  ref: 'tid',
  merchantRef: 'attempt',
  status: 'partially_refunded',
  rawStatus: 'PART_CANCEL_PAYMENT',
  total: won(total),
  vat: won(0),
  refundable: won(total - given.reduce((sum, [, amount]) => sum + amount, 0)),
  refunds: refunds(...given),
  approvedAt: undefined,
  method: 'CARD',
  cashReceiptBy: 'nobody' as const,
})
const ok = (given: [string, number][]): Outcome<ProviderPayment> => ({
  kind: 'ok',
  value: payment(given),
  wire: { body: '', durationMs: 1 },
})

describe('what an answer means for a refund', () => {
  it('given, recognised by an id that is new and by its amount', () => {
    expect(refundSettlementOf(ok([['a', 3_000]]), won(3_000), NONE, false)).toEqual({
      kind: 'given',
      providerRefundId: 'a',
    })
    const second = ok([
      ['a', 3_000],
      ['b', 3_000],
    ])
    expect(refundSettlementOf(second, won(3_000), new Set(['a']), true)).toEqual({
      kind: 'given',
      providerRefundId: 'b',
    })
    expect(
      newRefundId(
        payment([
          ['a', 3_000],
          ['b', 3_000],
        ]),
        won(3_000),
        NONE,
      ),
    ).toBe('b')
  })

  it('a good answer that names no such refund is looked up', () => {
    expect(refundSettlementOf(ok([]), won(3_000), NONE, false)).toEqual({
      kind: 'unknown',
      reason: 'the answer names no new refund of this amount',
    })
    expect(refundSettlementOf(ok([['a', 2_999]]), won(3_000), NONE, false).kind).toBe('unknown')
    expect(refundSettlementOf(ok([['a', 3_000]]), won(3_000), new Set(['a']), false).kind).toBe('unknown')
  })

  it('"invalid" may be the echo of our own earlier try; a refusal after doubt too', () => {
    const unknown = (reason: string) => ({ kind: 'unknown', reason })
    expect(refundSettlementOf(invalid, won(1), NONE, false)).toEqual(unknown('rejected as invalid: -701'))
    expect(refundSettlementOf(timeout, won(1), NONE, false)).toEqual(unknown('timeout'))
    expect(refundSettlementOf(declined, won(1), NONE, true)).toEqual(
      unknown('sent again: declined -780:LACK_BALANCE'),
    )
    expect(refundSettlementOf(declined, won(1), NONE, false)).toMatchObject({
      kind: 'declined',
      code: '-780:LACK_BALANCE',
    })
    expect(refundSettlementOf(unavailable, won(1), NONE, true)).toEqual({
      kind: 'not_sent',
      retryAfterMs: 2_000,
    })
  })
})

const SENT = Temporal.Instant.from('2026-11-20T16:00:00Z')

describe('a look-up of an unknown refund', () => {
  const refund = {
    amount: won(3_000),
    looks: 1,
    notRefundedSeen: 0,
    refundableBefore: won(10_000),
    sends: 1,
    sentAt: SENT,
  }
  const found = (given: [string, number][]): LookupResult => ({ kind: 'found', payment: payment(given) })
  const decide = (result: LookupResult, changes: Partial<typeof refund> = {}, known = NONE) =>
    decideRefundLook(result, { ...refund, ...changes }, known, LOOK_DELAYS_SECONDS, SENT.add({ minutes: 1 }))

  it.each(['not_asked', 'no_answer'] as const)('that was %s does not count', (kind) => {
    expect(decide({ kind, reason: 'timeout' }, { looks: 1 })).toEqual({
      kind: 'ask_again',
      delaySeconds: 30,
      reason: 'timeout',
    })
  })

  it('finds it', () => {
    expect(decide(found([['a', 3_000]]))).toEqual({ kind: 'given', providerRefundId: 'a' })
  })

  it('sends again when the untouched balance was seen twice', () => {
    expect(decide(found([]))).toEqual({ kind: 'look_again', delaySeconds: 30, notRefundedSeen: 1 })
    expect(decide(found([]), { looks: 2, notRefundedSeen: 1 })).toEqual({ kind: 'send_again' })
  })

  it('looks for the second time soon, also when the schedule has come to long pauses', () => {
    const soon = { kind: 'look_again', delaySeconds: SEEN_AGAIN_WITHIN_SECONDS, notRefundedSeen: 1 }
    expect(decide(found([]), { looks: 2 })).toEqual(soon)
    expect(decide(found([]), { looks: 6 })).toEqual(soon)
    expect(decide(found([['other', 500]]), { looks: 2 })).toMatchObject({ delaySeconds: 120 })
    const [short = 0] = LOOK_DELAYS_SECONDS
    expect(decide(found([]), { looks: 0 })).toMatchObject({ delaySeconds: short })
  })

  it('asks a person when it was refused again and again', () => {
    expect(decide(found([]), { sends: MAX_REFUND_SENDS, notRefundedSeen: 1 })).toEqual({
      kind: 'needs_review',
      notRefundedSeen: 2,
      reason: 'the provider keeps refusing the refund',
    })
  })

  it('spreads the sendings, so that an outage of cancelling does not use them up', () => {
    const again = (sends: number, seconds: number) =>
      decideRefundLook(
        found([]),
        { ...refund, sends, looks: 9, notRefundedSeen: 1 },
        NONE,
        LOOK_DELAYS_SECONDS,
        SENT.add({ milliseconds: Math.round(seconds * 1_000) }),
      )
    for (const [index, pause] of [30, 300, 3_600].entries()) {
      expect(again(index + 1, pause)).toEqual({ kind: 'send_again' })
      expect(again(index + 1, pause - 0.5)).toEqual({
        kind: 'look_again',
        delaySeconds: 1,
        notRefundedSeen: 2,
      })
    }
    expect(again(0, 0)).toEqual({ kind: 'send_again' })
    const short = { ...refund, sends: 3, looks: 1, notRefundedSeen: 1 }
    expect(decideRefundLook(found([]), short, NONE, [5, 10, 60], SENT.add({ seconds: 60 })).kind).toBe(
      'send_again',
    )
    expect(decideRefundLook(found([]), short, NONE, [5, 10, 60], SENT.add({ seconds: 59 }))).toMatchObject({
      delaySeconds: 1,
    })
  })

  it('looks on while it cannot tell, then asks a person', () => {
    const error: LookupResult = { kind: 'error', reason: 'timeout' }
    expect(decide(error, { notRefundedSeen: 1 })).toEqual({
      kind: 'look_again',
      delaySeconds: 30,
      notRefundedSeen: 1,
    })
    expect(decide(error, { looks: LOOK_DELAYS_SECONDS.length })).toEqual({
      kind: 'needs_review',
      notRefundedSeen: 0,
      reason: 'the outcome of a refund stays unknown',
    })
    expect(decide(found([['other', 500]]), { notRefundedSeen: 5 }).kind).toBe('look_again')
  })

  it('never sends again while the balance has moved or cannot be seen', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 12 }), fc.nat(5), (given, looks, notRefundedSeen) => {
        const seen = found(given.map((amount, index) => [`r${index}`, amount]))
        return decide(seen, { looks, notRefundedSeen }).kind !== 'send_again'
      }),
    )
    for (const result of [
      { kind: 'not_found' },
      { kind: 'unsupported' },
      { kind: 'error', reason: 'x' },
    ] as const)
      for (let looks = 1; looks < 13; looks++)
        expect(decide(result, { looks, notRefundedSeen: 9 }).kind).not.toBe('send_again')
  })
})

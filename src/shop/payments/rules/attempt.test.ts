import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { Outcome, ProviderPayment } from '../provider.ts'
import { declined, invalid, timeout, unavailable } from '../testing-provider.ts'
import {
  ATTEMPT_STATES,
  type AttemptState,
  endedUnpaid,
  isInFlight,
  NEXT_STATES,
  OPEN_STATES,
  settlementOf,
} from './attempt.ts'

/** Written down once more, by hand, so that a change of the table is a decision. */
const LEGAL = new Set(
  `created>awaiting_customer created>sent created>cancelled created>failed
   awaiting_customer>authorised awaiting_customer>cancelled awaiting_customer>expired awaiting_customer>declined
   authorised>sent authorised>cancelled authorised>expired
   sent>succeeded sent>succeeded_late sent>declined sent>failed sent>unknown sent>authorised sent>created sent>awaiting_customer
   unknown>unknown unknown>sent unknown>succeeded unknown>succeeded_late unknown>declined
   declined>succeeded_late cancelled>succeeded_late expired>succeeded_late failed>succeeded_late`.split(
    /\s+/,
  ),
)

describe('the states of an attempt', () => {
  it('follow each other only as listed, for every pair', () => {
    for (const from of ATTEMPT_STATES)
      for (const to of ATTEMPT_STATES)
        expect([from, to, NEXT_STATES[from].includes(to)]).toEqual([from, to, LEGAL.has(`${from}>${to}`)])
  })

  it('are open, ended without money, or paid', () => {
    const paid: AttemptState[] = ['succeeded', 'succeeded_late']
    for (const state of ATTEMPT_STATES) {
      const kinds = [OPEN_STATES.includes(state), endedUnpaid(state), paid.includes(state)]
      expect([state, kinds.filter(Boolean).length]).toEqual([state, 1])
    }
  })

  it('have money in flight from the sending until the outcome is known', () => {
    expect(ATTEMPT_STATES.filter(isInFlight)).toEqual(['sent', 'unknown'])
  })

  it('money in flight is never cancelled or expired, and what is paid stays paid', () => {
    for (const state of ATTEMPT_STATES.filter(isInFlight)) {
      expect(NEXT_STATES[state]).not.toContain('cancelled')
      expect(NEXT_STATES[state]).not.toContain('expired')
    }
    expect(NEXT_STATES.succeeded).toEqual([])
    expect(NEXT_STATES.succeeded_late).toEqual([])
    for (const state of ATTEMPT_STATES.filter(endedUnpaid))
      expect(NEXT_STATES[state]).toEqual(['succeeded_late'])
  })

  it('a doubted attempt never gets back to a state that a timer or a person may end', () => {
    const reachable = new Set<AttemptState>(['unknown'])
    // From `sent` a doubted attempt goes on only as settlementOf allows (see below): never to these.
    const shut: AttemptState[] = ['authorised', 'created', 'awaiting_customer']
    for (const state of reachable)
      for (const next of NEXT_STATES[state]) if (!shut.includes(next)) reachable.add(next)
    expect([...reachable].sort()).toEqual([
      'declined',
      'failed',
      'sent',
      'succeeded',
      'succeeded_late',
      'unknown',
    ])
  })
})

const EXPECTED = { merchantRef: 'attempt-1', ref: 'tid-1', total: won(11_000) }
const PAID: ProviderPayment = {
  ref: 'tid-1',
  merchantRef: 'attempt-1',
  status: 'paid',
  rawStatus: 'SUCCESS_PAYMENT',
  total: won(11_000),
  vat: won(1_000),
  refundable: won(11_000),
  refunds: [],
  approvedAt: undefined,
  method: 'CARD',
  cashReceiptBy: 'nobody',
}
const ok = (changes: Partial<ProviderPayment> = {}): Outcome<{ payment: ProviderPayment }> => ({
  kind: 'ok',
  value: { payment: { ...PAID, ...changes } },
  wire: { body: '', durationMs: 1 },
})

describe('what an answer means', () => {
  it('paid, when reference, id and amount are ours', () => {
    expect(settlementOf(ok(), EXPECTED)).toEqual({ kind: 'paid', payment: PAID })
    expect(settlementOf(ok({ merchantRef: undefined }), EXPECTED).kind).toBe('paid')
    expect(settlementOf(ok({ ref: 'other' }), { ...EXPECTED, ref: undefined }).kind).toBe('paid')
  })

  it.each<Partial<ProviderPayment>>([
    { total: won(11_001) },
    { total: won(1_100) },
    { merchantRef: 'attempt-2' },
    { ref: 'tid-2' },
    { status: 'pending' },
    { status: 'refunded' },
    { status: 'partially_refunded' },
    { status: 'failed' },
  ])('unknown, never paid and never declined, for %o', (changes) => {
    const reason = 'status' in changes ? 'status SUCCESS_PAYMENT' : 'mismatch'
    expect(settlementOf(ok(changes), EXPECTED)).toEqual({ kind: 'unknown', reason })
  })

  it('a first refusal is believed', () => {
    expect(settlementOf(declined, EXPECTED)).toMatchObject({ kind: 'declined', code: '-780:LACK_BALANCE' })
    expect(settlementOf(invalid, EXPECTED)).toMatchObject({ kind: 'failed', code: '-701' })
    expect(settlementOf(unavailable, EXPECTED)).toEqual({ kind: 'not_sent', retryAfterMs: 2_000 })
    expect(settlementOf(timeout, EXPECTED)).toStrictEqual({ kind: 'unknown', reason: 'timeout' })
  })

  it('a token comes with its payment only, and a doubtful answer may name the payment', () => {
    const token = { token: 'SID', display: 'card', issuedAt: Temporal.Instant.from('2026-11-20T16:00:00Z') }
    const wire = { body: '', durationMs: 1 }
    const issued = (payment: ProviderPayment) =>
      settlementOf({ kind: 'ok', value: { payment, token }, wire }, EXPECTED)
    expect(issued(PAID)).toEqual({ kind: 'paid', payment: PAID, token })
    expect(issued({ ...PAID, total: won(1) })).toEqual({ kind: 'unknown', reason: 'mismatch' })
    expect(settlementOf({ kind: 'unknown', reason: 'mismatch', ref: 'tid-9' }, EXPECTED)).toEqual({
      kind: 'unknown',
      reason: 'mismatch',
      ref: 'tid-9',
    })
    expect(settlementOf({ ...declined, retry: 'final', scope: 'token' }, EXPECTED)).toMatchObject({
      retry: 'final',
      scope: 'token',
    })
  })

  it('takes a proof that was not the true one for no charge, unless an earlier sending is in doubt', () => {
    const strange = {
      kind: 'not_accepted',
      code: '-708',
      message: '',
      wire: { body: '', durationMs: 1 },
    } as const
    expect(settlementOf(strange, EXPECTED)).toEqual({ kind: 'not_accepted', code: '-708' })
    expect(settlementOf(strange, EXPECTED, true)).toEqual({
      kind: 'unknown',
      reason: 'sent again: not_accepted',
    })
  })

  it('after a doubted sending only "paid" is news', () => {
    const any = fc.constantFrom(
      declined,
      invalid,
      unavailable,
      timeout,
      ok({ status: 'pending' }),
      ok({ total: won(1) }),
    )
    fc.assert(fc.property(any, (outcome) => settlementOf(outcome, EXPECTED, true).kind === 'unknown'))
    expect(settlementOf(ok(), EXPECTED, true).kind).toBe('paid')
    expect(settlementOf(declined, EXPECTED, true)).toEqual({
      kind: 'unknown',
      reason: 'sent again: declined',
    })
  })
})

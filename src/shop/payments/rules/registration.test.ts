import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { LookupResult, ProviderPayment } from '../provider.ts'
import { LOOK_DELAYS_SECONDS, UNANSWERED_SECONDS } from './look.ts'
import {
  AGREED_STATES,
  type Doubt,
  type DoubtDecision,
  decideLookUp,
  decideRepeat,
  delayAfterDoubt,
  issueOf,
  NEXT_STATES,
  REGISTRATION_STATES,
  WAITING_STATES,
} from './registration.ts'

const BEGUN = Temporal.Instant.from('2026-11-20T16:00:00Z')
const policy = { delaysSeconds: LOOK_DELAYS_SECONDS, settleWindow: Temporal.Duration.from({ minutes: 25 }) }
const token = { token: 'SID-1', display: '카카오페이', issuedAt: BEGUN }
const wire = { body: '', durationMs: 1 }
const payment: ProviderPayment = {
  ref: 'tid-1',
  merchantRef: 'registration-1',
  status: 'paid',
  rawStatus: 'ISSUED_SID',
  total: won(0),
  vat: won(0),
  refundable: won(0),
  refunds: [],
  approvedAt: BEGUN,
  method: 'CARD',
  cashReceiptBy: 'nobody' as const,
}
const doubt: Doubt = {
  id: 'registration-1',
  providerRef: 'tid-1',
  looks: 1,
  sendings: 1,
  begunAt: BEGUN,
  sentAt: BEGUN.add({ minutes: 5 }),
  pageEnds: BEGUN.add({ minutes: 15 }),
}
const minutes = (count: number) => BEGUN.add({ minutes: count })
const look = (found: LookupResult, at = minutes(6), changes: Partial<Doubt> = {}): DoubtDecision =>
  decideLookUp(found, { ...doubt, ...changes }, policy, at)

describe('a look-up', () => {
  it('with a token settles it, without one the token is lost', () => {
    expect(look({ kind: 'found', payment, token })).toEqual({ kind: 'issued', token })
    expect(look({ kind: 'found', payment })).toEqual({ kind: 'over', state: 'failed', code: 'token_lost' })
  })

  it.each<[string, Partial<ProviderPayment>]>([
    ['another reference', { merchantRef: 'another' }],
    ['another id', { ref: 'tid-2' }],
    ['an amount', { total: won(100) }],
    ['another status', { status: 'pending' }],
  ])('of something with %s is not believed, token or not', (_, changes) => {
    const other = { ...payment, ...changes }
    expect(look({ kind: 'found', payment: other, token })).toMatchObject({ kind: 'wait', reason: 'mismatch' })
  })

  it('that says "not yet" has it sent again while the page is valid, a few times', () => {
    const notYet = { kind: 'not_charged_yet', status: 'AUTH_PASSWORD', final: false } as const
    expect(look(notYet)).toEqual({ kind: 'send_again' })
    expect(look(notYet, minutes(6), { sendings: 4 })).toMatchObject({ kind: 'wait' })
    expect(look(notYet, minutes(15))).toMatchObject({ kind: 'wait' })
    const over = { kind: 'over', state: 'declined', code: 'not_issued' }
    expect(look(notYet, minutes(30))).toEqual(over)
    expect(look({ ...notYet, final: true })).toEqual(over)
  })

  it('that does not find it proves something only after the settle window', () => {
    expect(look({ kind: 'not_found' })).toMatchObject({ kind: 'wait' })
    expect(look({ kind: 'not_found' }, minutes(30))).toMatchObject({ code: 'not_issued' })
  })

  it('that fails proves nothing, until the patience is over', () => {
    for (const found of [{ kind: 'error', reason: 'down' }, { kind: 'unsupported' }] as const) {
      expect(look(found, minutes(60 * 23))).toMatchObject({ kind: 'wait' })
      expect(look(found, minutes(60 * 24))).toMatchObject({ code: 'answer_lost' })
    }
  })
})

it('a repeat goes on until the patience is over', () => {
  expect(decideRepeat(doubt, minutes(60 * 23))).toEqual({ kind: 'send_again' })
  expect(decideRepeat(doubt, minutes(60 * 24))).toEqual({
    kind: 'over',
    state: 'failed',
    code: 'answer_lost',
  })
})

it('the next look is never after the end of the patience, whatever came before', () => {
  const looks = fc.integer({ min: 0, max: 40 })
  const minute = fc.integer({ min: 0, max: 60 * 48 })
  fc.assert(
    fc.property(looks, minute, (count, at) => {
      const now = minutes(at)
      const delay = delayAfterDoubt({ begunAt: BEGUN, looks: count }, policy, now)
      expect(delay).toBeGreaterThanOrEqual(0)
      const end = Math.max(now.epochMilliseconds, BEGUN.add({ hours: 24 }).epochMilliseconds)
      expect(now.add({ seconds: delay }).epochMilliseconds).toBeLessThanOrEqual(end)
    }),
  )
})

it('a lost answer is asked for again soon while the trouble is young, and never later than the schedule', () => {
  const after = (seconds: number, looks = 9, delaysSeconds = LOOK_DELAYS_SECONDS) =>
    delayAfterDoubt({ begunAt: BEGUN, looks }, { delaysSeconds }, BEGUN.add({ seconds }))
  expect(after(0)).toBe(10)
  expect(after(50)).toBe(10)
  expect(after(51)).toBe(11)
  expect(after(300)).toBe(60)
  expect(after(3_600)).toBe(720)
  expect(after(7_200)).toBe(900)
  expect(after(7_200, 0)).toBe(10)
  expect(after(300, 0, [1])).toBe(1)
  expect(after(86_390)).toBe(10)
})

it.each(['not_asked', 'no_answer'] as const)(
  'a look-up that was %s does not count until the day is over',
  (kind) => {
    const silence = { kind, reason: 'timeout' }
    expect(decideLookUp(silence, { ...doubt, looks: 7 }, policy, minutes(10))).toEqual({
      kind: 'ask_again',
      delaySeconds: UNANSWERED_SECONDS,
    })
    expect(decideLookUp(silence, { ...doubt, looks: 0 }, policy, minutes(10))).toMatchObject({
      delaySeconds: 10,
    })
    expect(decideLookUp(silence, { ...doubt, looks: 7 }, policy, minutes(24 * 60))).toMatchObject({
      kind: 'over',
    })
  },
)

it('whatever looks say, a doubt is over after a day', () => {
  const results: LookupResult[] = [
    { kind: 'found', payment },
    { kind: 'found', payment: { ...payment, total: won(1) } },
    { kind: 'not_charged_yet', status: 'READY', final: false },
    { kind: 'not_found' },
    { kind: 'evidence', lastChargedAt: undefined },
    { kind: 'unsupported' },
    { kind: 'error', reason: 'down' },
    { kind: 'no_answer', reason: 'down' },
    { kind: 'not_asked', reason: 'down' },
  ]
  const input = fc.record({
    found: fc.constantFrom(...results),
    sendings: fc.integer({ min: 1, max: 9 }),
    sent: fc.integer({ min: 0, max: 15 }),
    looks: fc.nat(40),
  })
  fc.assert(
    fc.property(input, ({ found, sendings, sent, looks }) => {
      const after = { sendings, looks, sentAt: minutes(sent) }
      expect(look(found, minutes(60 * 24 + 1), after).kind).toBe('over')
    }),
  )
})

it('an answer is read for what it proves', () => {
  const no = { code: 'x', message: 'no', wire }
  expect(issueOf({ kind: 'ok', value: token, wire })).toEqual({ kind: 'issued', token })
  expect(issueOf({ kind: 'declined', retry: 'final', scope: 'token', ...no })).toEqual({
    kind: 'declined',
    code: 'x',
    message: 'no',
  })
  expect(issueOf({ kind: 'invalid', ...no }).kind).toBe('failed')
  expect(issueOf({ kind: 'unknown', reason: 'timeout' })).toEqual({ kind: 'unknown', reason: 'timeout' })
  expect(issueOf({ kind: 'unavailable', reason: 'refused', retryAfterMs: 7 })).toEqual({
    kind: 'not_sent',
    retryAfterMs: 7,
  })
})

/** Written down once more, by hand, so that a change of the table is a decision. */
const LEGAL = new Set(
  `created>awaiting_customer created>failed
   awaiting_customer>authorised awaiting_customer>cancelled awaiting_customer>declined awaiting_customer>expired
   authorised>sent authorised>expired
   sent>succeeded sent>declined sent>failed sent>awaiting_customer sent>authorised sent>unknown
   unknown>sent unknown>unknown unknown>succeeded unknown>declined unknown>failed`.split(/\s+/),
)

it('states follow each other only as listed, for every pair', () => {
  for (const from of REGISTRATION_STATES)
    for (const to of REGISTRATION_STATES)
      expect([from, to, NEXT_STATES[from].includes(to)]).toEqual([from, to, LEGAL.has(`${from}>${to}`)])
})

it('every state that goes on waits for the customer or has their word', () => {
  expect(WAITING_STATES).toEqual(['created', 'awaiting_customer'])
  expect(AGREED_STATES).toEqual(['authorised', 'sent', 'unknown'])
})

it('what is over stays over, and everything else can come to an end', () => {
  const ends = REGISTRATION_STATES.filter((state) => NEXT_STATES[state].length === 0)
  expect(ends).toEqual(['succeeded', 'declined', 'cancelled', 'expired', 'failed'])
  for (const state of REGISTRATION_STATES.filter((one) => !ends.includes(one)))
    expect(NEXT_STATES[state].some((next) => ends.includes(next))).toBe(true)
})

it('reads a proof that was not the true one as nothing issued', () => {
  const strange = { kind: 'not_accepted', code: '-708', message: '', wire } as const
  expect(issueOf(strange)).toEqual({ kind: 'not_accepted', code: '-708' })
})

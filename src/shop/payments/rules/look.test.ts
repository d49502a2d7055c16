import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { LookupResult, ProviderPayment } from '../provider.ts'
import {
  askAgainIn,
  CONFIRMED_WITHIN_SECONDS,
  decideLook,
  LOOK_DELAYS_SECONDS,
  type LookDecision,
  type LookPolicy,
  type LookState,
  lookAfterSendingIn,
  MAX_COMPLETIONS,
  NOT_CHARGED_TIMES,
  UNANSWERED_SECONDS,
} from './look.ts'

const SENT = Temporal.Instant.from('2026-11-20T16:00:00Z')
const EXPECTED = { merchantRef: 'attempt-1', ref: 'tid-1', total: won(11_000) }
const PAYMENT: ProviderPayment = {
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
const policy: LookPolicy = {
  delaysSeconds: LOOK_DELAYS_SECONDS,
  settleWindow: Temporal.Duration.from({ minutes: 25 }),
  mayComplete: true,
  mayRepeatCharge: false,
  mayFetchToken: false,
  unchangedEvidence: 'review',
}
const state = (changes: Partial<LookState> = {}): LookState => ({
  looks: 1,
  completions: 1,
  notChargedSeen: 0,
  sentAt: SENT,
  checkoutEnds: SENT.add({ minutes: 15 }),
  ...changes,
})
const found = (changes: Partial<ProviderPayment> = {}): LookupResult => ({
  kind: 'found',
  payment: { ...PAYMENT, ...changes },
})
const waiting: LookupResult = { kind: 'not_charged_yet', status: 'AUTH_PASSWORD', final: false }
const decide = (result: LookupResult, at: LookState, minutes: number, by: LookPolicy = policy) =>
  decideLook(result, EXPECTED, at, by, SENT.add({ seconds: Math.round(minutes * 60) }))

describe('a look-up that finds the payment', () => {
  it('settles it when it is ours', () => {
    expect(decide(found(), state(), 1)).toStrictEqual({ kind: 'paid', payment: PAYMENT })
  })

  it('hands over the token that came with it, but only with a payment that is ours', () => {
    const token = { token: 'SID', display: 'card', issuedAt: SENT }
    const issued = (payment: ProviderPayment) => decide({ kind: 'found', payment, token }, state(), 1)
    expect(issued(PAYMENT)).toEqual({ kind: 'paid', payment: PAYMENT, token })
    expect(issued({ ...PAYMENT, total: won(1) })).not.toHaveProperty('token')
  })

  it('asks for a token nobody has by completing it again, while the page is valid and a few times', () => {
    const fetching = { ...policy, mayFetchToken: true }
    expect(decide(found(), state(), 1, fetching).kind).toBe('complete_again')
    expect(decide(found(), state({ completions: MAX_COMPLETIONS }), 1, fetching).kind).toBe('paid')
    expect(decide(found(), state(), 15, fetching).kind).toBe('paid')
    expect(decide({ kind: 'not_found' }, state(), 1, fetching).kind).toBe('complete_again')
    expect(decide({ kind: 'not_found' }, state(), 15, fetching).kind).toBe('look_again')
    expect(decide(found(), state({ checkoutEnds: undefined }), 1, fetching).kind).toBe('paid')
    expect(decide(found({ total: won(1) }), state(), 1, fetching).kind).toBe('look_again')
    const token = { token: 'BK', display: 'card', issuedAt: SENT }
    const withToken = decide({ kind: 'found', payment: PAYMENT, token }, state(), 1, fetching)
    expect(withToken).toEqual({ kind: 'paid', payment: PAYMENT, token })
  })

  it.each<Partial<ProviderPayment>>([
    { total: won(1) },
    { merchantRef: 'x' },
    { ref: 'x' },
    { status: 'pending' },
  ])('keeps on looking when it does not agree: %o', (changes) =>
    expect(decide(found(changes), state(), 1)).toEqual({
      kind: 'look_again',
      delaySeconds: 30,
      notChargedSeen: 0,
      reason: 'status' in changes ? 'status SUCCESS_PAYMENT' : 'mismatch',
    }),
  )

  it.each(['failed', 'expired'] as const)('believes %s', (status) => {
    expect(decide(found({ status }), state(), 1).kind).toBe('not_charged')
    expect(decide(found({ status, merchantRef: 'x' }), state(), 1).kind).toBe('look_again')
  })

  it.each(['partially_refunded', 'refunded'] as const)(
    'asks a person when somebody else gave it back: %s',
    (status) => {
      expect(decide(found({ status }), state(), 1)).toEqual({
        kind: 'needs_review',
        notChargedSeen: 0,
        reason: 'refunded outside of this system',
      })
    },
  )
})

describe('a look-up that sees no charge', () => {
  it('completes again at first, where that is safe and the page still valid', () => {
    expect(decide(waiting, state(), 1).kind).toBe('complete_again')
    expect(decide(waiting, state({ completions: MAX_COMPLETIONS - 1, looks: 9 }), 1).kind).toBe(
      'complete_again',
    )
    expect(decide(waiting, state({ completions: MAX_COMPLETIONS }), 1).kind).toBe('look_again')
    expect(decide(waiting, state(), 15).kind).toBe('look_again')
    expect(decide(waiting, state(), 1, { ...policy, mayComplete: false }).kind).toBe('look_again')
    expect(decide(waiting, state({ checkoutEnds: undefined }), 1).kind).toBe('look_again')
    expect(decide({ kind: 'not_found' }, state(), 1).kind).toBe('look_again')
  })

  it('sends a charge by token again where the same idempotency key makes one charge of it, a few times', () => {
    const repeating = { ...policy, mayRepeatCharge: true }
    const byToken = (completions: number) => state({ byToken: true, checkoutEnds: undefined, completions })
    const unnamed = { merchantRef: EXPECTED.merchantRef, total: EXPECTED.total }
    const at = SENT.add({ minutes: 1 })
    const look = (completions: number, result: LookupResult = { kind: 'not_found' }, by = repeating) =>
      decideLook(result, unnamed, byToken(completions), by, at).kind
    expect(look(0)).toBe('charge_again')
    expect(look(MAX_COMPLETIONS - 1)).toBe('charge_again')
    expect(look(MAX_COMPLETIONS)).toBe('look_again')
    expect(look(0, { kind: 'not_found' }, policy)).toBe('look_again')
    expect(look(0, { kind: 'unsupported' })).toBe('look_again')
    expect(decideLook({ kind: 'not_found' }, EXPECTED, byToken(0), repeating, at).kind).toBe('look_again')
  })

  it('believes a final word at once', () => {
    expect(decide({ ...waiting, status: 'QUIT_PAYMENT', final: true }, state(), 0)).toEqual({
      kind: 'not_charged',
      status: 'QUIT_PAYMENT',
    })
  })

  it.each<[string, LookupResult]>([
    ['not charged yet', waiting],
    ['not found', { kind: 'not_found' }],
  ])('believes "%s" the third time, and only after the settle window', (words, result) => {
    const status = words === 'not found' ? words : 'AUTH_PASSWORD'
    const late = state({ looks: 5, notChargedSeen: NOT_CHARGED_TIMES - 1 })
    expect(decide(result, late, 25)).toEqual({ kind: 'not_charged', status })
    expect(decide(result, late, 24.9)).toMatchObject({
      kind: 'look_again',
      delaySeconds: 6,
      notChargedSeen: 3,
      reason: `not charged so far (${status})`,
    })
    expect(decide(result, { ...late, notChargedSeen: 1 }, 60)).toMatchObject({
      kind: 'look_again',
      delaySeconds: CONFIRMED_WITHIN_SECONDS,
      notChargedSeen: 2,
    })
    expect(decide(result, state({ looks: 0 }), 60)).toMatchObject({ delaySeconds: LOOK_DELAYS_SECONDS[0] })
    const over = state({ looks: LOOK_DELAYS_SECONDS.length })
    expect(decide(result, over, 60)).toMatchObject({ kind: 'needs_review', notChargedSeen: 1 })
  })

  it('waits for the end of the settle window rather than for a person', () => {
    const last = state({ looks: LOOK_DELAYS_SECONDS.length, notChargedSeen: 7 })
    expect(decide(waiting, last, 20)).toMatchObject({ kind: 'look_again', delaySeconds: 300 })
    expect(decide({ kind: 'error', reason: 'timeout' }, last, 20).kind).toBe('needs_review')
  })
})

describe('a sending whose answer was lost', () => {
  it('is looked at as soon as the first one, until no look is left', () => {
    const [first] = LOOK_DELAYS_SECONDS
    const at = (looks: number) => lookAfterSendingIn(looks, LOOK_DELAYS_SECONDS)
    expect([at(0), at(2), at(LOOK_DELAYS_SECONDS.length - 1)]).toEqual([first, first, first])
    expect(at(LOOK_DELAYS_SECONDS.length)).toBeUndefined()
    expect(lookAfterSendingIn(1, [30, 5])).toBe(5)
  })
})

describe('a look-up without an answer', () => {
  const silence = (kind: 'not_asked' | 'no_answer'): LookupResult => ({ kind, reason: 'timeout' })

  it.each(['not_asked', 'no_answer'] as const)(
    '%s: is made again within a minute and does not count',
    (kind) => {
      const answer = { kind: 'ask_again', reason: 'timeout' }
      expect(decide(silence(kind), state({ looks: 0 }), 1)).toEqual({ ...answer, delaySeconds: 10 })
      expect(decide(silence(kind), state({ looks: 1 }), 1)).toEqual({ ...answer, delaySeconds: 30 })
      expect(decide(silence(kind), state({ looks: 5 }), 1)).toEqual({
        ...answer,
        delaySeconds: UNANSWERED_SECONDS,
      })
      expect(decide(silence(kind), state({ looks: 99 }), 1)).toEqual({
        ...answer,
        delaySeconds: UNANSWERED_SECONDS,
      })
    },
  )

  it('counts after a day of silence, but never when it was not even asked', () => {
    const day = 24 * 60
    expect(decide(silence('no_answer'), state({ looks: 5 }), day - 1).kind).toBe('ask_again')
    expect(decide(silence('no_answer'), state({ looks: 5, notChargedSeen: 2 }), day)).toEqual({
      kind: 'look_again',
      delaySeconds: 3_600,
      notChargedSeen: 2,
      reason: 'timeout',
    })
    expect(decide(silence('no_answer'), state({ looks: 99 }), day).kind).toBe('needs_review')
    expect(decide(silence('not_asked'), state({ looks: 99 }), day).kind).toBe('ask_again')
  })

  it('says nothing when there was an answer', () => {
    const at = { looks: 1, sentAt: SENT }
    for (const result of [found(), waiting, { kind: 'error', reason: 'mismatch' } as const])
      expect(askAgainIn(result, at, LOOK_DELAYS_SECONDS, SENT)).toBeUndefined()
  })
})

describe('the schedule', () => {
  it('is 10 s, 30 s, 2 m, 5 m, 15 m, 1 h, 6 h, then five days', () => {
    expect(LOOK_DELAYS_SECONDS).toEqual([
      10, 30, 120, 300, 900, 3600, 21600, 86400, 86400, 86400, 86400, 86400,
    ])
  })

  it('is used up by errors, one slot each, and ends with a person', () => {
    const outage: LookupResult = { kind: 'error', reason: 'http_5xx' }
    const delays = LOOK_DELAYS_SECONDS.map((_, index) => decide(outage, state({ looks: index + 1 }), 1))
    expect(delays.slice(0, -1).map((one) => one.kind === 'look_again' && one.delaySeconds)).toEqual(
      LOOK_DELAYS_SECONDS.slice(1),
    )
    expect(delays.at(-1)).toEqual({ kind: 'needs_review', notChargedSeen: 0, reason: 'http_5xx' })
  })

  it.each<LookupResult>([{ kind: 'unsupported' }, { kind: 'evidence', lastChargedAt: undefined }])(
    'never takes %o for "not charged"',
    (result) => {
      for (let looks = 1; looks <= LOOK_DELAYS_SECONDS.length; looks++)
        expect(['look_again', 'needs_review']).toContain(
          decide(result, state({ looks, notChargedSeen: 9 }), 60 * 24 * 30).kind,
        )
    },
  )

  it('says what a look-up that proves nothing was', () => {
    expect(decide({ kind: 'unsupported' }, state(), 1)).toMatchObject({
      reason: 'the look-up gives no certainty (unsupported)',
    })
    const named = { ...state({ byToken: true }), checkoutEnds: undefined }
    expect(decide({ kind: 'not_found' }, named, 1)).toMatchObject({
      reason: 'the provider no longer knows the payment it named',
    })
  })
})

describe('evidence of a token', () => {
  const KNOWN = SENT.subtract({ hours: 24 * 30 })
  const unnamed = { merchantRef: 'attempt-1', total: won(11_000) }
  const believing: LookPolicy = {
    ...policy,
    settleWindow: Temporal.Duration.from({ hours: 24 }),
    mayComplete: false,
    unchangedEvidence: 'not_charged',
  }
  const tokenState = (changes: Partial<LookState> = {}): LookState =>
    state({ checkoutEnds: undefined, byToken: true, tokenLastCharged: KNOWN, ...changes })
  const evidence = (lastChargedAt: Temporal.Instant | undefined): LookupResult => ({
    kind: 'evidence',
    lastChargedAt,
  })
  const weigh = (at: Temporal.Instant | undefined, from: LookState, hours: number, by = believing) =>
    decideLook(evidence(at), unnamed, from, by, SENT.add({ seconds: Math.round(hours * 3_600) }))
  const patient = tokenState({ looks: 8, notChargedSeen: NOT_CHARGED_TIMES - 1 })

  it("a later charge is this one: it has no name, its amount is ours, its time the provider's", () => {
    const at = SENT.add({ seconds: 1 })
    expect(weigh(at, tokenState(), 0)).toEqual({
      kind: 'paid',
      payment: {
        ref: '',
        merchantRef: 'attempt-1',
        status: 'paid',
        rawStatus: 'token last charged',
        total: 11_000,
        vat: 1_000,
        refundable: 11_000,
        refunds: [],
        approvedAt: at,
        method: '',
        cashReceiptBy: 'nobody',
      },
    })
  })

  it('tells charges in whole seconds: one in the second of the sending counts', () => {
    const sentAt = SENT.add({ milliseconds: 900 })
    expect(weigh(SENT, tokenState({ sentAt }), 0).kind).toBe('paid')
  })

  it('bears a clock two minutes behind ours, and not more', () => {
    expect(weigh(SENT.subtract({ seconds: 120 }), tokenState(), 0).kind).toBe('paid')
    expect(weigh(SENT.subtract({ seconds: 121 }), tokenState(), 0).kind).toBe('look_again')
  })

  it('the very charge we know of says nothing about a later one', () => {
    const shortBefore = SENT.subtract({ seconds: 2 })
    expect(weigh(shortBefore, tokenState({ tokenLastCharged: shortBefore }), 0).kind).toBe('look_again')
    expect(
      weigh(shortBefore.add({ seconds: 1 }), tokenState({ tokenLastCharged: shortBefore }), 0).kind,
    ).toBe('paid')
  })

  it.each([
    ['unchanged', KNOWN],
    ['none', undefined],
    ['older than we know', KNOWN.subtract({ hours: 1 })],
  ])('%s: after the window a person, or "not charged" where the policy says so', (_, at) => {
    expect(weigh(at, patient, 23.9).kind).toBe('look_again')
    expect(weigh(at, patient, 24)).toEqual({ kind: 'not_charged', status: 'the token was not charged' })
    expect(weigh(at, patient, 24, { ...believing, unchangedEvidence: 'review' })).toEqual({
      kind: 'needs_review',
      notChargedSeen: NOT_CHARGED_TIMES,
      reason: 'no sign of a charge, and no proof that there was none',
    })
    expect(weigh(at, { ...patient, notChargedSeen: 1 }, 24).kind).toBe('look_again')
  })

  it('a charge nobody knows of, from before the sending, is never "not charged": a person', () => {
    const strange = KNOWN.add({ hours: 5 })
    expect(weigh(strange, patient, 23).kind).toBe('look_again')
    expect(weigh(strange, patient, 24)).toMatchObject({
      kind: 'needs_review',
      reason: 'the token was charged before this, and nobody knows for what',
    })
    // A token of which we know no charge at all may have any past.
    expect(weigh(strange, { ...patient, tokenLastCharged: undefined }, 24).kind).toBe('not_charged')
  })

  it('a payment the provider has named and no longer knows is never "not charged"', () => {
    for (let looks = 1; looks <= LOOK_DELAYS_SECONDS.length; looks++)
      expect(['look_again', 'needs_review']).toContain(
        decideLook(
          { kind: 'not_found' },
          EXPECTED,
          { ...patient, looks },
          believing,
          SENT.add({ hours: 999 }),
        ).kind,
      )
    expect(decideLook({ kind: 'not_found' }, unnamed, patient, believing, SENT.add({ hours: 24 })).kind).toBe(
      'not_charged',
    )
  })

  it('whatever the times are: "paid" exactly for a later charge, "not charged" never with one', () => {
    const seconds = fc.integer({ min: -400_000, max: 200_000 })
    fc.assert(
      fc.property(
        fc.option(seconds, { nil: undefined }),
        fc.option(seconds, { nil: undefined }),
        fc.integer({ min: 0, max: 200_000 }),
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom('review' as const, 'not_charged' as const),
        (last, known, after, looks, notChargedSeen, unchangedEvidence) => {
          const at = (offset: number | undefined) =>
            offset === undefined ? undefined : SENT.add({ seconds: offset })
          const from = tokenState({ looks, notChargedSeen, tokenLastCharged: at(known) })
          const { kind } = weigh(at(last), from, after / 3_600, { ...believing, unchangedEvidence })
          const newer = last !== undefined && (known === undefined || last > known)
          expect(kind === 'paid').toBe(newer && last >= -120)
          if (kind === 'not_charged') {
            expect(unchangedEvidence).toBe('not_charged')
            expect(newer && known !== undefined).toBe(false)
            expect(after).toBeGreaterThanOrEqual(24 * 3_600)
            expect(notChargedSeen + 1).toBeGreaterThanOrEqual(NOT_CHARGED_TIMES)
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

const anyFound = fc.constantFrom<LookupResult>(
  found(),
  found({ total: won(1) }),
  found({ status: 'pending' }),
  found({ status: 'refunded' }),
  waiting,
  { kind: 'not_charged_yet', status: 'FAIL_PAYMENT', final: true },
  { kind: 'not_found' },
  { kind: 'error', reason: 'timeout' },
  { kind: 'no_answer', reason: 'timeout' },
  { kind: 'not_asked', reason: 'refused' },
  { kind: 'unsupported' },
  { kind: 'evidence', lastChargedAt: SENT.subtract({ hours: 24 }) },
)
const anyState = fc.record({
  looks: fc.integer({ min: 1, max: 15 }),
  notChargedSeen: fc.integer({ min: 0, max: 5 }),
  completions: fc.integer({ min: 0, max: 6 }),
  sentAt: fc.constant(SENT),
  checkoutEnds: fc.constantFrom(undefined, SENT.add({ minutes: 15 })),
})
const anyMinutes = fc.integer({ min: 0, max: 60 * 24 * 10 })

describe('whatever is seen', () => {
  const always = (
    holds: (decision: LookDecision, seen: LookupResult, at: LookState, minutes: number) => boolean,
    by = policy,
  ) =>
    fc.assert(
      fc.property(anyFound, anyState, anyMinutes, (seen, at, minutes) =>
        holds(decide(seen, at, minutes, by), seen, at, minutes),
      ),
      { numRuns: 2_000 },
    )

  it('nothing is ever sent again unless the provider completes one payment at most once', () => {
    always((decision) => decision.kind !== 'complete_again', { ...policy, mayComplete: false })
    always((decision, seen, at, minutes) =>
      decision.kind === 'complete_again'
        ? seen.kind === 'not_charged_yet' && !seen.final && at.completions < MAX_COMPLETIONS && minutes < 15
        : true,
    )
  })

  it('"paid" needs a payment of ours; "not charged" a final word, or patience', () => {
    always((decision, seen, at, minutes) => {
      if (decision.kind === 'paid') {
        const { status, total } = decision.payment
        return (
          seen.kind === 'found' && seen.payment === decision.payment && status === 'paid' && total === 11_000
        )
      }
      if (decision.kind !== 'not_charged') return true
      if (seen.kind === 'not_charged_yet' && seen.final) return true
      const sawNothing = seen.kind === 'not_charged_yet' || seen.kind === 'not_found'
      return sawNothing && at.notChargedSeen + 1 >= NOT_CHARGED_TIMES && minutes >= 25
    })
  })

  it('there is always a next look in the future, or a person', () => {
    always((decision) => decision.kind !== 'look_again' || decision.delaySeconds > 0)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterAttempt,
  afterSoldOut,
  atDeadline,
  type DeclineClass,
  defaultRetryPolicy,
  mostTries,
  noAttempts,
  type Outcome,
  parseRetryPolicy,
  type RetryDecision,
  type RetryHistory,
  type RetryPolicy,
  rememberOutcome,
} from './retry-policy.ts'

const start = Temporal.Instant.from('2027-01-08T17:00:00Z') // 02:00 in Seoul
const hour = (n: number) => start.add({ hours: n })
const declined = (kind: DeclineClass = 'retryable'): Outcome => ({ kind: 'declined', class: kind })

/**
 * Lives through a timeline hour by hour: charges when the policy says so and writes down what happened in which hour.
 * `bank` answers the nth call (from 0) made in the given hour.
 */
function live(
  bank: (call: number, hour: number) => Outcome,
  hours: number,
  policy: RetryPolicy = defaultRetryPolicy,
) {
  const log: string[] = []
  let history: RetryHistory = noAttempts
  let due: Temporal.Instant | null = start
  let deadline: Temporal.Instant | null = null
  let calls = 0
  for (let h = 0; h <= hours; h += 1) {
    const now = hour(h)
    if (deadline && atDeadline(deadline, now).kind === 'give_up') {
      log.push(`${h}h give_up no_new_method`)
      break
    }
    while (due && Temporal.Instant.compare(due, now) <= 0) {
      const outcome = bank(calls, h)
      calls += 1
      const decision: RetryDecision = afterAttempt(policy, history, outcome, now)
      history = rememberOutcome(history, outcome)
      log.push(`${h}h ${decision.kind}${'reason' in decision ? ` ${decision.reason}` : ''}`)
      due = decision.kind === 'retry_now' ? now : 'at' in decision ? decision.at : null
      deadline = decision.kind === 'needs_new_method' ? decision.giveUpAt : null
    }
  }
  return { log, calls, history }
}

describe('timelines of the default policy, hour by hour', () => {
  test('always refused: at once again, then after 24, 48 and 72 hours, then the end', () => {
    const { log, calls } = live(() => declined(), 200)
    expect(log).toEqual([
      '0h retry_now',
      '0h retry_at',
      '24h retry_at',
      '48h retry_at',
      '72h give_up tries_used_up',
    ])
    expect(calls).toBe(5)
  })

  test.each([
    [0, ['0h paid']],
    [1, ['0h retry_now', '0h paid']],
    [2, ['0h retry_now', '0h retry_at', '24h paid']],
    [3, ['0h retry_now', '0h retry_at', '24h retry_at', '48h paid']],
    [4, ['0h retry_now', '0h retry_at', '24h retry_at', '48h retry_at', '72h paid']],
  ])('refused %i times, then paid', (refusals, expected) => {
    expect(live((call) => (call < refusals ? declined() : { kind: 'paid' }), 200).log).toEqual(expected)
  })

  test('refused for good: a new method is asked for at once, no further try, the end after 72 hours', () => {
    const { log, calls } = live(() => declined('final'), 200)
    expect(log).toEqual(['0h needs_new_method', '72h give_up no_new_method'])
    expect(calls).toBe(1)
  })

  test('refused for good later on: no further try from then on', () => {
    const { log } = live((call) => declined(call < 2 ? 'retryable' : 'final'), 200)
    expect(log).toEqual(['0h retry_now', '0h retry_at', '24h needs_new_method', '96h give_up no_new_method'])
  })

  test('a dead token: the same, and the token is marked', () => {
    const { log } = live(() => declined('token_dead'), 200)
    expect(log).toEqual(['0h needs_new_method', '72h give_up no_new_method'])
    expect(afterAttempt(defaultRetryPolicy, noAttempts, declined('token_dead'), start)).toEqual({
      kind: 'needs_new_method',
      giveUpAt: hour(72),
      token: 'mark_dead',
    })
    expect(afterAttempt(defaultRetryPolicy, noAttempts, declined('final'), start)).toMatchObject({
      token: 'keep',
    })
    const last = { ...noAttempts, declines: 4 }
    expect(afterAttempt(defaultRetryPolicy, last, declined('token_dead'), start)).toEqual({
      kind: 'give_up',
      reason: 'tries_used_up',
      token: 'mark_dead',
    })
  })

  test('unknown: frozen, and nothing more happens by itself', () => {
    expect(live(() => ({ kind: 'unknown' }), 2000).log).toEqual(['0h freeze'])
    expect(live((call) => (call === 0 ? declined() : { kind: 'unknown' }), 2000).log).toEqual([
      '0h retry_now',
      '0h freeze',
    ])
    expect(afterAttempt(defaultRetryPolicy, noAttempts, { kind: 'unknown' }, start)).toEqual({
      kind: 'freeze',
      why: 'unknown_outcome',
    })
  })

  test('a request of ours that the provider calls wrong: stopped for an operator, no try used', () => {
    expect(afterAttempt(defaultRetryPolicy, noAttempts, { kind: 'invalid' }, start)).toEqual({
      kind: 'freeze',
      why: 'invalid_request',
    })
    expect(live(() => ({ kind: 'invalid' }), 2000)).toMatchObject({ log: ['0h freeze'], history: noAttempts })
  })

  test('provider away for 100 hours: tried every hour, no try used, then the full number of tries', () => {
    const policy = { ...defaultRetryPolicy, technical: { firstSeconds: 3600, mostSeconds: 3600 } }
    const { log, history } = live((_, h) => (h < 100 ? { kind: 'unavailable' } : declined()), 400, policy)
    expect(log.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, h) => `${h}h technical_retry`))
    expect(log.slice(100)).toEqual([
      '100h retry_now',
      '100h retry_at',
      '124h retry_at',
      '148h retry_at',
      '172h give_up tries_used_up',
    ])
    expect(history.declines).toBe(5)
  })

  test('provider away on the second day only: the customer loses no try', () => {
    const policy = { ...defaultRetryPolicy, technical: { firstSeconds: 3600, mostSeconds: 3600 } }
    const { log } = live((_, h) => (h >= 24 && h < 30 ? { kind: 'unavailable' } : declined()), 400, policy)
    expect(log.filter((line) => !line.endsWith('technical_retry'))).toEqual([
      '0h retry_now',
      '0h retry_at',
      '30h retry_at',
      '54h retry_at',
      '78h give_up tries_used_up',
    ])
  })
})

describe('technical back-off', () => {
  const wait = (unreachedInARow: number, retryAfterSeconds?: number) => {
    const outcome: Outcome = {
      kind: 'unavailable',
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    }
    const decision = afterAttempt(defaultRetryPolicy, { ...noAttempts, unreachedInARow }, outcome, start)
    if (decision.kind !== 'technical_retry') throw new Error(decision.kind)
    return start.until(decision.at, { largestUnit: 'seconds' }).seconds
  }

  test('doubles from one minute to one hour and stays there', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 5000].map((n) => wait(n))).toEqual([
      60, 120, 240, 480, 960, 1920, 3600, 3600, 3600,
    ])
  })

  test('waits as long as the provider asks, within the bound', () => {
    expect(wait(0, 90)).toBe(90)
    expect(wait(0, 90.2)).toBe(91)
    expect(wait(0, 5)).toBe(60)
    expect(wait(0, 100_000)).toBe(3600)
  })

  test('starts anew after an answer', () => {
    const away = rememberOutcome(rememberOutcome(noAttempts, { kind: 'unavailable' }), {
      kind: 'unavailable',
    })
    expect(away).toEqual({ ...noAttempts, unreachedInARow: 2 })
    expect(rememberOutcome(away, declined())).toEqual({ ...noAttempts, declines: 1 })
    expect(rememberOutcome(away, { kind: 'paid' })).toEqual(noAttempts)
    expect(rememberOutcome(away, { kind: 'unknown' })).toBe(away)
    expect(rememberOutcome(away, { kind: 'invalid' })).toBe(away)
  })
})

describe('nothing to send after a refusal', () => {
  test('the shelf is looked at as long as a refusal would be tried again, then the delivery is left out', () => {
    const looks = [1, 2, 3].map((soldOut) =>
      afterSoldOut(defaultRetryPolicy, { ...noAttempts, declines: 2, soldOut }, start),
    )
    expect(looks).toEqual([
      { kind: 'look_again', at: hour(24) },
      { kind: 'look_again', at: hour(24) },
      { kind: 'leave_out' },
    ])
    expect(
      afterSoldOut({ ...defaultRetryPolicy, stockTries: 1 }, { ...noAttempts, soldOut: 1 }, start),
    ).toEqual({
      kind: 'leave_out',
    })
  })

  test('what the bank says neither adds to it nor takes away', () => {
    const waited = { ...noAttempts, soldOut: 2 }
    for (const outcome of [
      declined(),
      { kind: 'unavailable' },
      { kind: 'paid' },
      { kind: 'unknown' },
    ] as const)
      expect(rememberOutcome(waited, outcome).soldOut).toBe(2)
  })
})

describe('the deadline for a new method', () => {
  test('waits until the very moment', () => {
    expect(atDeadline(hour(72), hour(71))).toEqual({ kind: 'wait', until: hour(72) })
    expect(atDeadline(hour(72), hour(72))).toEqual({
      kind: 'give_up',
      reason: 'no_new_method',
      token: 'keep',
    })
  })
})

describe('parseRetryPolicy', () => {
  test('takes what it gave', () => {
    expect(parseRetryPolicy(JSON.parse(JSON.stringify(defaultRetryPolicy)))).toEqual({
      kind: 'policy',
      policy: defaultRetryPolicy,
    })
  })

  const edges = [
    ['immediateRetries', 0, 3],
    ['laterRetries', 0, 10],
    ['hoursBetween', 1, 168],
    ['stockTries', 1, 10],
    ['newMethodWithinHours', 1, 720],
  ] as const
  test.each(edges)('%s from %i to %i', (field, least, most) => {
    for (const value of [least, most])
      expect(parseRetryPolicy({ ...defaultRetryPolicy, [field]: value }).kind).toBe('policy')
    for (const value of [least - 1, most + 1, 1.5, '1', null, undefined, Number.NaN])
      expect(parseRetryPolicy({ ...defaultRetryPolicy, [field]: value })).toEqual({
        kind: 'refused',
        code: 'retry_policy_invalid',
        fields: [field],
      })
  })

  test.each([
    [{ firstSeconds: 0, mostSeconds: 60 }, ['firstSeconds']],
    [{ firstSeconds: 3601, mostSeconds: 7200 }, ['firstSeconds']],
    [{ firstSeconds: 60, mostSeconds: 86_401 }, ['mostSeconds']],
    [{ firstSeconds: 60, mostSeconds: 59 }, ['mostSeconds']],
    [{ firstSeconds: 60 }, ['mostSeconds']],
    [{ firstSeconds: 60, mostSeconds: 60, factor: 2 }, ['factor']],
  ])('technical %j: %j at fault', (technical, fields) => {
    expect(parseRetryPolicy({ ...defaultRetryPolicy, technical })).toMatchObject({ fields })
  })

  test.each([null, undefined, 7, 'x', []])('%j is no policy: every field is named', (input) => {
    const refused = parseRetryPolicy(input)
    expect(refused.kind === 'refused' && refused.fields.length).toBe(7)
  })

  test('unknown fields are named', () => {
    expect(parseRetryPolicy({ ...defaultRetryPolicy, retries: 9 })).toMatchObject({ fields: ['retries'] })
  })
})

describe('for any policy and any bank', () => {
  const policies: fc.Arbitrary<RetryPolicy> = fc.record({
    immediateRetries: fc.integer({ min: 0, max: 3 }),
    laterRetries: fc.integer({ min: 0, max: 10 }),
    hoursBetween: fc.integer({ min: 1, max: 168 }),
    stockTries: fc.integer({ min: 1, max: 10 }),
    newMethodWithinHours: fc.integer({ min: 1, max: 720 }),
    technical: fc.record({
      firstSeconds: fc.integer({ min: 1, max: 3600 }),
      mostSeconds: fc.integer({ min: 3600, max: 86_400 }),
    }),
  })
  const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
    fc.constantFrom<DeclineClass>('retryable', 'final', 'token_dead').map(declined),
    fc.record({ kind: fc.constant('unavailable' as const) }),
    fc.record({ kind: fc.constant('unknown' as const) }),
    fc.record({ kind: fc.constant('invalid' as const) }),
  )

  test('tries never exceed 1 + immediate + later, even when the customer keeps giving new methods', () => {
    fc.assert(
      fc.property(policies, fc.array(outcomes, { minLength: 40, maxLength: 80 }), (policy, list) => {
        let history = noAttempts
        let tries = 0
        let now = start
        for (const outcome of list) {
          const decision = afterAttempt(policy, history, outcome, now)
          const before = history
          history = rememberOutcome(history, outcome)
          if (outcome.kind === 'declined') tries += 1
          else expect(history.declines).toBe(before.declines)
          expect(tries).toBeLessThanOrEqual(mostTries(policy))
          if (outcome.kind === 'unknown' || outcome.kind === 'invalid') expect(decision.kind).toBe('freeze')
          if (outcome.kind === 'unavailable') expect(decision.kind).toBe('technical_retry')
          if ('at' in decision) {
            expect(Temporal.Instant.compare(decision.at, now)).toBeGreaterThan(0)
            now = decision.at
          }
          expect(decision.kind === 'give_up').toBe(outcome.kind === 'declined' && tries === mostTries(policy))
          if (decision.kind === 'give_up') return
        }
      }),
      { numRuns: 300 },
    )
  })

  test('only refusals: exactly 1 + immediate + later tries, the later ones a fixed time apart', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const hours = policy.laterRetries * policy.hoursBetween
        const { log, calls } = live(() => declined(), hours + 1, policy)
        expect(calls).toBe(mostTries(policy))
        expect(log.at(-1)).toBe(`${hours}h give_up tries_used_up`)
      }),
      { numRuns: 30 },
    )
  })
})

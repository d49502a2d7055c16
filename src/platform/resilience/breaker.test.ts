import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Admission, type BreakerState, createBreaker, PAYMENT_BREAKER } from './breaker.ts'
import type { Verdict } from './wire.ts'

/** A breaker of the payment kind on a clock of our own. */
function setUp() {
  const clock = { ms: 1_000 }
  const changes: BreakerState[] = []
  const breaker = createBreaker(
    PAYMENT_BREAKER,
    () => clock.ms,
    (state) => changes.push(state),
  )
  const report = (verdict: Verdict) => admitted(breaker.admit()).report(verdict)
  const repeat = async (times: number, verdict: Verdict) => {
    for (let n = 0; n < times; n += 1) await report(verdict)
  }
  return { breaker, clock, changes, repeat }
}

function admitted(admission: Admission) {
  if (admission.kind !== 'admitted') throw new Error('the breaker refused')
  return admission
}

async function opened() {
  const all = setUp()
  await all.repeat(20, 'failure')
  expect(all.breaker.state()).toBe('open')
  return all
}

async function halfOpen() {
  const all = await opened()
  all.clock.ms += 10_000
  return all
}

describe('closed', () => {
  it('opens at the 20th failure in a row, not before', async () => {
    const { breaker, repeat, changes } = setUp()
    await repeat(19, 'failure')
    expect(breaker.state()).toBe('closed')
    await repeat(1, 'failure')
    expect(breaker.state()).toBe('open')
    expect(changes).toEqual(['open'])
  })

  it.each([
    [5, 15, 'open'],
    [6, 14, 'closed'],
    [10, 29, 'closed'],
    [10, 30, 'open'],
    [40, 29, 'closed'],
    [40, 30, 'open'],
  ] as const)('after %i successes and %i failures it is %s', async (successes, failures, state) => {
    const { breaker, repeat } = setUp()
    await repeat(successes, 'success')
    await repeat(failures, 'failure')
    expect(breaker.state()).toBe(state)
  })

  it('does not count neutral calls', async () => {
    const { breaker, repeat } = setUp()
    await repeat(19, 'failure')
    await repeat(100, 'neutral')
    expect(breaker.state()).toBe('closed')
    await repeat(1, 'failure')
    expect(breaker.state()).toBe('open')
  })

  it('opens exactly when 75 % of the last 40 counted calls, of at least 20, failed', async () => {
    const verdict = fc.constantFrom<Verdict>('success', 'failure', 'failure', 'failure', 'neutral')
    await fc.assert(
      fc.asyncProperty(fc.array(verdict, { maxLength: 150 }), async (verdicts) => {
        const { breaker, repeat } = setUp()
        const counted: Verdict[] = []
        for (const each of verdicts) {
          await repeat(1, each)
          if (each !== 'neutral') counted.push(each)
          const recent = counted.slice(-40)
          const failed = recent.filter((one) => one === 'failure').length
          const shouldOpen = each === 'failure' && recent.length >= 20 && failed * 4 >= recent.length * 3
          expect(breaker.state()).toBe(shouldOpen ? 'open' : 'closed')
          if (shouldOpen) return
        }
      }),
    )
  })
})

describe('open', () => {
  it('refuses for 10 s and tells how long it will', async () => {
    const { breaker, clock } = await opened()
    expect(breaker.admit()).toEqual({ kind: 'refused', retryAfterMs: 10_000 })
    clock.ms += 9_999
    expect(breaker.admit()).toEqual({ kind: 'refused', retryAfterMs: 1 })
    clock.ms += 1
    expect(breaker.refusal()).toBeUndefined()
    expect(breaker.state()).toBe('open')
    expect(breaker.admit().kind).toBe('admitted')
    expect(breaker.state()).toBe('half_open')
  })

  it('counts 10 s again after each opening', async () => {
    const { breaker, clock, repeat, changes } = await halfOpen()
    await repeat(8, 'failure')
    expect(breaker.admit()).toEqual({ kind: 'refused', retryAfterMs: 10_000 })
    clock.ms += 10_000
    await repeat(10, 'success')
    expect(changes).toEqual(['open', 'half_open', 'open', 'half_open', 'closed'])
  })
})

describe('half open', () => {
  it('lets 10 trials through and refuses the 11th at once', async () => {
    const { breaker } = await halfOpen()
    const trials = Array.from({ length: 10 }, () => admitted(breaker.admit()))
    expect(breaker.admit()).toEqual({ kind: 'refused', retryAfterMs: 1_000 })
    await Promise.all(trials.map((trial) => trial.report('success')))
    expect(breaker.state()).toBe('closed')
    expect(breaker.refusal()).toBeUndefined()
  })

  it.each([
    [3, 7, 'closed'],
    [2, 8, 'open'],
  ] as const)('after %i good and %i failed trials it is %s', async (good, failed, state) => {
    const { breaker, repeat } = await halfOpen()
    await repeat(good, 'success')
    await repeat(failed, 'failure')
    expect(breaker.state()).toBe(state)
  })

  it('starts with an empty window after closing', async () => {
    const { breaker, repeat } = await halfOpen()
    await repeat(10, 'success')
    await repeat(18, 'success')
    expect(breaker.state()).toBe('closed')
    const fresh = await halfOpen()
    await fresh.repeat(10, 'success')
    // cockatiel keeps one success (the last trial): 18 failures are below 20 calls, 19 reach them.
    await fresh.repeat(18, 'failure')
    expect(fresh.breaker.state()).toBe('closed')
    await fresh.repeat(1, 'failure')
    expect(fresh.breaker.state()).toBe('open')
  })

  it('gives the place of a neutral trial to the next call instead of counting it', async () => {
    const { breaker, repeat } = await halfOpen()
    await repeat(50, 'neutral')
    expect(breaker.state()).toBe('half_open')
    await repeat(9, 'success')
    await repeat(50, 'neutral')
    expect(breaker.state()).toBe('half_open')
    await repeat(1, 'success')
    expect(breaker.state()).toBe('closed')
  })

  it('never has more than 10 trials at a time, neutral ones or not', async () => {
    const { breaker } = await halfOpen()
    const trials = Array.from({ length: 10 }, () => admitted(breaker.admit()))
    await Promise.all(trials.slice(0, 4).map((trial) => trial.report('neutral')))
    const again = Array.from({ length: 4 }, () => admitted(breaker.admit()))
    expect(breaker.admit().kind).toBe('refused')
    await Promise.all([...trials.slice(4), ...again].map((trial) => trial.report('success')))
    expect(breaker.state()).toBe('closed')
  })

  it('ignores failures of calls begun before the outage was noticed', async () => {
    const { breaker, clock, repeat } = setUp()
    const old = Array.from({ length: 30 }, () => admitted(breaker.admit()))
    await repeat(20, 'failure')
    clock.ms += 10_000
    await repeat(5, 'success')
    for (const call of old.slice(0, 15)) await call.report('failure')
    expect(breaker.state()).toBe('half_open')
    await repeat(5, 'success')
    for (const call of old.slice(15)) await call.report('failure')
    expect(breaker.state()).toBe('closed')
    await repeat(18, 'failure')
    expect(breaker.state()).toBe('closed')
  })

  it('ignores trials of an earlier half-open time', async () => {
    const { breaker, clock, repeat } = await halfOpen()
    const old = admitted(breaker.admit())
    const idle = admitted(breaker.admit())
    await idle.report('neutral')
    await repeat(8, 'failure')
    clock.ms += 10_000
    await repeat(9, 'success')
    await old.report('success')
    expect(breaker.state()).toBe('half_open')
    await repeat(1, 'success')
    expect(breaker.state()).toBe('closed')
  })
})

import { describe, expect, it } from 'vitest'
import type { BreakerSettings } from './breaker.ts'
import { createGuard, type GuardOptions } from './guard.ts'
import { until } from './poll-until.ts'
import { type WireResult, wireVerdict } from './wire.ts'

const ANSWER: WireResult = { kind: 'answered', status: 200, headers: {}, bodyText: '{}', durationMs: 1 }
const LOST: WireResult = { kind: 'no_answer', reason: 'timeout', sentAt: 0, bytesReceived: 0 }
const ABORTED = { kind: 'not_sent', reason: 'aborted_before_send' }
const QUICK: BreakerSettings = {
  window: 4,
  minimumCalls: 2,
  failureRatio: 0.75,
  openMs: 10_000,
  halfOpenTrials: 2,
}

function setUp(options: Partial<GuardOptions<WireResult>> = {}) {
  const clock = { ms: 0 }
  const changes: unknown[] = []
  const guard = createGuard<WireResult>({
    name: 'kakaopay.charge',
    limit: 2,
    breaker: QUICK,
    classify: wireVerdict,
    onStateChange: (change) => changes.push(change),
    monotonicNow: () => clock.ms,
    ...options,
  })
  const calls: { signal: AbortSignal; end: (result: WireResult) => void }[] = []
  /** A call that ends when the test says so. */
  const held = (signal: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<WireResult>()
    calls.push({ signal, end: resolve })
    return promise
  }
  const soon = (ms = 5_000) => ({ deadline: Date.now() + ms })
  const give = (result: WireResult) => guard.run(async () => result, soon())
  return { guard, clock, changes, calls, held, soon, give }
}

describe('breaker', () => {
  it('opens, refuses at once, tries again and recovers, telling each change', async () => {
    const { guard, clock, changes, give } = setUp()
    await give(LOST)
    expect(await give(LOST)).toEqual(LOST)
    expect(guard.state()).toBe('open')
    expect(await give(ANSWER)).toEqual({ kind: 'not_sent', reason: 'breaker_open', retryAfterMs: 10_000 })
    expect(guard.stateOf()).toMatchObject({ name: 'kakaopay.charge', state: 'open', retryAfterMs: 10_000 })
    clock.ms = 10_000
    expect(await give(ANSWER)).toEqual(ANSWER)
    await give(ANSWER)
    expect(guard.stateOf()).toEqual({
      name: 'kakaopay.charge',
      state: 'closed',
      running: 0,
      waiting: 0,
      retryAfterMs: 0,
    })
    expect(changes).toEqual(
      ['open', 'half_open', 'closed'].map((state) => ({ name: 'kakaopay.charge', state })),
    )
  })

  it('counts business refusals as health and our own limits not at all', async () => {
    const { guard, give } = setUp()
    for (let n = 0; n < 5; n += 1) await give({ ...ANSWER, status: 400 })
    for (let n = 0; n < 50; n += 1) await give({ kind: 'not_sent', reason: 'bulkhead_full' })
    expect(guard.state()).toBe('closed')
  })

  it('counts a call that throws as a failure and passes the error on', async () => {
    const { guard, soon } = setUp()
    const bug = () => Promise.reject(new Error('bug'))
    await expect(guard.run(bug, soon())).rejects.toThrow('bug')
    await expect(guard.run(bug, soon())).rejects.toThrow('bug')
    expect(guard.state()).toBe('open')
  })

  it('is not held half open by a classifier that throws', async () => {
    let broken = false
    const { guard, clock, give } = setUp({
      classify: (result) => {
        if (broken) throw new Error('bad classifier')
        return wireVerdict(result)
      },
    })
    await give(LOST)
    await give(LOST)
    clock.ms = 10_000
    broken = true
    for (let n = 0; n < 5; n += 1) await expect(give(ANSWER)).rejects.toThrow('bad classifier')
    broken = false
    await give(ANSWER)
    await give(ANSWER)
    expect(guard.state()).toBe('closed')
  })

  it('refuses waiting calls once it has opened', async () => {
    const { guard, calls, held, soon } = setUp()
    const results = Array.from({ length: 4 }, () => guard.run(held, soon()))
    expect(guard.stateOf()).toMatchObject({ running: 2, waiting: 2 })
    for (const call of calls.slice()) call.end(LOST)
    expect(await Promise.all(results)).toMatchObject([
      LOST,
      LOST,
      { reason: 'breaker_open' },
      { reason: 'breaker_open' },
    ])
    expect(calls).toHaveLength(2)
  })
})

describe('limit', () => {
  it('never runs more than the limit and lets the waiting in, in order', async () => {
    const { guard, soon } = setUp({ limit: 3 })
    let running = 0
    let most = 0
    const order: number[] = []
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, number) =>
        guard.run(async () => {
          order.push(number)
          running += 1
          most = Math.max(most, running)
          await new Promise(setImmediate)
          running -= 1
          return ANSWER
        }, soon()),
      ),
    )
    expect(results).toEqual(Array.from({ length: 30 }, () => ANSWER))
    expect(most).toBe(3)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(guard.stateOf()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('gives up waiting after the acquire timeout and never makes that call', async () => {
    const { guard, calls, held, soon } = setUp({ limit: 1, acquireTimeoutMs: 20 })
    const first = guard.run(held, soon())
    expect(await guard.run(held, soon())).toEqual({ kind: 'not_sent', reason: 'bulkhead_full' })
    expect(guard.stateOf()).toMatchObject({ running: 1, waiting: 0 })
    calls[0]?.end(ANSWER)
    expect(await first).toEqual(ANSWER)
    const next = guard.run(held, soon())
    await until(() => calls.length === 2, { deadlineMs: 2_000, what: 'the next call' })
    calls[1]?.end(ANSWER)
    expect(await next).toEqual(ANSWER)
    expect(calls).toHaveLength(2)
  })

  it('gives up waiting at the deadline, when the caller does, and when stopped', async () => {
    const { guard, calls, held, soon } = setUp({ limit: 1 })
    const first = guard.run(held, soon())
    expect(await guard.run(held, soon(20))).toEqual(ABORTED)
    expect(await guard.run(held, { ...soon(), signal: AbortSignal.timeout(20) })).toEqual(ABORTED)
    const waiting = guard.run(held, soon())
    guard.stop()
    expect(await waiting).toEqual(ABORTED)
    expect(await guard.run(held, soon())).toEqual(ABORTED)
    calls[0]?.end(ANSWER)
    expect(await first).toEqual(ANSWER)
    expect(calls).toHaveLength(1)
  })
})

describe('deadline', () => {
  it('refuses when it has passed or the caller is gone', async () => {
    const { guard, calls, held, soon } = setUp()
    expect(await guard.run(held, soon(0))).toEqual(ABORTED)
    expect(await guard.run(held, { ...soon(), signal: AbortSignal.abort() })).toEqual(ABORTED)
    expect(calls).toHaveLength(0)
  })

  it('aborts the call at the deadline or when the caller does, and still takes its result', async () => {
    const { guard, soon } = setUp()
    const lostAtAbort = (signal: AbortSignal) =>
      new Promise<WireResult>((resolve) => signal.addEventListener('abort', () => resolve(LOST)))
    expect(await guard.run(lostAtAbort, soon(20))).toEqual(LOST)
    expect(await guard.run(lostAtAbort, { ...soon(), signal: AbortSignal.timeout(20) })).toEqual(LOST)
  })
})

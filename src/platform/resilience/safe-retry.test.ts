import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pauseBefore, type RetryOptions, retrySafely } from './safe-retry.ts'
import { type NoAnswer, type NotSent, type WireResult, wireVerdict } from './wire.ts'

const notSent = (reason: NotSent['reason']): WireResult => ({ kind: 'not_sent', reason })
const lost = (reason: NoAnswer['reason']): WireResult => ({
  kind: 'no_answer',
  reason,
  sentAt: 0,
  bytesReceived: 0,
})
const answered = (status: number): WireResult => ({
  kind: 'answered',
  status,
  headers: {},
  bodyText: '',
  durationMs: 1,
})

const RESULTS: WireResult[] = [
  ...(
    [
      'dns',
      'refused',
      'connect_timeout',
      'tls',
      'bulkhead_full',
      'breaker_open',
      'aborted_before_send',
    ] as const
  ).map(notSent),
  ...(['timeout', 'reset', 'truncated', 'too_large'] as const).map(lost),
  ...[200, 400, 409, 429, 500, 503].map(answered),
]

/** Gives the results one after another; the clock moves only by the pauses. */
async function play(results: WireResult[], options: Partial<RetryOptions> = {}) {
  const made: WireResult[] = []
  const pauses: number[] = []
  const clock = { ms: 0 }
  const result = await retrySafely(
    async (tryNumber) => {
      const next = results[tryNumber - 1]
      if (next === undefined) throw new Error(`no result for try ${tryNumber}`)
      made.push(next)
      return next
    },
    {
      idempotent: false,
      deadline: 60_000,
      random: () => 0.5,
      now: () => clock.ms,
      sleep: async (ms) => {
        pauses.push(ms)
        clock.ms += ms
      },
      ...options,
    },
  )
  return { result, made, pauses }
}

describe('retry', () => {
  it('tries three times with doubling pauses where nothing was sent', async () => {
    const all = [notSent('refused'), notSent('dns'), notSent('connect_timeout'), answered(200)]
    expect(await play(all)).toEqual({ result: all[2], made: all.slice(0, 3), pauses: [150, 300] })
    expect(await play([notSent('refused'), answered(400)])).toMatchObject({ result: answered(400) })
  })

  it('never repeats what may have been sent, whatever comes first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...RESULTS), { minLength: 8, maxLength: 8 }),
        async (results) => {
          const { made, result } = await play(results, { tries: 8 })
          for (const before of made.slice(0, -1)) {
            expect(
              before.kind === 'not_sent' && ['dns', 'refused', 'connect_timeout'].includes(before.reason),
            ).toBe(true)
          }
          expect(result).toBe(made.at(-1))
        },
      ),
    )
  })

  it.each([lost('timeout'), lost('reset'), lost('truncated'), answered(503), answered(429)])(
    'repeats an idempotent call after %j, a charge not',
    async (first) => {
      const results = [first, answered(200)]
      expect((await play(results, { idempotent: true })).result).toEqual(answered(200))
      expect((await play(results)).made).toEqual([first])
    },
  )

  it.each([
    notSent('breaker_open'),
    notSent('bulkhead_full'),
    notSent('aborted_before_send'),
    notSent('tls'),
    answered(404),
  ])('gives even an idempotent call no second try after %j', async (first) => {
    expect((await play([first], { idempotent: true })).made).toEqual([first])
  })

  it('begins no try at or after the deadline', async () => {
    const all = [notSent('refused'), notSent('refused'), notSent('refused')]
    expect((await play(all, { deadline: 150 })).pauses).toEqual([])
    expect((await play(all, { deadline: 151 })).pauses).toEqual([150])
  })

  it('passes on what the call throws', async () => {
    await expect(play([])).rejects.toThrow('no result for try 1')
  })
})

describe('pause', () => {
  it('lies between half and all of the doubled step, capped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (nth, chance) => {
          const step = Math.min(2_000, 200 * 2 ** (nth - 2))
          const pause = pauseBefore(nth, chance)
          expect(pause).toBeGreaterThanOrEqual(step / 2)
          expect(pause).toBeLessThanOrEqual(step)
        },
      ),
    )
    expect([2, 3, 9].map((nth) => pauseBefore(nth, 0, { baseMs: 100, maxMs: 500 }))).toEqual([50, 100, 250])
  })
})

it('judges every wire result', () => {
  const verdicts = RESULTS.map((result) => [
    result.kind === 'answered' ? result.status : result.reason,
    wireVerdict(result),
  ])
  expect(Object.fromEntries(verdicts)).toEqual({
    dns: 'failure',
    refused: 'failure',
    connect_timeout: 'failure',
    tls: 'failure',
    bulkhead_full: 'neutral',
    breaker_open: 'neutral',
    aborted_before_send: 'neutral',
    timeout: 'failure',
    reset: 'failure',
    truncated: 'failure',
    too_large: 'failure',
    200: 'success',
    400: 'success',
    409: 'success',
    429: 'failure',
    500: 'failure',
    503: 'failure',
  })
})

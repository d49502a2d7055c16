import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type LimitRange, nextLimit, type Pace, paceAfter, queueRule, slowdownOf } from './gradient-limit.ts'

const RANGE: LimitRange = { floor: 20, ceiling: 400 }

/**
 * A process that does `knee` requests at once without any of them waiting, under more load than it can take, for so many
 * windows. @param noise factors of what each window takes, as machines have them
 */
function underLoad(knee: number, from: number, noise: readonly number[]): number {
  return noise.reduce(
    (limit, factor) =>
      nextLimit(limit, { slowdown: factor * Math.max(1, limit / knee), peak: Math.floor(limit) }, RANGE),
    from,
  )
}

it('settles a little above twice what is done without waiting, wherever it began, and never outside of its range', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: RANGE.floor, max: RANGE.ceiling }),
      fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { minLength: 80, maxLength: 200 }),
      (knee, from, noise) => {
        const limit = underLoad(knee, from, noise)
        expect(limit).toBeGreaterThanOrEqual(Math.min(RANGE.ceiling, Math.max(RANGE.floor, 1.6 * knee)))
        expect(limit).toBeLessThanOrEqual(Math.min(RANGE.ceiling, Math.max(RANGE.floor, 3 * knee + 10)))
      },
    ),
  )
})

it('whatever is measured, the limit stays in its range, and slower answers never raise it', () => {
  const figure = fc.double({ min: 0, max: 1e9, noNaN: true })
  const limits = fc.double({ min: RANGE.floor, max: RANGE.ceiling, noNaN: true })
  fc.assert(
    fc.property(limits, figure, figure, fc.nat(1_000), (limit, one, other, peak) => {
      const after = (slowdown: number) => nextLimit(limit, { slowdown, peak }, RANGE)
      expect(after(one)).toBeGreaterThanOrEqual(RANGE.floor)
      expect(after(one)).toBeLessThanOrEqual(RANGE.ceiling)
      expect(after(Math.max(one, other))).toBeLessThanOrEqual(after(Math.min(one, other)))
    }),
  )
})

it('a pause of the machine halves the limit at most, and a limit that is not half used stays', () => {
  expect(nextLimit(100, { slowdown: 1_000, peak: 100 }, RANGE)).toBe(60)
  expect(nextLimit(100, { slowdown: 2, peak: 50 }, RANGE)).toBe(110)
  expect(nextLimit(100, { slowdown: 1_000, peak: 49 }, RANGE)).toBe(100)
  expect(nextLimit(100, { slowdown: 4, peak: 100 }, RANGE)).toBe(60)
})

it('what is measured under pressure is never taken for normal; with room normal follows slowly, and falls at once', () => {
  const times = (count: number, ms: number, pressed: boolean, pace?: Pace) =>
    Array.from({ length: count }, () => ms).reduce<Pace | undefined>(
      (was, each) => paceAfter(was, each, pressed),
      pace,
    )
  const quiet = times(1, 10, false)
  expect(quiet).toEqual({ typicalMs: 10, normalMs: 10 })
  const crowded = times(100_000, 80, true, quiet)
  expect(crowded?.normalMs).toBe(10)
  expect(crowded?.typicalMs).toBeCloseTo(80)
  // The database has grown, and there is room: some hundred requests later this is what is normal.
  const grown = times(200, 20, false, quiet)?.normalMs ?? 0
  expect(grown).toBeGreaterThan(14)
  expect(grown).toBeLessThan(18)
  expect(times(40, 12, true, { typicalMs: 80, normalMs: 40 })?.normalMs).toBeLessThan(13)
  // One quick answer is not normal yet.
  expect(paceAfter({ typicalMs: 80, normalMs: 80 }, 8, true).normalMs).toBe(71)
})

it('slowness has one measure for quick and long work; below five milliseconds it is the clock that is measured', () => {
  const pace = (normalMs: number): Pace => ({ typicalMs: normalMs, normalMs })
  expect(slowdownOf(300, pace(100))).toBe(3)
  expect(slowdownOf(30, pace(10))).toBe(3)
  expect(slowdownOf(5, pace(0.2))).toBe(1)
})

it('a burst may wait, a queue that stands is cut', () => {
  expect(queueRule(0, 20, 10)).toEqual({ room: 200, ageMs: 3_000 })
  expect(queueRule(99, 20, 10)).toEqual({ room: 200, ageMs: 3_000 })
  expect(queueRule(100, 20, 10)).toEqual({ room: 5, ageMs: 30 })
  expect(queueRule(5_000, 1, 10)).toEqual({ room: 1, ageMs: 30 })
  // A queue of a quarter empties in a quarter of what work takes, more or less.
  expect(queueRule(100, 20, 140)).toEqual({ room: 5, ageMs: 140 })
  expect(queueRule(100, 20, 60_000)).toEqual({ room: 5, ageMs: 3_000 })
})

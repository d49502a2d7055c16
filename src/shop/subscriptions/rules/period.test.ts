import { isMainThread } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Period } from '../../../platform/time/period.ts'
import {
  businessDay,
  type CalendarPolicy,
  cutOffOf,
  defaultCalendarPolicy,
  firstChangeableDay,
  gridDate,
  gridIndexFrom,
  isBeforeCutOff,
  laterDate,
  parsePeriod,
} from './period.ts'

const date = (text: string) => Temporal.PlainDate.from(text)
const seoul = (text: string) => Temporal.ZonedDateTime.from(`${text}[Asia/Seoul]`).toInstant()
const anyPolicy: CalendarPolicy = { ...defaultCalendarPolicy, allowedDays: 'any', allowedMonths: 'any' }

const dates = fc
  .integer({ min: 0, max: 12_000 })
  .map((days) => Temporal.PlainDate.from('2020-01-01').add({ days }))
const periods: fc.Arbitrary<Period> = fc.oneof(
  fc.record({ unit: fc.constant('days' as const), count: fc.integer({ min: 7, max: 365 }) }),
  fc.record({ unit: fc.constant('months' as const), count: fc.integer({ min: 1, max: 12 }) }),
)

describe('parsePeriod', () => {
  test.each([
    [30, 'period'],
    [60, 'period'],
    [90, 'period'],
    [120, 'period'],
    [31, 'period_not_offered'],
    [6, 'period_malformed'],
    [0, 'period_malformed'],
    [1, 'period_malformed'],
    [-30, 'period_malformed'],
    [366, 'period_malformed'],
    [30.5, 'period_malformed'],
    [Number.NaN, 'period_malformed'],
  ])('%s days of the default merchant: %s', (count, expected) => {
    const parsed = parsePeriod({ unit: 'days', count }, defaultCalendarPolicy)
    expect(parsed.kind === 'refused' ? parsed.code : parsed.kind).toBe(expected)
  })

  test.each([
    ['days', 7, 'period'],
    ['days', 365, 'period'],
    ['days', 6, 'period_malformed'],
    ['days', 366, 'period_malformed'],
    ['months', 1, 'period'],
    ['months', 12, 'period'],
    ['months', 0, 'period_malformed'],
    ['months', 13, 'period_malformed'],
    ['weeks', 8, 'period_malformed'],
  ])('any period allowed: %s %s → %s', (unit, count, expected) => {
    const parsed = parsePeriod({ unit, count }, anyPolicy)
    expect(parsed.kind === 'refused' ? parsed.code : parsed.kind).toBe(expected)
  })

  test('months are refused where the merchant offers none', () => {
    expect(parsePeriod({ unit: 'months', count: 1 }, defaultCalendarPolicy)).toEqual({
      kind: 'refused',
      code: 'period_not_offered',
    })
  })
})

describe('the grid of an anchor', () => {
  test('months keep the anchor day and fall back to the last day of a short month', () => {
    const monthly = [0, 1, 2, 3].map((k) => gridDate(date('2027-01-31'), { unit: 'months', count: 1 }, k))
    expect(monthly.map(String)).toEqual(['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30'])
    const leap = [1, 2].map((k) => gridDate(date('2028-01-31'), { unit: 'months', count: 1 }, k))
    expect(leap.map(String)).toEqual(['2028-02-29', '2028-03-31'])
    const yearly = [1, 4].map((k) => gridDate(date('2028-02-29'), { unit: 'months', count: 12 }, k))
    expect(yearly.map(String)).toEqual(['2029-02-28', '2032-02-29'])
  })

  test('the index is the first grid date on or after the day, found by definition as well', () => {
    fc.assert(
      fc.property(dates, periods, fc.integer({ min: -50, max: 4000 }), (anchor, period, offset) => {
        const day = anchor.add({ days: offset })
        const k = gridIndexFrom(anchor, period, day)
        expect(k).toBeGreaterThanOrEqual(0)
        expect(Temporal.PlainDate.compare(gridDate(anchor, period, k), day)).toBeGreaterThanOrEqual(0)
        if (k > 0) expect(Temporal.PlainDate.compare(gridDate(anchor, period, k - 1), day)).toBeLessThan(0)
      }),
    )
  })

  test('no drift over ten years: every date is the anchor plus whole periods', () => {
    fc.assert(
      fc.property(dates, fc.integer({ min: 7, max: 365 }), (anchor, count) => {
        for (let k = 0; k * count <= 3653; k += 1) {
          const due = gridDate(anchor, { unit: 'days', count }, k)
          expect(anchor.until(due, { largestUnit: 'days' }).days).toBe(k * count)
        }
      }),
      { numRuns: 30 },
    )
    fc.assert(
      fc.property(dates, fc.integer({ min: 1, max: 12 }), (anchor, count) => {
        for (let k = 0; k * count <= 120; k += 1) {
          const due = gridDate(anchor, { unit: 'months', count }, k)
          expect(due.day).toBe(Math.min(anchor.day, due.daysInMonth))
          expect((due.year - anchor.year) * 12 + due.month - anchor.month).toBe(k * count)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('cut-off', () => {
  const due = date('2027-03-10')

  test('18:00 in Seoul on the day before, to the second', () => {
    expect(String(cutOffOf(due, defaultCalendarPolicy))).toBe('2027-03-09T09:00:00Z')
    expect(isBeforeCutOff(due, seoul('2027-03-09T17:59:59'), defaultCalendarPolicy)).toBe(true)
    expect(isBeforeCutOff(due, seoul('2027-03-09T18:00:00'), defaultCalendarPolicy)).toBe(false)
  })

  test('the first day a change still reaches', () => {
    const at = (text: string) => String(firstChangeableDay(seoul(text), defaultCalendarPolicy))
    expect(at('2027-03-09T00:00:00')).toBe('2027-03-10')
    expect(at('2027-03-09T17:59:59')).toBe('2027-03-10')
    expect(at('2027-03-09T18:00:00')).toBe('2027-03-11')
    expect(at('2027-03-09T23:59:59')).toBe('2027-03-11')
  })

  test('a business day begins at midnight in Seoul, 15:00 UTC', () => {
    expect(String(businessDay(Temporal.Instant.from('2027-03-09T14:59:59Z'), defaultCalendarPolicy))).toBe(
      '2027-03-09',
    )
    expect(String(businessDay(Temporal.Instant.from('2027-03-09T15:00:00Z'), defaultCalendarPolicy))).toBe(
      '2027-03-10',
    )
  })

  test('the first changeable day is the least day before its cut-off, in any zone and with any cut-off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_700_000_000, max: 2_000_000_000 }),
        fc.constantFrom('Asia/Seoul', 'America/New_York', 'UTC', 'Pacific/Kiritimati'),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 23 }),
        (seconds, timeZone, daysBefore, hour) => {
          const policy = {
            ...anyPolicy,
            timeZone,
            cutOff: { daysBefore, time: new Temporal.PlainTime(hour) },
          }
          const now = Temporal.Instant.fromEpochMilliseconds(seconds * 1000)
          const day = firstChangeableDay(now, policy)
          expect(isBeforeCutOff(day, now, policy)).toBe(true)
          expect(isBeforeCutOff(day.subtract({ days: 1 }), now, policy)).toBe(false)
        },
      ),
    )
  })

  // Only a process can change its zone, a thread of it cannot.
  test.runIf(isMainThread)('the zone of the host makes no difference', () => {
    const before = process.env.TZ
    const zones = ['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Seoul']
    let seen: (string | number)[][] = []
    try {
      seen = zones.map((zone) => {
        process.env.TZ = zone
        const now = Temporal.Instant.from('2027-03-09T15:30:00Z')
        return [
          new Date(now.epochMilliseconds).getHours(),
          String(businessDay(now, defaultCalendarPolicy)),
          String(firstChangeableDay(now, defaultCalendarPolicy)),
          String(cutOffOf(due, defaultCalendarPolicy)),
        ]
      })
    } finally {
      if (before === undefined) delete process.env.TZ
      else process.env.TZ = before
    }
    expect(new Set(seen.map(([hour]) => hour)).size).toBeGreaterThan(1)
    expect(new Set(seen.map(([, ...rest]) => rest.join()))).toEqual(
      new Set(['2027-03-10,2027-03-11,2027-03-09T09:00:00Z']),
    )
  })

  test('the default merchant offers days only', () => {
    expect(defaultCalendarPolicy).toMatchObject({ allowedDays: [30, 60, 90, 120], allowedMonths: [] })
  })

  test.each<Period>([
    { unit: 'days', count: 30 },
    { unit: 'months', count: 1 },
  ])('the grid of $count $unit begins with the anchor', (period) => {
    const anchor = date('2027-01-31')
    for (const before of [0, 1, 40, 400])
      expect(gridIndexFrom(anchor, period, anchor.subtract({ days: before }))).toBe(0)
  })

  test('the later date', () => {
    expect(String(laterDate(date('2027-01-02'), date('2027-01-01')))).toBe('2027-01-02')
    expect(String(laterDate(date('2027-01-01'), date('2027-01-02')))).toBe('2027-01-02')
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  noticeLeavesTime,
  parseCutOff,
  parseOfferedPeriods,
  parseRetrySetting,
  periodRanges,
} from './offer.ts'
import { defaultCalendarPolicy, parsePeriod } from './period.ts'
import { defaultRetryPolicy } from './retry-policy.ts'

const read = <T>(value: T) => ({ kind: 'read', value })
const refused = (because: RegExp) => ({
  kind: 'refused',
  code: 'offer_malformed',
  because: expect.stringMatching(because),
})
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('periods on offer', () => {
  it.each([
    ['30d,60d,90d,120d', [30, 60, 90, 120], []],
    ['1m', [], [1]],
    [' 30d , 1-3m ', [30], [1, 2, 3]],
    ['7-365d,1-12m', range(7, 365), range(1, 12)],
    ['60d,30d,30d,29-31d', [29, 30, 31, 60], []],
    ['14-14d', [14], []],
  ])('%s', (text, allowedDays, allowedMonths) => {
    expect(parseOfferedPeriods(text)).toEqual(read({ allowedDays, allowedMonths }))
  })

  it.each([
    ['', /"" is no period/],
    ['30d,', /"" is no period/],
    ['30', /"30" is no period/],
    ['30D', /"30D" is no period/],
    ['monthly', /"monthly" is no period/],
    ['-30d', /"-30d" is no period/],
    ['1.5m', /"1.5m" is no period/],
    ['30d;60d', /is no period/],
    ['7-d', /is no period/],
    ['1000d', /is no period/],
    ['any', /is no period/],
    ['6d', /"6d": days must be from 7 to 365/],
    ['366d', /days must be from 7 to 365/],
    ['7-366d', /days must be from 7 to 365/],
    ['0m', /months must be from 1 to 12/],
    ['13m', /months must be from 1 to 12/],
    ['60-30d', /"60-30d" begins after its end/],
    ['30d,90d,6d', /"6d"/],
  ])('refuses "%s" and says why', (text, because) => {
    expect(parseOfferedPeriods(text)).toEqual(refused(because))
  })

  const days = fc.uniqueArray(fc.integer({ min: 7, max: 365 }))
  const months = fc.uniqueArray(fc.integer({ min: 1, max: 12 }))

  it('are those that customers may have, as entries and as ranges', () => {
    fc.assert(
      fc.property(days, months, fc.integer({ min: 0, max: 400 }), (allowedDays, allowedMonths, count) => {
        fc.pre(allowedDays.length + allowedMonths.length > 0)
        const text = [...allowedDays.map((n) => `${n}d`), ...allowedMonths.map((n) => `${n}m`)].join(',')
        const parsed = parseOfferedPeriods(text)
        if (parsed.kind !== 'read') throw new Error(parsed.because)
        const policy = { ...defaultCalendarPolicy, ...parsed.value }
        const ranges = periodRanges(policy)
        for (const unit of ['days', 'months'] as const) {
          const allowed = parsePeriod({ unit, count }, policy).kind === 'period'
          expect(allowed).toBe((unit === 'days' ? allowedDays : allowedMonths).includes(count))
          expect(allowed).toBe(
            ranges.some((one) => one.unit === unit && one.least <= count && count <= one.most),
          )
        }
        // What is written from the ranges means the same.
        const short = ranges.map(({ unit, least, most }) => `${least}-${most}${unit[0]}`).join(',')
        expect(parseOfferedPeriods(short)).toEqual(parsed)
      }),
    )
  })

  it('are never refused or taken without a reason, whatever is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9dm,\- ]{0,20}$/)), (text) => {
        const parsed = parseOfferedPeriods(text)
        if (parsed.kind === 'refused') {
          expect(parsed.because).not.toBe('')
          return
        }
        const { allowedDays, allowedMonths } = parsed.value
        expect(allowedDays.length + allowedMonths.length).toBeGreaterThan(0)
        expect(allowedDays.every((count) => count >= 7 && count <= 365)).toBe(true)
        expect(allowedMonths.every((count) => count >= 1 && count <= 12)).toBe(true)
      }),
    )
  })
})

describe('ranges of periods', () => {
  it('join neighbours, days before months', () => {
    const policy = { ...defaultCalendarPolicy, allowedDays: [31, 30, 90, 29], allowedMonths: [1, 2, 6] }
    expect(periodRanges(policy)).toEqual([
      { unit: 'days', least: 29, most: 31 },
      { unit: 'days', least: 90, most: 90 },
      { unit: 'months', least: 1, most: 2 },
      { unit: 'months', least: 6, most: 6 },
    ])
  })

  it('of everything are one for each unit', () => {
    expect(periodRanges({ ...defaultCalendarPolicy, allowedDays: 'any', allowedMonths: 'any' })).toEqual([
      { unit: 'days', least: 7, most: 365 },
      { unit: 'months', least: 1, most: 12 },
    ])
  })
})

describe('the cut-off', () => {
  it.each([
    ['1d 18:00', 1, '18:00'],
    ['6d 00:00', 6, '00:00'],
    [' 2d 23:59 ', 2, '23:59'],
  ])('%s', (text, daysBefore, time) => {
    expect(parseCutOff(text)).toEqual(read({ daysBefore, time: Temporal.PlainTime.from(time) }))
  })

  it.each([
    '',
    '18:00',
    '1d',
    '0d 01:00',
    '7d 18:00',
    '11d 18:00',
    '1d 24:00',
    '1d 18:60',
    '1d 6pm',
    '1 18:00',
    '1d 18:00:30',
  ])('refuses "%s"', (text) => {
    expect(parseCutOff(text)).toEqual(refused(/days before the charge \(1 to 6\).*1d 18:00/))
  })

  it('comes after the notice of a charge, on a later day', () => {
    const cutOff = { daysBefore: 2, time: Temporal.PlainTime.from('23:00') }
    expect(noticeLeavesTime(3, cutOff)).toBe(true)
    expect(noticeLeavesTime(2, cutOff)).toBe(false)
    expect(noticeLeavesTime(1, cutOff)).toBe(false)
  })
})

describe('the retry policy', () => {
  it('takes what is given and keeps the default of the rest', () => {
    expect(parseRetrySetting('{}')).toEqual(read(defaultRetryPolicy))
    expect(parseRetrySetting(JSON.stringify(defaultRetryPolicy))).toEqual(read(defaultRetryPolicy))
    expect(parseRetrySetting('{"laterRetries":5,"technical":{"mostSeconds":600}}')).toEqual(
      read({ ...defaultRetryPolicy, laterRetries: 5, technical: { firstSeconds: 60, mostSeconds: 600 } }),
    )
  })

  it.each([
    ['', /JSON object/],
    ['3', /JSON object/],
    ['null', /JSON object/],
    ['[]', /JSON object/],
    ['{"technical":5}', /JSON object/],
    ['{"retries":3}', /unknown: retries/],
    // Of its inner object, and not where it would be overlooked.
    ['{"retries":3,"more":1}', /unknown: retries, more/],
    ['{"firstSeconds":5}', /unknown: firstSeconds/],
    ['{"technical":{"hoursBetween":5}}', /unknown: hoursBetween/],
    ['{"laterRetries":11}', /laterRetries \(a whole number from 0 to 10\)/],
    ['{"laterRetries":"3"}', /laterRetries/],
    ['{"hoursBetween":0,"immediateRetries":1.5}', /hoursBetween \(.*1 to 168\), immediateRetries/],
    ['{"technical":{"firstSeconds":3600,"mostSeconds":60}}', /mostSeconds is not less than firstSeconds/],
  ])('refuses %s', (text, because) => {
    expect(parseRetrySetting(text)).toEqual(refused(because))
  })
})

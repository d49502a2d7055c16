import { describe, expect, it } from 'vitest'
import { koreanHolidays, LUNAR } from './korean-holidays.ts'

/** The Korean lunar date, by the calendar that comes with the runtime: an independent second opinion. */
const lunar = (iso: string) => {
  const date = Temporal.PlainDate.from(iso).withCalendar('dangi')
  return `${date.monthCode}-${date.day}`
}

describe('public holidays of Korea', () => {
  it.each(Object.entries(LUNAR))('follow the moon in %s', (year, [seollal, buddha, chuseok]) => {
    expect([seollal, buddha, chuseok].map((day) => lunar(`${year}-${day}`))).toEqual([
      'M01-1',
      'M04-8',
      'M08-15',
    ])
  })

  it('give substitutes for days lost to a weekend or to one another', () => {
    const in2026 = koreanHolidays(2026)
    expect([...in2026.keys()].toSorted()).toEqual([
      '2026-01-01',
      '2026-02-16',
      '2026-02-17',
      '2026-02-18',
      '2026-03-01',
      '2026-03-02',
      '2026-05-05',
      '2026-05-24',
      '2026-05-25',
      '2026-06-06',
      '2026-08-15',
      '2026-08-17',
      '2026-09-24',
      '2026-09-25',
      '2026-09-26',
      '2026-10-03',
      '2026-10-05',
      '2026-10-09',
      '2026-12-25',
    ])
    // Children's day and Buddha's birthday were one Monday in 2025; Chuseok began on a Sunday.
    const in2025 = koreanHolidays(2025)
    expect(in2025.get('2025-05-06')).toContain('대체공휴일')
    expect(in2025.get('2025-10-08')).toContain('대체공휴일')
    expect(in2025.has('2025-05-07')).toBe(false)
    // The foundation day fell on Chuseok in 2028.
    expect(koreanHolidays(2028).get('2028-10-05')).toContain('대체공휴일')
  })

  it('know the fixed days of any year', () => {
    expect(koreanHolidays(2050).get('2050-03-01')).toBe('3·1절')
  })
})

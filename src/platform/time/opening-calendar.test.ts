import { describe, expect, it } from 'vitest'
import { endOfDay, isOpen, type OpeningCalendar, openDayAfter, openDayFrom } from './opening-calendar.ts'

const calendar: OpeningCalendar = {
  closedWeekdays: [1],
  closedOnHolidays: true,
  closedDates: new Set(['2026-12-24']),
}
const day = (text: string) => Temporal.PlainDate.from(text)

describe('an opening calendar', () => {
  it.each([
    ['2026-11-29', true, 'a Sunday'],
    ['2026-11-30', false, 'a Monday'],
    ['2026-12-24', false, 'a day the house names'],
    ['2026-12-25', false, 'a holiday'],
    ['2026-12-26', true, 'the day after'],
  ])('on %s: %s (%s)', (text, open) => expect(isOpen(calendar, day(text))).toBe(open))

  it('finds the next open day over a run of closed ones, over month and year', () => {
    expect(openDayFrom(calendar, day('2026-11-29'))).toEqual(day('2026-11-29'))
    expect(openDayFrom(calendar, day('2026-12-24'))).toEqual(day('2026-12-26'))
    // Seollal 2026: 16 (also a Monday), 17 and 18 February.
    expect(openDayFrom(calendar, day('2026-02-16'))).toEqual(day('2026-02-19'))
    // New Year is a Friday; leap day 2028 is a Tuesday.
    expect(openDayFrom(calendar, day('2027-01-01'))).toEqual(day('2027-01-02'))
    expect(openDayFrom(calendar, day('2028-02-28'))).toEqual(day('2028-02-29'))
  })

  it('counts open days after a day', () => {
    expect(openDayAfter(calendar, day('2026-12-22'), 1)).toEqual(day('2026-12-23'))
    expect(openDayAfter(calendar, day('2026-12-22'), 3)).toEqual(day('2026-12-27'))
    // A Monday between.
    expect(openDayAfter(calendar, day('2026-12-22'), 4)).toEqual(day('2026-12-29'))
  })

  it('gives up after a year', () => {
    const closed = { ...calendar, closedWeekdays: [1, 2, 3, 4, 5, 6, 7] }
    expect(openDayFrom(closed, day('2026-11-29'))).toBeUndefined()
    expect(openDayAfter(closed, day('2026-11-29'), 3)).toBeUndefined()
  })

  it('ends a day at its last second', () => {
    expect(endOfDay(day('2026-11-29'), 'Asia/Seoul').toString()).toBe('2026-11-29T14:59:59Z')
  })
})

import { expect, test } from 'vitest'
import { isOpen } from '../../../platform/time/opening-calendar.ts'
import { calendarOf, closedDays, firstOpening, newlyClosed, type Opening } from './opening.ts'

/** Closed on Mondays and holidays; one Thursday closed, one Monday open. */
const OPENING: Opening = {
  closedWeekdays: [1],
  closedOnHolidays: true,
  days: [
    { day: '2026-12-24', isOpen: false, reason: '장서 점검' },
    { day: '2026-12-28', isOpen: true, reason: '방학 특별 개관' },
  ],
}
const day = (text: string) => Temporal.PlainDate.from(text)

test('single days go before weekdays and holidays, closed and open', () => {
  const open = (text: string) => isOpen(calendarOf(OPENING), day(text))
  expect(['2026-12-21', '2026-12-24', '2026-12-25'].map(open)).toEqual([false, false, false])
  expect(['2026-12-22', '2026-12-28', '2026-12-29'].map(open)).toEqual([true, true, true])
  const onHoliday = { ...OPENING, days: [{ day: '2026-12-25', isOpen: true, reason: '성탄 음악회' }] }
  expect(isOpen(calendarOf(onHoliday), day('2026-12-25'))).toBe(true)
})

test('closed days are told with their reason', () => {
  expect(closedDays(OPENING, day('2026-12-21'), 8)).toEqual([
    { day: '2026-12-21', reason: null },
    { day: '2026-12-24', reason: '장서 점검' },
    { day: '2026-12-25', reason: '성탄절' },
  ])
  expect(closedDays({ ...OPENING, closedOnHolidays: false, days: [] }, day('2026-12-22'), 7)).toEqual([
    { day: '2026-12-28', reason: null },
  ])
})

test('of a change it is told which days it closes', () => {
  const sundays = { ...OPENING, closedWeekdays: [7], days: [] }
  expect(newlyClosed(OPENING, sundays, day('2026-12-21'), 8)).toEqual(['2026-12-27'])
  expect(newlyClosed(OPENING, OPENING, day('2026-12-21'), 60)).toEqual([])
})

test('a library begins with what its settings say', () => {
  const calendar = {
    closedWeekdays: [1],
    closedOnHolidays: true,
    closedDates: new Set(['2027-01-04', '2026-12-24']),
  }
  const opening = firstOpening(calendar)
  expect(opening.days.map((one) => one.day)).toEqual(['2026-12-24', '2027-01-04'])
  expect(calendarOf(opening)).toEqual({ ...calendar, openDates: new Set() })
})

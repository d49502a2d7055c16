import { expect, test } from 'vitest'
import { isOpen, MOST_CLOSED_DAYS } from '../../../platform/time/opening-calendar.ts'
import { calendarOf, closedDays, firstOpening, longClosings, newlyClosed, type Opening } from './opening.ts'

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

const closed = (from: string, count: number) =>
  Array.from({ length: count }, (_, ahead) => ({
    day: day(from).add({ days: ahead }).toString(),
    isOpen: false,
    reason: '공사',
  }))

test('a long closing is told whole, with the day on which it ends', () => {
  const opening = { ...OPENING, days: closed('2026-12-29', 10) }
  // The Monday before the first single day is of it.
  expect(longClosings(opening, day('2026-12-01'), 7)).toEqual([
    { from: '2026-12-28', days: 11, opensOn: '2027-01-08' },
  ])
  expect(longClosings(opening, day('2027-01-02'), 6)).toEqual([
    { from: '2027-01-02', days: 6, opensOn: '2027-01-08' },
  ])
  expect(longClosings(OPENING, day('2026-12-01'), 3)).toEqual([])
  const two = { ...OPENING, days: [...closed('2027-03-02', 8), ...closed('2029-06-05', 7)] }
  expect(longClosings(two, day('2026-12-01'), 7).map(({ from, days }) => [from, days])).toEqual([
    ['2027-03-01', 9],
    ['2029-06-04', 8],
  ])
})

test('a closing of a year has no end that is looked for', () => {
  const always = { closedWeekdays: [], closedOnHolidays: false }
  const short = { ...always, days: closed('2027-01-01', MOST_CLOSED_DAYS - 1) }
  expect(longClosings(short, day('2026-12-01'), 7)).toEqual([
    { from: '2027-01-01', days: 365, opensOn: '2028-01-01' },
  ])
  const long = { ...always, days: closed('2027-01-01', 400) }
  expect(longClosings(long, day('2026-12-01'), 7)).toEqual([
    { from: '2027-01-01', days: MOST_CLOSED_DAYS, opensOn: null },
  ])
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

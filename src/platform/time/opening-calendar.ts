import { koreanHolidays } from './korean-holidays.ts'

/** On which days a house is closed. */
export interface OpeningCalendar {
  /** ISO weekdays (1 Monday … 7 Sunday) on which it never opens. */
  readonly closedWeekdays: readonly number[]
  readonly closedOnHolidays: boolean
  /** Further closed days (ISO dates): stock-taking, elections, repairs. */
  readonly closedDates: ReadonlySet<string>
  /** Days (ISO dates) on which it opens although it would be closed by weekday or holiday. */
  readonly openDates?: ReadonlySet<string>
}

/** How far ahead an open day is looked for. A house closed for longer has no due dates. */
export const MOST_CLOSED_DAYS = 366

/** Whether the house is open on a day: what is said of the day itself goes before weekdays and public holidays. */
export function isOpen(calendar: OpeningCalendar, day: Temporal.PlainDate): boolean {
  const text = day.toString()
  if (calendar.closedDates.has(text)) return false
  if (calendar.openDates?.has(text)) return true
  if (calendar.closedWeekdays.includes(day.dayOfWeek)) return false
  return !(calendar.closedOnHolidays && isHoliday(day))
}

/** Holidays of years looked at before; they never change. */
const known = new Map<number, ReadonlyMap<string, string>>()

function isHoliday(day: Temporal.PlainDate): boolean {
  const holidays = known.get(day.year) ?? koreanHolidays(day.year)
  known.set(day.year, holidays)
  return holidays.has(day.toString())
}

/** The day itself when open, else the next open one; undefined when closed for {@link MOST_CLOSED_DAYS} days on end. */
export function openDayFrom(
  calendar: OpeningCalendar,
  day: Temporal.PlainDate,
): Temporal.PlainDate | undefined {
  for (let ahead = 0; ahead < MOST_CLOSED_DAYS; ahead++) {
    const candidate = day.add({ days: ahead })
    if (isOpen(calendar, candidate)) return candidate
  }
  return undefined
}

/** The k-th open day after a day (k ≥ 1), the day itself not counted; undefined when the house stays closed too long. */
export function openDayAfter(
  calendar: OpeningCalendar,
  day: Temporal.PlainDate,
  k: number,
): Temporal.PlainDate | undefined {
  let found: Temporal.PlainDate | undefined = day
  for (let n = 0; n < k && found; n++) found = openDayFrom(calendar, found.add({ days: 1 }))
  return found
}

/** The last second of a day, 23:59:59 in the given zone. */
export function endOfDay(day: Temporal.PlainDate, timeZone: string): Temporal.Instant {
  return day.toZonedDateTime({ timeZone, plainTime: { hour: 23, minute: 59, second: 59 } }).toInstant()
}

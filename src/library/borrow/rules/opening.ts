import { koreanHolidays } from '../../../platform/time/korean-holidays.ts'
import { isOpen, MOST_CLOSED_DAYS, type OpeningCalendar } from '../../../platform/time/opening-calendar.ts'

/** A single day on which the library is closed, or open, beside its rule. */
export interface OpeningDay {
  readonly day: string
  readonly isOpen: boolean
  readonly reason: string
}

/** When the library is open, as librarians say it. */
export interface Opening {
  /** ISO weekdays (1 Monday … 7 Sunday). */
  readonly closedWeekdays: readonly number[]
  readonly closedOnHolidays: boolean
  /** By day. */
  readonly days: readonly OpeningDay[]
}

/** The calendar by which days are counted. */
export function calendarOf({ closedWeekdays, closedOnHolidays, days }: Opening): OpeningCalendar {
  const daysThat = (open: boolean) => new Set(days.filter((one) => one.isOpen === open).map(({ day }) => day))
  return { closedWeekdays, closedOnHolidays, closedDates: daysThat(false), openDates: daysThat(true) }
}

/** What the settings say, for a library that begins. */
export function firstOpening({ closedWeekdays, closedOnHolidays, closedDates }: OpeningCalendar): Opening {
  const days = [...closedDates].toSorted().map((day) => ({ day, isOpen: false, reason: FIRST_REASON }))
  return { closedWeekdays: [...closedWeekdays], closedOnHolidays, days }
}

/** Settings give no reasons. */
const FIRST_REASON = '임시 휴관'

/** A day on which the library is closed, and why: its reason, a holiday's name, or null for a weekday. */
export interface ClosedDay {
  readonly day: string
  readonly reason: string | null
}

/** Closed days of so many days from one on, that one included. */
export function closedDays(opening: Opening, from: Temporal.PlainDate, count: number): readonly ClosedDay[] {
  const calendar = calendarOf(opening)
  const reasons = new Map(opening.days.map(({ day, reason }) => [day, reason]))
  return Array.from({ length: count }, (_, ahead) => from.add({ days: ahead }))
    .filter((day) => !isOpen(calendar, day))
    .map((day) => ({ day: day.toString(), reason: reasons.get(day.toString()) ?? holidayName(opening, day) }))
}

/** Days on end on which the library is closed. */
export interface Closing {
  readonly from: string
  readonly days: number
  /** The first open day after it: what is due meanwhile is due then. Null: closed for {@link MOST_CLOSED_DAYS} days. */
  readonly opensOn: string | null
}

/** Closings of at least so many days that single closed days make from a day on, in their order. */
export function longClosings(opening: Opening, from: Temporal.PlainDate, least: number): readonly Closing[] {
  const calendar = calendarOf(opening)
  const closings: Closing[] = []
  let seenUntil = from
  for (const { day: text } of opening.days.filter(({ isOpen: open }) => !open)) {
    const day = Temporal.PlainDate.from(text)
    if (Temporal.PlainDate.compare(day, seenUntil) < 0) continue
    let first = day
    while (Temporal.PlainDate.compare(first, from) > 0 && !isOpen(calendar, first.subtract({ days: 1 })))
      first = first.subtract({ days: 1 })
    let days = 1
    while (days < MOST_CLOSED_DAYS && !isOpen(calendar, first.add({ days }))) days += 1
    seenUntil = first.add({ days })
    const opensOn = days < MOST_CLOSED_DAYS ? seenUntil.toString() : null
    if (days >= least) closings.push({ from: first.toString(), days, opensOn })
    // Whatever follows is of it, as far as anybody looks.
    if (opensOn === null) break
  }
  return closings
}

function holidayName({ closedOnHolidays }: Opening, day: Temporal.PlainDate): string | null {
  return (closedOnHolidays && koreanHolidays(day.year).get(day.toString())) || null
}

/** Days on which the library was to be open and is closed by the change. */
export function newlyClosed(
  before: Opening,
  after: Opening,
  from: Temporal.PlainDate,
  count: number,
): readonly string[] {
  const closedBefore = new Set(closedDays(before, from, count).map(({ day }) => day))
  return closedDays(after, from, count)
    .map(({ day }) => day)
    .filter((day) => !closedBefore.has(day))
}

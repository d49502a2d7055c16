/** Until when a day has to be compared: by a table that somebody brings, or by a list that a program is given. */
import { isOpen, type OpeningCalendar } from '../../../platform/time/opening-calendar.ts'

const WORKING_DAYS: OpeningCalendar = {
  closedWeekdays: [6, 7],
  closedOnHolidays: true,
  closedDates: new Set(),
}

/** The hour of the next working day: nobody is asked to bring anything at a weekend or on a public holiday. */
export function tableDueAt(day: Temporal.PlainDate, hour: number): Temporal.Instant {
  let due = day.add({ days: 1 })
  while (!isOpen(WORKING_DAYS, due)) due = due.add({ days: 1 })
  const plainTime = Temporal.PlainTime.from({ hour })
  return due.toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime }).toInstant()
}

/** The latest day whose table should be here by now. */
export function lastDayDue(now: Temporal.Instant, hour: number): Temporal.PlainDate {
  return lastDayBefore(now, (day) => tableDueAt(day, hour))
}

/** Hours in Seoul of the next day, whatever day that is: machines give lists, and machines ask for them. */
const LISTED_HOUR = 6
const OVERDUE_HOUR = 12

const nextDayAt = (day: Temporal.PlainDate, hour: number) =>
  day
    .add({ days: 1 })
    .toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: Temporal.PlainTime.from({ hour }) })
    .toInstant()

/** From when on a provider's list of a day is complete. */
export const listCompleteAt = (day: Temporal.PlainDate): Temporal.Instant => nextDayAt(day, LISTED_HOUR)

/** The latest day whose list is complete by now. */
export const lastDayListed = (now: Temporal.Instant): Temporal.PlainDate => lastDayBefore(now, listCompleteAt)

/** The latest day whose list should have been had by now, after six hours of asking for it. */
export const lastDayOverdue = (now: Temporal.Instant): Temporal.PlainDate =>
  lastDayBefore(now, (day) => nextDayAt(day, OVERDUE_HOUR))

function lastDayBefore(
  now: Temporal.Instant,
  momentOf: (day: Temporal.PlainDate) => Temporal.Instant,
): Temporal.PlainDate {
  let day = now.toZonedDateTimeISO('Asia/Seoul').toPlainDate().subtract({ days: 1 })
  while (Temporal.Instant.compare(momentOf(day), now) > 0) day = day.subtract({ days: 1 })
  return day
}

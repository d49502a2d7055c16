/** Until when somebody has to have brought a provider's table of a day. */
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
  let day = now.toZonedDateTimeISO('Asia/Seoul').toPlainDate().subtract({ days: 1 })
  while (Temporal.Instant.compare(tableDueAt(day, hour), now) > 0) day = day.subtract({ days: 1 })
  return day
}

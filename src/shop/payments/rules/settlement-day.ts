/** Until when somebody has to have brought a provider's table of a day. */

const SATURDAY = 6

/** The hour of the next weekday: nobody is asked to bring anything at a weekend. Holidays are not known here. */
export function tableDueAt(day: Temporal.PlainDate, hour: number): Temporal.Instant {
  let due = day.add({ days: 1 })
  while (due.dayOfWeek >= SATURDAY) due = due.add({ days: 1 })
  const plainTime = Temporal.PlainTime.from({ hour })
  return due.toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime }).toInstant()
}

/** The latest day whose table should be here by now. */
export function lastDayDue(now: Temporal.Instant, hour: number): Temporal.PlainDate {
  let day = now.toZonedDateTimeISO('Asia/Seoul').toPlainDate().subtract({ days: 1 })
  while (Temporal.Instant.compare(tableDueAt(day, hour), now) > 0) day = day.subtract({ days: 1 })
  return day
}

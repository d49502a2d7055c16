import { type Refused, refused } from '../../../platform/refusal.ts'
import { type OpeningCalendar, openDayFrom } from '../../../platform/time/opening-calendar.ts'

/**
 * The day a loan is due, until its end: so many days after a day, moved to the next open day when closed.
 * Refusals: library_closed_too_long (no open day within a year).
 * @param days whole days ≥ 0, so it is never before that day
 */
export function dueDate(
  calendar: OpeningCalendar,
  from: Temporal.PlainDate,
  days: number,
): { kind: 'due'; on: Temporal.PlainDate } | Refused<'library_closed_too_long'> {
  const on = openDayFrom(calendar, from.add({ days }))
  return on ? { kind: 'due', on } : refused('library_closed_too_long')
}

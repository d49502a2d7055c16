import { setting } from '../../platform/settings.ts'
import type { OpeningCalendar } from '../../platform/time/opening-calendar.ts'
import { UserError } from '../../platform/user-error.ts'

/** When a library that begins is open. From then on librarians say it, and these are read no more. */
export const OPENING_SETTINGS = {
  closedWeekdays: setting(
    'LIBRARY_CLOSED_WEEKDAYS',
    'mon',
    'Weekdays on which the library never opens: `mon`, `sun,mon`, or `none`; read once, when a library begins, and changed in the console from then on',
    weekdays,
  ),
  closedDates: setting(
    'LIBRARY_CLOSED_DATES',
    'none',
    'Further closed days beside public holidays: `2026-12-24,2027-01-04`, or `none`; read once, as above',
    dates,
  ),
} as const

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

const listed = (value: string) =>
  value.trim() === 'none' ? [] : value.split(',').map((part) => part.trim().toLowerCase())

function weekdays(value: string): number[] {
  return listed(value).map((name) => {
    const index = WEEKDAYS.indexOf(name)
    if (index < 0) throw new UserError(`must be weekdays like sun,mon, or none`)
    return index + 1
  })
}

function dates(value: string): Set<string> {
  return new Set(
    listed(value).map((day) => {
      try {
        return Temporal.PlainDate.from(day).toString()
      } catch {
        throw new UserError('must be days like 2026-12-24,2027-01-04, or none')
      }
    }),
  )
}

/** The calendar that these settings say; public holidays are closed days. */
export function openingCalendar({
  closedWeekdays,
  closedDates,
}: {
  closedWeekdays: number[]
  closedDates: Set<string>
}): OpeningCalendar {
  return { closedWeekdays, closedDates, closedOnHolidays: true }
}

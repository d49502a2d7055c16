import type { Db } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { OpeningCalendar } from '../../../platform/time/opening-calendar.ts'

/** What every use case of lending stands on. */
export interface LendingDeps {
  db: Db
  clock: Clock
  /** What the library begins with; from then on the calendar is kept in the database. */
  calendar: OpeningCalendar
}

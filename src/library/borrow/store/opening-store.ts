import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { OpeningCalendar } from '../../../platform/time/opening-calendar.ts'
import { calendarOf, type Opening } from '../rules/opening.ts'

export interface StoredOpening extends Opening {
  version: number
}

/** When the library is open; undefined before a process has begun on this database. */
export async function currentOpening(db: Db | Tx): Promise<StoredOpening | undefined> {
  const { rows } = await sql<StoredOpening>`
    select version, closed_weekdays as "closedWeekdays", closed_on_holidays as "closedOnHolidays", days
    from borrow.opening_calendar order by version desc limit 1`.execute(db)
  return rows[0]
}

/** The calendar due dates are made by. @param settings what holds before one is stored */
export async function calendarNow(db: Db | Tx, settings: OpeningCalendar): Promise<OpeningCalendar> {
  const opening = await currentOpening(db)
  return opening ? calendarOf(opening) : settings
}

/** @returns false when somebody stored this version meanwhile */
export async function insertOpening(
  tx: Tx,
  { version, closedWeekdays, closedOnHolidays, days }: StoredOpening,
  at: Temporal.Instant,
  by: string | null,
): Promise<boolean> {
  const { rows } = await sql`
    insert into borrow.opening_calendar
      (version, closed_weekdays, closed_on_holidays, days, changed_at, changed_by)
    values (${version}, ${[...closedWeekdays]}::int[], ${closedOnHolidays}, ${JSON.stringify(days)}::jsonb, ${at}, ${by})
    on conflict do nothing returning 1`.execute(tx)
  return rows.length === 1
}

/** How many loans were told to be due on any of these days; those that wait for the catalogue are told at once, too. */
export async function countDueOn(tx: Tx, days: readonly string[]): Promise<number> {
  const { rows } = await sql<{ loans: number }>`
    select ((select count(*) from borrow.loan where state = 'active' and due_on = any(${[...days]}::date[]))
          + (select count(*) from borrow.loan where state = 'pending' and due_on = any(${[...days]}::date[])))::int
      as loans`.execute(tx)
  return rows[0]?.loans ?? 0
}

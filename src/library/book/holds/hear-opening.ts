import { sql } from 'kysely'
import { openingChanged } from '../../../contracts/library/opening-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { on, type Subscriber } from '../../../platform/events/subscriber.ts'
import type { OpeningCalendar } from '../../../platform/time/opening-calendar.ts'

interface HeardCalendar {
  closedWeekdays: number[]
  closedOnHolidays: boolean
  days: { day: string; isOpen: boolean }[]
}

/** When the library is open is said in lending; the catalogue counts the days on the hold shelf by what it heard last. */
export const openingSubscriber: Subscriber = {
  name: 'book.opening',
  handlers: [
    on(openingChanged, async (tx, { data: { opening } }) => {
      const { version, ...calendar } = opening
      await sql`
        insert into book.opening_calendar (version, calendar) values (${version}, ${JSON.stringify(calendar)}::jsonb)
        on conflict (id) do update set version = excluded.version, calendar = excluded.calendar
        where book.opening_calendar.version < excluded.version`.execute(tx)
    }),
  ],
}

/** The calendar that was heard last. @param before what holds until the first is heard */
export async function heardCalendar(tx: Tx, before: OpeningCalendar): Promise<OpeningCalendar> {
  const { rows } = await sql<{ calendar: HeardCalendar }>`
    select calendar from book.opening_calendar`.execute(tx)
  const heard = rows[0]?.calendar
  if (!heard) return before
  const daysThat = (open: boolean) =>
    new Set(heard.days.filter(({ isOpen }) => isOpen === open).map(({ day }) => day))
  return {
    closedWeekdays: heard.closedWeekdays,
    closedOnHolidays: heard.closedOnHolidays,
    closedDates: daysThat(false),
    openDates: daysThat(true),
  }
}

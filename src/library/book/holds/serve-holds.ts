import type { Tx } from '../../../platform/database/database.ts'
import { BUSINESS_TIME_ZONE, businessDate } from '../../../platform/time/clock.ts'
import { endOfDay, type OpeningCalendar, openDayAfter } from '../../../platform/time/opening-calendar.ts'
import { shelveCopy } from '../copy-store.ts'
import { publishHold } from '../publish.ts'
import type { TitleRow } from '../title-store.ts'
import { heardCalendar } from './hear-opening.ts'
import { nextWaiting, saveHold } from './hold-store.ts'

/** How long a copy waits for its patron on the hold shelf. */
export interface ShelfTime {
  /** By which days are counted until lending has told of one. */
  calendar: OpeningCalendar
  /** Until the end of the so-manieth open day after it was put there. */
  openDays: number
}

/**
 * Gives available copies to those who wait, longest first. To be called, with the title locked, in every transaction
 * that may leave a copy available: so while anybody waits no copy stands free for a walk-in.
 */
export async function serveHolds(
  tx: Tx,
  title: TitleRow,
  now: Temporal.Instant,
  shelfTime: ShelfTime,
): Promise<void> {
  for (let hold = await nextWaiting(tx, title.id); hold; hold = await nextWaiting(tx, title.id)) {
    if (!(await shelveCopy(tx, title.id, hold.id))) return
    const calendar = await heardCalendar(tx, shelfTime.calendar)
    const until = shelfUntil(now, { ...shelfTime, calendar })
    const shelved = await saveHold(tx, hold, { state: 'shelved', shelfUntil: until })
    await publishHold(tx, now, shelved, title.title)
  }
}

/** A house closed for more than a year keeps the copy for so many days instead. */
export function shelfUntil(now: Temporal.Instant, { calendar, openDays }: ShelfTime): Temporal.Instant {
  const today = businessDate(now)
  const last = openDayAfter(calendar, today, openDays) ?? today.add({ days: openDays })
  return endOfDay(last, BUSINESS_TIME_ZONE)
}

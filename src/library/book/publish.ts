import { bookChanged, bookRegistered, bookWithdrawn } from '../../contracts/library/book-events.ts'
import {
  holdCancelled,
  holdCollected,
  holdExpired,
  holdPlaced,
  holdRequeued,
  holdRestored,
  holdShelved,
} from '../../contracts/library/hold-events.ts'
import type { Tx } from '../../platform/database/database.ts'
import type { NewEvent } from '../../platform/events/event.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import type { HoldRow } from './holds/hold-store.ts'
import type { TitleRow } from './title-store.ts'

const SOURCE = 'library/book'

/** Tells something of the catalogue of books. */
export const publishBookEvent = (tx: Tx, now: Temporal.Instant, event: NewEvent) =>
  appendEvents(tx, SOURCE, now, [event])

const BOOK_EVENTS = { registered: bookRegistered, changed: bookChanged, withdrawn: bookWithdrawn }

/** Tells of a title as it has become. */
export async function publishTitle(tx: Tx, title: TitleRow, what: keyof typeof BOOK_EVENTS): Promise<void> {
  const book = {
    bookId: title.id,
    title: title.title,
    author: title.author,
    publisher: title.publisher,
    year: title.published_year,
    isbn: title.isbn,
    kdc: title.kdc,
  }
  await publishBookEvent(tx, title.updated_at, BOOK_EVENTS[what].of(title.id, title.version, { book }))
}

const HOLD_EVENTS = {
  waiting: holdPlaced,
  collected: holdCollected,
  expired: holdExpired,
  cancelled: holdCancelled,
}

/** Tells of a hold as it has become. */
export async function publishHold(
  tx: Tx,
  now: Temporal.Instant,
  hold: HoldRow,
  title: string,
): Promise<void> {
  const fact = { holdId: hold.id, bookId: hold.book_id, patronId: hold.patron_id, title }
  if (hold.state === 'shelved') {
    const until = hold.shelf_until?.toString() ?? ''
    await publishBookEvent(tx, now, holdShelved.of(hold.id, hold.version, { hold: fact, until }))
  } else if (hold.state === 'waiting' && hold.version > 1) {
    await publishBookEvent(tx, now, holdRequeued.of(hold.id, hold.version, { hold: fact }))
  } else await publishBookEvent(tx, now, HOLD_EVENTS[hold.state].of(hold.id, hold.version, { hold: fact }))
}

/** Tells that a hold has its copy on the shelf again, as if it had not been collected. */
export async function publishRestored(
  tx: Tx,
  now: Temporal.Instant,
  hold: HoldRow,
  title: string,
): Promise<void> {
  const fact = { holdId: hold.id, bookId: hold.book_id, patronId: hold.patron_id, title }
  const until = hold.shelf_until?.toString() ?? ''
  await publishBookEvent(tx, now, holdRestored.of(hold.id, hold.version, { hold: fact, until }))
}

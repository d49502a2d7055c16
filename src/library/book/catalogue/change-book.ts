import { type Db, isUniqueViolation, type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { addCopies, withdrawCopies } from '../copy-store.ts'
import { endHold } from '../holds/end-holds.ts'
import { openHolds } from '../holds/hold-store.ts'
import { type ShelfTime, serveHolds } from '../holds/serve-holds.ts'
import { publishTitle } from '../publish.ts'
import { toOwn } from '../rules/copies.ts'
import { books } from '../tables.ts'
import { countCopies, lockTitle, type TitleRow } from '../title-store.ts'
import { type BookDescription, titleColumns } from './describe-book.ts'

interface Deps {
  db: Db
  clock: Clock
  shelfTime: ShelfTime
}

export type Changed = { kind: 'changed' }

/** Writes a title that is locked, as its next version. */
export async function saveTitle(
  tx: Tx,
  title: TitleRow,
  columns: Partial<TitleRow>,
  now: Temporal.Instant,
): Promise<TitleRow> {
  return books(tx)
    .updateTable('book.title')
    .set({ ...columns, version: title.version + 1, updated_at: now })
    .where('id', '=', title.id)
    .where('version', '=', title.version)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/**
 * Changes what the catalogue says of a title.
 * Refusals: not_found, invalid_request, book_changed_meanwhile with facts `{ version }`, isbn_taken.
 * @param version the version the editor saw
 */
export async function changeBook(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { bookId, version, change }: { bookId: string; version: number; change: Partial<BookDescription> },
): Promise<Changed | Refused<'invalid_request' | 'not_found' | 'book_changed_meanwhile' | 'isbn_taken'>> {
  try {
    return await transact<Changed | Refused<'not_found' | 'book_changed_meanwhile' | 'invalid_request'>>(
      db,
      async (tx) => {
        const title = await lockTitle(tx, bookId)
        if (!title) return refused('not_found')
        if (title.version !== version)
          return refused('book_changed_meanwhile', { facts: { version: title.version } })
        const columns = titleColumns({ ...descriptionOf(title), ...change })
        if (columns.kind === 'refused') return columns
        await publishTitle(tx, await saveTitle(tx, title, columns.columns, clock.now()), 'changed')
        return { kind: 'changed' }
      },
    )
  } catch (error) {
    if (isUniqueViolation(error, 'title_isbn')) return refused('isbn_taken')
    throw error
  }
}

const descriptionOf = (title: TitleRow): BookDescription => ({
  title: title.title,
  author: title.author,
  publisher: title.publisher,
  year: title.published_year,
  isbn: title.isbn,
  callNumber: title.call_number,
  kdc: title.kdc,
  cover: title.cover,
  series: title.series,
  seriesVolume: title.series_volume,
  edition: title.edition,
  extent: title.extent,
  subjects: title.subjects,
})

/**
 * Lends a title no more: its copies in the house are withdrawn and its queue ends. Doing it twice is harmless.
 * Refusals: not_found, copies_out (patrons have some; facts `{ least }`).
 */
export async function withdrawBook(
  { db, clock }: Deps,
  bookId: string,
): Promise<Changed | Refused<'not_found' | 'copies_out'>> {
  return transact<Changed | Refused<'not_found' | 'copies_out'>>(db, async (tx) => {
    const title = await lockTitle(tx, bookId)
    if (!title) return refused('not_found')
    if (title.state === 'withdrawn') return { kind: 'changed' }
    const now = clock.now()
    const { onLoan } = await countCopies(tx, bookId)
    if (onLoan > 0) return refused('copies_out', { facts: { least: onLoan } })
    for (const hold of await openHolds(tx, bookId)) await endHold(tx, title, hold, 'cancelled', now)
    const { available, damaged } = await countCopies(tx, bookId)
    await withdrawCopies(tx, bookId, 'available', available)
    await withdrawCopies(tx, bookId, 'damaged', damaged)
    await publishTitle(tx, await saveTitle(tx, title, { state: 'withdrawn' }, now), 'withdrawn')
    return { kind: 'changed' }
  })
}

/**
 * Makes the library own so many copies of a title. New ones go to those who wait first.
 * Refusals: not_found, book_withdrawn, copies_out (fewer than patrons have or were promised; facts `{ least }`).
 */
export async function setCopies(
  { db, clock, shelfTime }: Deps,
  bookId: string,
  wanted: number,
): Promise<Changed | Refused<'not_found' | 'copies_out' | 'book_withdrawn'>> {
  return transact<Changed | Refused<'not_found' | 'book_withdrawn' | 'copies_out'>>(db, async (tx) => {
    const title = await lockTitle(tx, bookId)
    if (!title) return refused('not_found')
    if (title.state === 'withdrawn') return refused('book_withdrawn')
    const step = toOwn(await countCopies(tx, bookId), wanted)
    switch (step.kind) {
      case 'same':
        break
      case 'copies_out':
        return refused('copies_out', { facts: { least: step.least } })
      case 'add':
        await addCopies(tx, bookId, step.copies)
        await serveHolds(tx, title, clock.now(), shelfTime)
        break
      case 'remove':
        await withdrawCopies(tx, bookId, 'available', step.available)
        await withdrawCopies(tx, bookId, 'damaged', step.damaged)
    }
    return { kind: 'changed' }
  })
}

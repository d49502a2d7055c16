import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { publishTitle } from '../publish.ts'
import { searchDocumentOf } from '../rules/search.ts'
import type { TitleRow } from '../title-store.ts'
import { DEMO_BOOKS, type SampleBook } from './demo-books.ts'
import { sampleBook } from './sample-books.ts'

export interface SeedBooks {
  /** Invented titles the catalogue shall have. */
  count: number
  seed: string
  onProgress?: (done: number) => void
  signal?: AbortSignal
}

interface Deps {
  db: Db
  clock: Clock
}

const BATCH = 1_000

/** Whether there is no title at all. */
export async function isEmpty(db: Db): Promise<boolean> {
  const { rows } = await sql`select 1 from book.title limit 1`.execute(db)
  return rows.length === 0
}

/** The titles of the demo; those that are there stay as they are. */
export async function seedDemoBooks({ db, clock }: Deps): Promise<void> {
  await transact(db, (tx) => insertMissing(tx, DEMO_BOOKS, clock.now()))
}

/**
 * Fills the catalogue with invented titles and their copies. What is there stays as it is: repeating a seed adds
 * nothing, a larger count adds what is missing. @returns how many were added
 */
export async function seedBooks(
  { db, clock }: Deps,
  { count, seed, onProgress, signal }: SeedBooks,
): Promise<{ added: number }> {
  let added = 0
  for (let from = 0; from < count; from += BATCH) {
    signal?.throwIfAborted()
    const length = Math.min(BATCH, count - from)
    const books = Array.from({ length }, (_, n) => sampleBook(seed, from + n))
    added += await transact(db, (tx) => insertMissing(tx, books, clock.now()))
    onProgress?.(from + length)
  }
  if (added > 0) await sql`analyze book.title, book.copy`.execute(db)
  return { added }
}

async function insertMissing(tx: Tx, books: readonly SampleBook[], now: Temporal.Instant): Promise<number> {
  const rows = books.map((book) => ({
    id: newId(),
    search_doc: searchDocumentOf(book),
    title: book.title,
    author: book.author,
    publisher: book.publisher,
    published_year: book.year,
    isbn: book.isbn,
    call_number: book.callNumber,
    kdc: book.kdc,
    series: book.series,
    series_volume: book.seriesVolume,
    copies: book.copies,
  }))
  const { rows: inserted } = await sql<TitleRow>`
    with given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as book (
        id uuid, search_doc text, title text, author text, publisher text, published_year smallint, isbn text,
        call_number text, kdc text, series text, series_volume text, copies int)),
    titles as (
      insert into book.title (id, search_doc, title, author, publisher, published_year, isbn, call_number, kdc,
                              series, series_volume, state, version, created_at, updated_at)
      select id, search_doc, title, author, publisher, published_year, isbn, call_number, kdc,
             series, series_volume, 'lendable', 1, ${now}::timestamptz, ${now}::timestamptz
      from given on conflict (isbn) do nothing returning *),
    copies as (
      insert into book.copy (barcode, book_id, state)
      select 'PL' || lpad(nextval('book.barcode_number')::text, 8, '0'), titles.id, 'available'
      from titles join given using (id), generate_series(1, given.copies))
    select * from titles`.execute(tx)
  for (const title of inserted) await publishTitle(tx, title, 'registered')
  return inserted.length
}

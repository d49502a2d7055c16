import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { ExchangedTitle } from '../formats/exchanged-title.ts'
import type { TitleRow } from '../title-store.ts'
import { type Known, type KnownTitle, keyOf } from './decide-import.ts'

type Row = Pick<
  TitleRow,
  | 'id'
  | 'title'
  | 'author'
  | 'publisher'
  | 'isbn'
  | 'kdc'
  | 'cover'
  | 'series'
  | 'edition'
  | 'extent'
  | 'subjects'
  | 'state'
  | 'version'
> & { year: number | null; callNumber: string; seriesVolume: string; barcodes: string[] }

/** What the library has of the titles of a batch; not locked. */
export async function readKnown(db: Db | Tx, titles: readonly ExchangedTitle[]): Promise<Known> {
  const isbns = titles.flatMap(({ isbn }) => isbn ?? [])
  const barcodes = titles.flatMap((title) => title.barcodes)
  const unnumbered = titles.flatMap(({ isbn, title }) => (isbn === null ? [title] : []))
  const { rows } = await sql<Row>`
    with wanted as (
      select id from book.title where isbn = any(${isbns}::text[])
      union select book_id from book.copy where barcode = any(${barcodes}::text[])
      union select id from book.title where isbn is null and title = any(${unnumbered}::text[]))
    select t.id, t.title, t.author, t.publisher, t.published_year as year, t.isbn, t.call_number as "callNumber", t.kdc,
           t.cover, t.series, t.series_volume as "seriesVolume", t.edition, t.extent, t.subjects, t.state, t.version,
           array(select c.barcode from book.copy c where c.book_id = t.id) as barcodes
    from book.title t join wanted using (id) order by t.created_at desc, t.id desc`.execute(db)
  const known: Known = { byIsbn: new Map(), byBarcode: new Map(), byDescription: new Map() }
  for (const { id, state, version, barcodes: owned, ...described } of rows) {
    const title: KnownTitle = {
      id,
      state,
      version,
      described,
      barcodes: new Set(owned),
      unnamed: 0,
      added: [],
    }
    if (described.isbn === null) known.byDescription.set(keyOf(described), title)
    else known.byIsbn.set(described.isbn, title)
    for (const barcode of owned) known.byBarcode.set(barcode, title)
  }
  return known
}

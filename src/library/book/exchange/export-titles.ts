import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import { writeCsv } from '../../../platform/text/csv.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { COLUMNS, rowOfTitle } from '../formats/csv-titles.ts'
import { writeIso2709 } from '../formats/iso2709.ts'
import { recordsOfTitle, type StoredTitle } from '../formats/write-title.ts'
import type { FileFormat } from './read-titles.ts'

export const FILES: Readonly<Record<FileFormat, { readonly type: string; readonly name: string }>> = {
  csv: { type: 'text/csv; charset=utf-8', name: 'books.csv' },
  marc: { type: 'application/marc', name: 'books.mrc' },
  marcxml: { type: 'application/marcxml+xml', name: 'books.xml' },
}

/** Titles read at once. */
const PAGE = 500
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * All titles that are lent, with the barcodes of their copies that are not withdrawn, as a file, piece by piece: what is
 * kept of it is a page. Read without a lock; a title that is changed meanwhile goes out as it was or as it is.
 */
export async function* exportTitles(db: Db, format: FileFormat): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = await writerOf(format)
  yield Buffer.from(writer.head)
  for (let after = FIRST; ; ) {
    const titles = await readPage(db, after)
    if (titles.length > 0) yield writer.write(titles)
    const last = titles.at(-1)
    if (!last || titles.length < PAGE) break
    after = last.id
  }
  yield Buffer.from(writer.tail)
}

interface Writer {
  readonly head: string
  write(titles: readonly StoredTitle[]): Uint8Array
  readonly tail: string
}

async function writerOf(format: FileFormat): Promise<Writer> {
  if (format === 'csv')
    return {
      head: writeCsv([COLUMNS]),
      // Its mark stands before the first row alone.
      write: (titles) => Buffer.from(writeCsv(titles.map(rowOfTitle)).slice(1)),
      tail: '',
    }
  if (format === 'marc')
    return {
      head: '',
      write: (titles) => Buffer.concat(titles.flatMap(recordsOfTitle).map(writeIso2709)),
      tail: '',
    }
  const { MARCXML_HEAD, MARCXML_TAIL, writeMarcXml } = await import('../formats/marcxml.ts')
  return {
    head: MARCXML_HEAD,
    write: (titles) => Buffer.from(titles.flatMap(recordsOfTitle).map(writeMarcXml).join('')),
    tail: MARCXML_TAIL,
  }
}

async function readPage(db: Db, after: string): Promise<StoredTitle[]> {
  const { rows } = await sql<Omit<StoredTitle, 'changedOn' | 'copies'> & { updated_at: Temporal.Instant }>`
    select t.id, t.title, t.author, t.publisher, t.published_year as year, t.isbn, t.call_number as "callNumber", t.kdc,
           t.cover, t.series, t.series_volume as "seriesVolume", t.edition, t.extent, t.subjects, t.updated_at,
           array(select c.barcode from book.copy c where c.book_id = t.id and c.state <> 'withdrawn'
                 order by c.barcode) as barcodes
    from book.title t where t.state = 'lendable' and t.id > ${after} order by t.id limit ${PAGE}`.execute(db)
  return rows.map(({ updated_at, ...title }) => ({
    ...title,
    copies: null,
    changedOn: businessDate(updated_at),
  }))
}

import { sql } from 'kysely'
import { type Db, isUniqueViolation, type Tx, transact } from '../../../platform/database/database.ts'
import type { Text } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { type Doubt, type Rejection, wordsOf } from '../formats/exchanged-title.ts'
import type { ShelfTime } from '../holds/serve-holds.ts'
import { type Decision, decideImport, type ImportWish, type TitleRead } from './decide-import.ts'
import { readKnown } from './known-titles.ts'
import { type FileRefusal, type FoundTitle, type ReadFile, readTitles } from './read-titles.ts'
import { Outdated, storeTitles } from './store-titles.ts'

export interface ImportDeps {
  readonly db: Db
  readonly clock: Clock
  readonly shelfTime: ShelfTime
}

/** A file and how it is to be called. */
export interface NamedFile {
  readonly name: string
  readonly pieces: AsyncIterable<Uint8Array>
}

/** Where a record stands. */
export interface Place {
  readonly file: string
  /** Which record of the file it is, from 1. */
  readonly number: number
  /** Where it begins: byte of the file (ISO 2709) or line (CSV, MARCXML). */
  readonly place: number
}

/** A record that did not become a title, or not without a doubt. */
export interface RowNote extends Place {
  readonly code: Rejection['code'] | Doubt['code']
  readonly message: Text
  /** What could be read of its title. */
  readonly title: string
}

/** A file that could not be read to its end. Its records up to there are imported. */
export interface RefusedFile {
  readonly file: string
  readonly code: FileRefusal
  readonly place: number
  readonly message: Text
}

/** Records by what became of them: read = added + changed + unchanged + rejected, unless it was stopped. */
export interface ImportReport {
  read: number
  added: number
  changed: number
  unchanged: number
  rejected: number
  /** New copies. */
  copies: number
  doubts: number
  /** Files whose envelope announced more records than were read. */
  missing: { file: string; announced: number; read: number }[]
  refusedFiles: RefusedFile[]
  /** True when the signal ended the import early; running it again continues. */
  stopped: boolean
}

export interface ImportOptions extends ReadFile, ImportWish {
  /** After every batch; so many bytes of the files have been read. */
  readonly onProgress?: (report: Readonly<ImportReport>, bytes: number) => void
  readonly onRejected?: (row: RowNote) => void
  readonly onDoubt?: (row: RowNote) => void
  readonly signal?: AbortSignal
}

const BATCH = 500

/** Begins the report of an import, before the first record. */
export const emptyReport = (): ImportReport => ({
  read: 0,
  added: 0,
  changed: 0,
  unchanged: 0,
  rejected: 0,
  copies: 0,
  doubts: 0,
  missing: [],
  refusedFiles: [],
  stopped: false,
})

/**
 * Imports titles of files in batches, each in its own transaction: an import that is killed at any point has lost
 * nothing and simply runs again. What is known by ISBN, barcode or description is not added twice, and no copy is ever
 * taken away.
 */
export async function importTitles(
  deps: ImportDeps,
  files: readonly NamedFile[],
  options: ImportOptions,
): Promise<ImportReport> {
  const report = emptyReport()
  let bytes = 0
  let batch: (Place & TitleRead)[] = []
  async function* counted(pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      bytes += piece.byteLength
      yield piece
    }
  }
  const store = async () => {
    const rows = batch
    batch = []
    for (const { place, decision, doubts } of await storeBatch(deps, rows, options)) {
      tell(report, place, decision, doubts, options)
    }
    options.onProgress?.(report, bytes)
  }
  for (const { name: file, pieces } of files) {
    let number = 0
    let announced = 0
    for await (const found of readTitles(counted(pieces), options)) {
      if (options.signal?.aborted === true) return { ...report, stopped: true }
      if (found.kind === 'announced') announced = Math.max(announced, found.total)
      else if (found.kind === 'refused') report.refusedFiles.push(refusedFile(file, found))
      else {
        number += 1
        report.read += 1
        const place = { file, number, place: found.place }
        if (found.read.kind === 'title') batch.push({ ...place, ...found.read })
        else tell(report, { ...place, title: '' }, found.read, [], options)
        if (batch.length >= BATCH) await store()
      }
    }
    if (number < announced) report.missing.push({ file, announced, read: number })
  }
  await store()
  return report
}

/** Counts what became of a record, and tells what somebody has to look at. */
export function tell(
  report: ImportReport,
  place: Place & { readonly title: string },
  decision: Decision,
  doubts: readonly Doubt[],
  { onRejected, onDoubt }: Pick<ImportOptions, 'onRejected' | 'onDoubt'>,
): void {
  report[decision.kind] += 1
  if (decision.kind === 'rejected')
    onRejected?.({ ...place, code: decision.code, message: wordsOf(decision) })
  else if (decision.kind !== 'unchanged') report.copies += decision.copies
  if (decision.kind === 'rejected') return
  for (const doubt of doubts) {
    report.doubts += 1
    onDoubt?.({ ...place, code: doubt.code, message: wordsOf(doubt) })
  }
}

/** Times a batch is begun again because somebody else wrote meanwhile. */
const MOST_TRIES = 5

export interface Decided {
  readonly place: Place & { readonly title: string }
  readonly decision: Decision
  readonly doubts: readonly Doubt[]
}

/** Decides about a batch and writes it, in one transaction; imports do it one after another. */
export async function storeBatch(
  { db, clock, shelfTime }: ImportDeps,
  rows: readonly (Place & TitleRead)[],
  wish: ImportWish,
): Promise<Decided[]> {
  if (rows.length === 0) return []
  for (let tries = 1; ; tries += 1) {
    try {
      return await transact(db, async (tx) => {
        await sql`select pg_advisory_xact_lock(hashtext('book.import'))`.execute(tx)
        const decided = await decideBatch(tx, rows, wish)
        await storeTitles(
          tx,
          decided.map(({ decision }) => decision),
          clock.now(),
          shelfTime,
        )
        return decided
      })
    } catch (error) {
      if (tries === MOST_TRIES || !(error instanceof Outdated || isUniqueViolation(error))) throw error
    }
  }
}

/** What an import of these titles would do, one after the other. */
export async function decideBatch(
  db: Db | Tx,
  rows: readonly (Place & TitleRead)[],
  wish: ImportWish,
): Promise<Decided[]> {
  const known = await readKnown(
    db,
    rows.map(({ title }) => title),
  )
  return rows.map(({ title, doubts, file, number, place }) => ({
    place: { file, number, place, title: title.title },
    decision: decideImport(known, title, wish),
    doubts,
  }))
}

const REFUSALS: Readonly<Record<FileRefusal, (about: string) => Text>> = {
  empty: () => ({ ko: '빈 파일입니다', en: 'the file is empty' }),
  unknown_format: () => ({
    ko: 'CSV, MARC(ISO 2709), MARCXML 파일이 아닙니다',
    en: 'this is no CSV, no MARC (ISO 2709) and no MARCXML',
  }),
  unknown_encoding: (name) => ({
    ko: `지원하지 않는 문자 부호화입니다 ${name}`.trim(),
    en: `this encoding is not supported ${name}`.trim(),
  }),
  doctype: () => ({
    ko: '문서 유형 선언(DTD)이 있는 XML은 읽지 않습니다',
    en: 'XML with a document type (DTD) is not read',
  }),
  truncated: () => ({ ko: '파일이 끝나기 전에 잘렸습니다', en: 'the file was cut before its end' }),
  no_column: (column) => ({
    ko: `첫 줄에 ${column} 열이 없습니다`,
    en: `the first line has no column ${column}`,
  }),
  row_too_long: () => ({
    ko: '행이 끝나지 않습니다 (닫히지 않은 따옴표)',
    en: 'a row does not end (a quote that is never closed)',
  }),
}

/** Says why a file was not read at all. */
export function refusedFile(
  file: string,
  { code, place, about }: Extract<FoundTitle, { kind: 'refused' }>,
): RefusedFile {
  return { file, code, place, message: REFUSALS[code](about) }
}

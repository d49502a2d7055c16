import { createHash } from 'node:crypto'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { FieldChange, TitleRead } from './decide-import.ts'
import {
  type Decided,
  decideBatch,
  emptyReport,
  type ImportDeps,
  type ImportOptions,
  type ImportReport,
  type Place,
  type RowNote,
  refusedFile,
  storeBatch,
  tell,
} from './import-titles.ts'
import { readTitles } from './read-titles.ts'

/** Records of one file in one request; larger ones are imported by the command. */
export const MOST_RECORDS = 5_000
/** Bytes that are taken apart before what is found in them is counted: a file may be nothing but ends of records. */
const PIECE_BYTES = 65_536
/** Of rows that are told one by one. */
const MOST_TOLD = 500

/** What becomes of a record, or became. */
export interface ToldRow {
  readonly number: number
  readonly action: 'added' | 'changed'
  readonly title: string
  readonly author: string
  readonly isbn: string | null
  readonly callNumber: string
  readonly copies: number
  readonly changes: FieldChange[]
}

export interface ToldImport {
  readonly kind: 'told'
  /** Whether it was done, or only would be. */
  readonly applied: boolean
  readonly report: ImportReport
  /** Of new and changed titles, the first 500. */
  readonly rows: readonly ToldRow[]
  readonly rejected: readonly RowNote[]
  readonly doubts: readonly RowNote[]
  /** Stands for this file and these wishes; with it they are done. */
  readonly token: string
}

export interface TellImport extends Pick<ImportOptions, 'update' | 'copies' | 'encoding' | 'unclassed'> {
  readonly bytes: Buffer
  /** From the preview; without it nothing is changed. */
  readonly token: string | undefined
}

/**
 * Imports a file in one transaction; first only told, and done by the token of what was told. Telling locks nothing.
 * What somebody else has registered meanwhile is not registered twice.
 * Refusals: import_differs (the token is of another file or other wishes), too_many_records.
 */
export async function tellImport(
  deps: ImportDeps,
  { bytes, token, ...wish }: TellImport,
): Promise<ToldImport | Refused<'import_differs' | 'too_many_records'>> {
  const expected = createHash('sha256').update(JSON.stringify(wish)).update(bytes).digest('base64url')
  if (token !== undefined && token !== expected) return refused('import_differs')
  const report = emptyReport()
  const rejected: RowNote[] = []
  const doubts: RowNote[] = []
  const notes = {
    onRejected: (row: RowNote) => void (rejected.length < MOST_TOLD && rejected.push(row)),
    onDoubt: (row: RowNote) => void (doubts.length < MOST_TOLD && doubts.push(row)),
  }
  const batch: (Place & TitleRead)[] = []
  let announced = 0
  for await (const found of readTitles(piecesOf(bytes), wish)) {
    if (found.kind === 'announced') announced = Math.max(announced, found.total)
    else if (found.kind === 'refused') report.refusedFiles.push(refusedFile('', found))
    else {
      report.read += 1
      if (report.read > MOST_RECORDS) return refused('too_many_records')
      const place = { file: '', number: report.read, place: found.place }
      if (found.read.kind === 'title') batch.push({ ...place, ...found.read })
      else tell(report, { ...place, title: '' }, found.read, [], notes)
    }
  }
  if (report.read < announced) report.missing.push({ file: '', announced, read: report.read })
  const decided =
    token === undefined ? await decideBatch(deps.db, batch, wish) : await storeBatch(deps, batch, wish)
  for (const { place, decision, doubts: of } of decided) tell(report, place, decision, of, notes)
  return {
    kind: 'told',
    applied: token !== undefined,
    report,
    rows: decided.flatMap(toldRow).slice(0, MOST_TOLD),
    rejected: rejected.toSorted((a, b) => a.number - b.number),
    doubts,
    token: expected,
  }
}

async function* piecesOf(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

function toldRow({ place: { number }, decision }: Decided): ToldRow[] {
  if (decision.kind !== 'added' && decision.kind !== 'changed') return []
  const { title, author, isbn, callNumber } = decision.known.described
  return [
    {
      number,
      action: decision.kind,
      title,
      author,
      isbn,
      callNumber,
      copies: decision.copies,
      changes: decision.kind === 'changed' ? [...decision.changes] : [],
    },
  ]
}

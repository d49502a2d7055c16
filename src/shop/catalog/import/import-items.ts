import { type Db, transact } from '../../../platform/database/database.ts'
import type { Text } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { rebuildSearchDocuments } from '../search/search-rules.ts'
import type { Rank } from './import-decision.ts'
import { type ImportedItem, parseOfficialRow } from './public-data.ts'
import type { OfficialSource } from './public-envelope.ts'
import { type FileRefused, fileBytes, readOfficialRows } from './read-json-file.ts'
import { type Doubt, doubtsAbout, type Offer, storeRows } from './store-rows.ts'

/** Where a row stands. */
interface Place {
  readonly file: string
  /** Line where the row begins, from 1. */
  readonly line: number
  /** Which row of the file it is, from 1: a file may be one long line. */
  readonly row: number
}

/** A row that was not imported. */
export interface RowRejected extends Place {
  readonly code: string
  readonly statementNumber: string
  readonly message: Text
  /** The row as it stands in the file. */
  readonly text: string
}

/** A row that was imported although something in it is strange. */
export interface RowDoubted extends Place, Doubt {}

/** Fewer rows were read than the register announced for the query. */
export interface RowsMissing {
  readonly source: OfficialSource
  readonly announced: number
  readonly read: number
}

/** A file that could not be read to its end. Its rows up to there are imported. */
export interface RefusedFile extends Omit<FileRefused, 'kind' | 'retry'> {
  readonly file: string
}

/** Rows by what became of them: read = added + changed + unchanged + rejected, unless it was stopped. */
export interface ImportReport {
  read: number
  added: number
  changed: number
  unchanged: number
  rejected: number
  /** Rows imported with a doubt. */
  doubted: number
  /** Sources of which the files are not everything: pages are missing, or a file is damaged. */
  missing: RowsMissing[]
  /** Empty when every file was read to its end. */
  refusedFiles: RefusedFile[]
  /** True when the signal ended the import early; running it again continues. */
  stopped: boolean
}

export interface ImportOptions {
  readonly offer: Offer
  /** After every batch; so many bytes of the files have been read. */
  readonly onProgress?: (report: Readonly<ImportReport>, bytes: number) => void
  readonly onRejected?: (row: RowRejected) => void
  readonly onDoubted?: (row: RowDoubted) => void
  readonly signal?: AbortSignal
}

export interface ImportDeps {
  readonly db: Db
  readonly clock: Clock
  /** Called after commits, to forget cached lists. */
  committed(): Promise<void>
}

const batchSize = 500

/**
 * Imports downloaded files of the register. Rows are stored in batches, each in its own transaction, so an import
 * that is killed at any point has lost nothing and simply runs again; what is already there counts as unchanged.
 * Prices, stock and status of known items are never touched.
 */
export async function importItems(
  deps: ImportDeps,
  files: readonly string[],
  options: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = {
    read: 0,
    added: 0,
    changed: 0,
    unchanged: 0,
    rejected: 0,
    doubted: 0,
    missing: [],
    refusedFiles: [],
    stopped: false,
  }
  const seen = new Map<string, Rank>()
  const names = new Map<string, string>()
  const announced = new Map<OfficialSource, { total: number; read: number }>()
  const doubt = (row: RowDoubted): void => {
    report.doubted += 1
    options.onDoubted?.(row)
  }
  const reject = (row: RowRejected): void => {
    report.rejected += 1
    options.onRejected?.(row)
  }
  await rebuildSearchDocuments(deps.db)
  let bytes = 0
  async function* counted(pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      bytes += piece.byteLength
      yield piece
    }
  }

  let batch: ImportedItem[] = []
  const storeBatch = async (): Promise<void> => {
    const rows = batch
    batch = []
    const result = await transact(deps.db, (tx) => storeRows(tx, rows, seen, options.offer, deps.clock.now()))
    await deps.committed()
    report.added += result.added
    report.changed += result.changed
    report.unchanged += result.unchanged
    options.onProgress?.(report, bytes)
  }

  for (const file of files) {
    let inFile = 0
    let sinceAnnounced = 0
    for await (const found of readOfficialRows(counted(fileBytes(file)))) {
      if (options.signal?.aborted === true) return { ...report, stopped: true }
      if (found.kind === 'file_refused') {
        const { kind: _, retry: __, ...refusal } = found
        report.refusedFiles.push({ file, ...refusal })
        continue
      }
      if (found.kind === 'announced') {
        const { total, read } = announced.get(found.source) ?? { total: 0, read: 0 }
        announced.set(found.source, { total: Math.max(total, found.total), read: read + sinceAnnounced })
        sinceAnnounced = 0
        continue
      }
      report.read += 1
      inFile += 1
      sinceAnnounced += 1
      const place = { file, line: found.line, row: inFile }
      const row = parseOfficialRow(found.value)
      if (row.kind === 'item') {
        batch.push(row.item)
        for (const doubted of doubtsAbout(row, names)) doubt({ ...place, ...doubted })
      } else {
        const { code, statementNumber, message } = row
        reject({ ...place, code, statementNumber, message, text: found.text })
      }
      if (batch.length >= batchSize) await storeBatch()
    }
  }
  if (batch.length > 0) await storeBatch()
  options.onProgress?.(report, bytes)
  for (const [source, { total, read }] of announced) {
    if (read < total) report.missing.push({ source, announced: total, read })
  }
  return report
}

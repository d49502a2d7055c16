import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import type { Text } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { lockBatches } from '../batch-lock.ts'
import { categoriesOf } from '../rules/categories.ts'
import { demoOfferOf } from '../rules/demo-offer.ts'
import { rebuildSearchDocuments } from '../search/search-rules.ts'
import { decideImport, type Rank, rankOf } from './import-decision.ts'
import { type ImportedItem, importedFields, parseOfficialRow, type ReadItem } from './public-data.ts'
import type { OfficialSource } from './public-envelope.ts'
import { type FileRefused, fileBytes, readOfficialRows } from './read-json-file.ts'
import { insertItems, readStored, updateItems } from './store-items.ts'

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
export interface RowDoubted extends Place {
  readonly code: 'unread_date' | 'number_of_another'
  readonly statementNumber: string
  readonly message: Text
}

/** Fewer rows were read than the register announced for the query. */
export interface RowsMissing {
  readonly source: OfficialSource
  readonly announced: number
  readonly read: number
}

/** A file that could not be read to its end. Its rows up to there are imported. */
export interface RefusedFile extends Omit<FileRefused, 'kind'> {
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
  /** `demo`: invented prices and stock for new items, which then are on sale. `none`: new items stay hidden. */
  readonly offer: 'demo' | 'none'
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
    const result = await transact(deps.db, (tx) => store(tx, rows, seen, options.offer, deps.clock.now()))
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
        const { kind: _, ...refusal } = found
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

/** What is strange about a row that is imported all the same. `names` remembers the products of this run. */
function doubtsAbout(
  { item, unread }: ReadItem,
  names: Map<string, string>,
): Pick<RowDoubted, 'code' | 'statementNumber' | 'message'>[] {
  const { statementNumber } = item
  const name = `${item.name} (${item.enterprise})`
  const known = names.get(statementNumber) ?? name
  names.set(statementNumber, known)
  const doubts = unread.map(({ field, value }) => {
    const { columns, en } = importedFields[field]
    return {
      code: 'unread_date' as const,
      statementNumber,
      message: {
        ko: `${columns[0]}: 날짜로 읽을 수 없어 비워 두었습니다 (${value})`,
        en: `${en} cannot be read as a date and is left empty (${value})`,
      },
    }
  })
  if (known === name) return doubts
  const message = {
    ko: `같은 번호의 다른 제품이 앞에 있습니다: ${known}`,
    en: `another product with this number came before: ${known}`,
  }
  return [...doubts, { code: 'number_of_another', statementNumber, message }]
}

async function store(
  tx: Tx,
  rows: readonly ImportedItem[],
  seen: Map<string, Rank>,
  offer: ImportOptions['offer'],
  now: Temporal.Instant,
): Promise<Pick<ImportReport, 'added' | 'changed' | 'unchanged'>> {
  await lockBatches(tx)
  const stored = await readStored(
    tx,
    rows.map((row) => row.statementNumber),
  )
  const current = new Map([...stored].map(([number, each]) => [number, each.item]))
  const touched = new Set<string>()
  const counts = { added: 0, changed: 0, unchanged: 0 }
  for (const row of rows) {
    const number = row.statementNumber
    const decision = decideImport(current.get(number), row, seen.get(number))
    counts[decision.kind] += 1
    const rank = rankOf(row)
    if (rank >= (seen.get(number) ?? '')) seen.set(number, rank)
    if (decision.kind === 'unchanged') continue
    current.set(number, decision.item)
    touched.add(number)
  }
  const written = [...touched].flatMap((number) => {
    const item = current.get(number)
    return item === undefined ? [] : [{ item, id: stored.get(number)?.id }]
  })
  await insertItems(
    tx,
    written
      .filter(({ id }) => id === undefined)
      .map(({ item }) => ({
        item,
        categories: categoriesOf(item.mainFunction),
        offer: offer === 'demo' ? demoOfferOf(item.statementNumber) : null,
      })),
    now,
  )
  await updateItems(
    tx,
    written.flatMap(({ id, item }) =>
      id === undefined ? [] : [{ id, item, categories: categoriesOf(item.mainFunction) }],
    ),
    now,
  )
  return counts
}

import { type Db, transact } from '../../platform/database/database.ts'
import type { Text } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { categoriesOf } from './categories.ts'
import { demoOfferOf } from './demo-offer.ts'
import { decideImport, type Rank, rankOf } from './import-decision.ts'
import { type ImportedItem, parseOfficialRow } from './public-data.ts'
import { type FileRefused, fileBytes, readOfficialRows } from './read-json-file.ts'
import { rebuildSearchDocuments } from './search-rules.ts'
import { insertItems, lockImports, readStored, updateItems } from './store-items.ts'

/** A row that was not imported. */
export interface RowRejected {
  readonly file: string
  /** Where the row begins, from 1. */
  readonly line: number
  readonly code: string
  readonly statementNumber: string
  readonly message: Text
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
  /** Empty when every file was read to its end. */
  refusedFiles: RefusedFile[]
  /** True when the signal ended the import early; running it again continues. */
  stopped: boolean
}

export interface ImportOptions {
  /** `demo`: invented prices and stock for new items, which then are on sale. `none`: new items stay hidden. */
  readonly offer: 'demo' | 'none'
  /** After every batch. */
  readonly onProgress?: (report: Readonly<ImportReport>) => void
  readonly onRejected?: (row: RowRejected) => void
  readonly signal?: AbortSignal
}

export interface ImportDeps {
  readonly db: Db
  readonly clock: Clock
  /** Called after commits, to forget cached lists. */
  committed(): void
}

interface GoodRow {
  readonly file: string
  readonly line: number
  readonly item: ImportedItem
}

const batchSize = 500

const duplicateMessage: Text = {
  ko: '같은 품목제조번호가 다른 내용으로 또 나왔습니다. 먼저 나온 행을 따릅니다.',
  en: 'the same statement number came before with other content; the earlier row counts',
}

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
    refusedFiles: [],
    stopped: false,
  }
  const seen = new Map<string, Rank>()
  const reject = (row: RowRejected): void => {
    report.rejected += 1
    options.onRejected?.(row)
  }
  await rebuildSearchDocuments(deps.db)

  let batch: GoodRow[] = []
  const storeBatch = async (): Promise<void> => {
    const rows = batch
    batch = []
    const result = await transact(deps.db, (tx) => store(tx, rows, seen, options.offer, deps.clock.now()))
    deps.committed()
    report.added += result.added
    report.changed += result.changed
    report.unchanged += result.unchanged
    for (const { file, line, item } of result.duplicates) {
      const { statementNumber } = item
      reject({ file, line, code: 'duplicate', statementNumber, message: duplicateMessage })
    }
    options.onProgress?.(report)
  }

  for (const file of files) {
    for await (const found of readOfficialRows(fileBytes(file))) {
      if (options.signal?.aborted === true) return { ...report, stopped: true }
      if (found.kind === 'file_refused') {
        const { kind: _, ...refusal } = found
        report.refusedFiles.push({ file, ...refusal })
        continue
      }
      report.read += 1
      const row = parseOfficialRow(found.value)
      if (row.kind === 'item') batch.push({ file, line: found.line, item: row.item })
      else {
        const { code, statementNumber, message } = row
        reject({ file, line: found.line, code, statementNumber, message })
      }
      if (batch.length >= batchSize) await storeBatch()
    }
  }
  if (batch.length > 0) await storeBatch()
  options.onProgress?.(report)
  return report
}

interface Stored {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly duplicates: readonly GoodRow[]
}

async function store(
  tx: Parameters<typeof insertItems>[0],
  rows: readonly GoodRow[],
  seen: Map<string, Rank>,
  offer: ImportOptions['offer'],
  now: Temporal.Instant,
): Promise<Stored> {
  await lockImports(tx)
  const stored = await readStored(
    tx,
    rows.map((row) => row.item.statementNumber),
  )
  const current = new Map([...stored].map(([number, each]) => [number, each.item]))
  const touched = new Set<string>()
  const counts = { added: 0, changed: 0, unchanged: 0 }
  const duplicates: GoodRow[] = []
  for (const row of rows) {
    const number = row.item.statementNumber
    const decision = decideImport(current.get(number), row.item, seen.get(number))
    if (decision.kind === 'duplicate') duplicates.push(row)
    else {
      counts[decision.kind] += 1
      const rank = rankOf(row.item)
      if (rank >= (seen.get(number) ?? '')) seen.set(number, rank)
      if (decision.kind !== 'unchanged') {
        current.set(number, decision.item)
        touched.add(number)
      }
    }
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
  return { ...counts, duplicates }
}

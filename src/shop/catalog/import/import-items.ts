import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import type { Text } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { lockBatches } from '../batch-lock.ts'
import { categoriesOf } from '../rules/categories.ts'
import { demoOfferOf } from '../rules/demo-offer.ts'
import { rebuildSearchDocuments } from '../search/search-rules.ts'
import { decideImport, type Rank, rankOf } from './import-decision.ts'
import { type ImportedItem, parseOfficialRow } from './public-data.ts'
import { type FileRefused, fileBytes, readOfficialRows } from './read-json-file.ts'
import { insertItems, readStored, updateItems } from './store-items.ts'

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
  /** After every batch; so many bytes of the files have been read. */
  readonly onProgress?: (report: Readonly<ImportReport>, bytes: number) => void
  readonly onRejected?: (row: RowRejected) => void
  readonly signal?: AbortSignal
}

export interface ImportDeps {
  readonly db: Db
  readonly clock: Clock
  /** Called after commits, to forget cached lists. */
  committed(): void
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
    refusedFiles: [],
    stopped: false,
  }
  const seen = new Map<string, Rank>()
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
    deps.committed()
    report.added += result.added
    report.changed += result.changed
    report.unchanged += result.unchanged
    options.onProgress?.(report, bytes)
  }

  for (const file of files) {
    for await (const found of readOfficialRows(counted(fileBytes(file)))) {
      if (options.signal?.aborted === true) return { ...report, stopped: true }
      if (found.kind === 'file_refused') {
        const { kind: _, ...refusal } = found
        report.refusedFiles.push({ file, ...refusal })
        continue
      }
      report.read += 1
      const row = parseOfficialRow(found.value)
      if (row.kind === 'item') batch.push(row.item)
      else {
        const { code, statementNumber, message } = row
        reject({ file, line: found.line, code, statementNumber, message })
      }
      if (batch.length >= batchSize) await storeBatch()
    }
  }
  if (batch.length > 0) await storeBatch()
  options.onProgress?.(report, bytes)
  return report
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

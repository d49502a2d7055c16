import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import { lockBatches } from '../batch-lock.ts'
import { writeNotices } from '../browse/notice-store.ts'
import { type ImportDeps, type ImportReport, importItems } from '../import/import-items.ts'
import { type ImportedItem, parseOfficialRow } from '../import/public-data.ts'
import { fileBytes, readOfficialRows } from '../import/read-json-file.ts'
import { insertItems, knownNumbers } from '../import/store-items.ts'
import { rebuildSearchDocuments } from '../search/search-rules.ts'
import { type SampleItem, sampleCatalogue } from './sample-catalogue.ts'

/** Downloaded rows of the register that ship with the shop. */
export const demoFiles: readonly string[] = ['mfds-c003.json', 'mfds-htfs.json'].map((name) =>
  fileURLToPath(new URL(`./demo/${name}`, import.meta.url)),
)

export interface SeedOptions {
  /** Invented items the catalogue shall have. */
  readonly count: number
  /** The same seed gives the same items on every machine. */
  readonly seed: string
  readonly onProgress?: (done: number, count: number) => void
  readonly signal?: AbortSignal
}

const batchSize = 1_000

/**
 * Fills the catalogue with invented items, on sale, with prices and stock. Items that are already there stay as they
 * are: repeating a seed adds nothing, a larger count adds the missing ones. Returns how many were added.
 */
export async function seedItems(
  deps: ImportDeps,
  { count, seed, onProgress, signal }: SeedOptions,
): Promise<{ added: number }> {
  // Before the first row: otherwise the next server would find rows of an unknown version and write them all again.
  await rebuildSearchDocuments(deps.db)
  let added = 0
  let done = 0
  let batch: SampleItem[] = []
  const storeBatch = async (): Promise<void> => {
    signal?.throwIfAborted()
    const items = batch
    batch = []
    added += await transact(deps.db, (tx) => insertMissing(tx, items, deps.clock.now()))
    done += items.length
    onProgress?.(done, count)
  }
  for (const item of sampleCatalogue(await demoRows(), seed, count)) {
    batch.push(item)
    if (batch.length === batchSize) await storeBatch()
  }
  if (batch.length > 0) await storeBatch()
  if (added > 0) {
    // Fresh statistics at once: a filled catalogue must not be searched by the plans of an empty one.
    await sql`analyze catalog.item, catalog.item_text, catalog.item_notice, catalog.item_numbers, catalog.shelf, catalog.stock`.execute(
      deps.db,
    )
    await deps.committed()
  }
  return { added }
}

async function insertMissing(tx: Tx, items: readonly SampleItem[], now: Temporal.Instant): Promise<number> {
  await lockBatches(tx)
  const known = await knownNumbers(
    tx,
    items.map(({ item }) => item.statementNumber),
  )
  const missing = items.filter(({ item }) => !known.has(item.statementNumber))
  await insertItems(tx, missing, now)
  const notices = new Map(missing.map(({ item, notice }) => [item.statementNumber, notice]))
  const { rows } = await sql<{ id: string; number: string }>`
    select id, statement_number as number from catalog.item
    where statement_number = any(${[...notices.keys()]}::text[])`.execute(tx)
  await writeNotices(
    tx,
    rows.flatMap(({ id, number }) => {
      const notice = notices.get(number)
      return notice ? [{ itemId: id, notice }] : []
    }),
  )
  return missing.length
}

async function demoRows(): Promise<ImportedItem[]> {
  const items: ImportedItem[] = []
  for (const file of demoFiles) {
    for await (const found of readOfficialRows(fileBytes(file))) {
      const row = found.kind === 'row' ? parseOfficialRow(found.value) : undefined
      if (row?.kind === 'item') items.push(row.item)
    }
  }
  return items
}

const demoSampleCount = 300

/** A small living shop for a fresh start: the demo rows of the register and some invented items. Idempotent. */
export async function seedDemo(deps: ImportDeps): Promise<ImportReport> {
  const report = await importItems(deps, demoFiles, { offer: 'demo' })
  const { added } = await seedItems(deps, { count: demoSampleCount, seed: 'demo' })
  return { ...report, read: report.read + demoSampleCount, added: report.added + added }
}

/** True when the catalogue has no item at all. */
export async function isEmpty(db: Db): Promise<boolean> {
  const { rows } = await sql`select 1 from catalog.item limit 1`.execute(db)
  return rows.length === 0
}

/** An item as somebody needs it who fills other tables with matching rows. */
export interface ListedItem {
  readonly id: string
  readonly name: string
  readonly enterprise: string
  readonly thumbnail: string | null
  readonly originPrice: Won
  readonly discountPrice: Won
  readonly realPrice: Won
}

/** All visible items in the order of their ids, in pages of `size`. */
export async function* itemPages(db: Db, size: number): AsyncGenerator<ListedItem[], void, undefined> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const { rows } = await sql<ListedItem>`
      select id, name, enterprise, thumbnail, origin_price as "originPrice", discount_price as "discountPrice",
        real_price as "realPrice"
      from catalog.item where id > ${after}::uuid and status <> 'hidden' order by id limit ${size}`.execute(
      db,
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    after = last.id
  }
}

/** The catalogue's face: what other parts of the shop and the process that hosts it may use. */

import { itemChanged } from '../../contracts/item-events.ts'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import { afterCommit, type Db } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on } from '../../platform/events/subscriber.ts'
import { type Commands, handleCommand } from '../../platform/jobs/commands.ts'
import type { Module } from '../../platform/module.ts'
import type { Redis } from '../../platform/redis/redis.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { Pictures } from '../pictures/index.ts'
import { createKept } from './browse/kept.ts'
import { createPages, type Pages } from './browse/pages.ts'
import { reviewNumbers } from './browse/review-numbers.ts'
import { catalogRoutes } from './browse/routes.ts'
import { changeNumbers } from './browse/shelves.ts'
import { type ImportOptions, type ImportReport, importItems } from './import/import-items.ts'
import { writeRoutes } from './import/write-routes.ts'
import { adminCatalogRoutes } from './items/admin-routes.ts'
import { pictureRoutes } from './items/picture-routes.ts'
import { sheetRoutes } from './items/sheet-routes.ts'
import { importAsked, importNightly, NIGHTLY } from './live/import-nightly.ts'
import { importRegister, type RegisterImportOptions, type RegisterReport } from './live/import-register.ts'
import type { RegisterAddress } from './live/register-api.ts'
import { registerRoutes } from './live/register-routes.ts'
import { importRegistersCommand } from './live/steer-import.ts'
import { countStuck } from './live/stuck-store.ts'
import { catalogProblems } from './problems.ts'
import { isEmpty, itemPages, type ListedItem, type SeedOptions, seedDemo, seedItems } from './samples/seed.ts'
import { rebuildSearchDocuments } from './search/search-rules.ts'
import { heldStock } from './stock/held-stock.ts'
import { itemsForSale } from './stock/items-for-sale.ts'
import { salesCount } from './stock/sales-count.ts'
import { consumeHold, holdStock, releaseHold, restockItems, takeStock } from './stock/stock.ts'
import { itemsChanged } from './topics.ts'
import { createViews, type Views } from './views/collect-views.ts'
import type { Pseudonym } from './views/visitors.ts'

export type { Body } from './browse/body.ts'
export type { CategoryList, Home, ItemDetail, ItemList, ItemSummary } from './browse/item-json.ts'
export { type ItemQuery, type ListSort, listSorts } from './browse/listing.ts'
export { changeNumbers, type NumbersChange } from './browse/shelves.ts'
export type { ImportOptions, ImportReport, RefusedFile, RowRejected } from './import/import-items.ts'
export {
  isFailed,
  type RegisterImportOptions,
  type RegisterRead,
  type RegisterReport,
} from './live/import-register.ts'
export type { RegisterAddress } from './live/register-api.ts'
export { catalogProblems } from './problems.ts'
export { type Category, categoryCodes, categoryNames, isCategory } from './rules/categories.ts'
export type { ListedItem, SeedOptions } from './samples/seed.ts'
export { type ItemForSale, itemsForSale } from './stock/items-for-sale.ts'
export { consumeHold, holdStock, type Pieces, releaseHold, restockItems, takeStock } from './stock/stock.ts'

/** What the catalogue stores to be done by a worker. */
export const catalogCommands = [importRegistersCommand]

/** The catalogue's tables. */
export const catalogSchema: SchemaMigrations = {
  schema: 'catalog',
  folder: new URL('./migrations/', import.meta.url),
}

export interface CatalogDeps {
  readonly db: Db
  /** The same database, by the connections for what everybody may read. */
  readonly browsing: Db
  readonly clock: Clock
  readonly log: Logger
  readonly broadcast: Broadcast
  /** By which processes keep lists for one another and count together, where one is set. */
  readonly redis: Redis | undefined
  readonly pictures: Pictures
  readonly enqueue: Commands['enqueue']
  /** Of visitors of items; the same in every process. */
  readonly pseudonym: Pseudonym
  /** The public registers that may be asked; default: none. */
  readonly registers?: readonly RegisterAddress[]
  /** Whether they are imported every night. Default: no. */
  readonly nightly?: boolean
}

/** The functions take a transaction or database first where the caller may want both to succeed together. */
export interface Catalog {
  readonly module: Module
  /** What everybody may read: lists and items as the API answers them, kept and forgotten together with it. */
  readonly browse: Pages
  readonly itemsForSale: typeof itemsForSale
  readonly holdStock: typeof holdStock
  readonly releaseHold: typeof releaseHold
  readonly consumeHold: typeof consumeHold
  readonly takeStock: typeof takeStock
  readonly restockItems: typeof restockItems
  /** Unique visitors of items: pages of them say who looks. */
  readonly views: Pick<Views, 'seen' | 'flush'>
  /** Pieces, reviews and stars of items, counted by others. */
  readonly changeNumbers: typeof changeNumbers
  /** Imports downloaded files of the public register. */
  importItems(files: readonly string[], options: ImportOptions): Promise<ImportReport>
  /** Which public registers may be asked by their APIs. */
  readonly registers: readonly RegisterAddress['source'][]
  /** Imports these registers, page by page; goes on where an earlier import stopped. */
  importRegister(options: RegisterImportOptions): Promise<RegisterReport>
  /** Adds invented items up to a count. */
  seedItems(options: SeedOptions): Promise<{ added: number }>
  /** The demo rows of the register and a few hundred invented items. */
  seedDemo(): Promise<ImportReport>
  isEmpty(): Promise<boolean>
  /** All visible items, page by page. */
  itemPages(size: number): AsyncGenerator<ListedItem[], void, undefined>
}

const searchRulesCheckMs = 10 * 60_000

/** The catalogue of one process. Its cached lists hear of changes in other processes by broadcast. */
export function createCatalog(parts: CatalogDeps): Catalog {
  const { db, browsing, clock, log, broadcast, redis, pictures, pseudonym, registers = [] } = parts
  const { nightly = false, enqueue } = parts
  const stopping = new AbortController()
  const kept = createKept(redis)
  const pages = createPages(browsing, kept)
  const views = createViews({ db, redis, log, pseudonym })
  // The process that changed an item forgets at once, the others as soon as its event was handed over.
  const deps = { db, clock, committed: kept.changed }
  broadcast.subscribe(itemsChanged, { heard: kept.clear, missed: kept.clear })
  // Whoever hears of it looks in what is shared: nothing old may be found there then.
  const tell = () => void kept.changed().then(() => broadcast.publish(itemsChanged, {}))
  return {
    browse: pages,
    views,
    itemsForSale,
    holdStock,
    releaseHold,
    consumeHold,
    takeStock,
    restockItems,
    changeNumbers,
    importItems: (files, options) => importItems(deps, files, options),
    registers: registers.map(({ source }) => source),
    importRegister: (options) => importRegister(deps, registers, options),
    seedItems: (options) => seedItems(deps, options),
    seedDemo: () => seedDemo(deps),
    isEmpty: () => isEmpty(db),
    itemPages: (size) => itemPages(db, size),
    module: {
      name: 'catalog',
      schema: catalogSchema,
      problems: catalogProblems,
      start: async () => views.start(),
      stop: async () => {
        stopping.abort()
        await views.stop()
      },
      routes: (app) => {
        catalogRoutes(app, pages, views.seen)
        adminCatalogRoutes(app, deps)
        pictureRoutes(app, { ...deps, pictures })
        sheetRoutes(app, deps)
        writeRoutes(app, deps)
        registerRoutes(app, { ...deps, enqueue, addresses: registers })
      },
      commands: catalogCommands,
      handlers: [
        handleCommand(importRegistersCommand, () =>
          importAsked({ ...deps, log }, registers, stopping.signal),
        ),
      ],
      subscribers: [
        salesCount,
        reviewNumbers,
        {
          name: 'catalog.fresh-lists',
          handlers: [on(itemChanged, async (tx) => afterCommit(tx, tell))],
        },
      ],
      schedules: [{ ...NIGHTLY, off: !nightly, run: () => importNightly({ ...deps, log }, registers) }],
      metrics: (metrics) => {
        metrics.observe(
          'register_pages_stuck',
          'Pages of the public registers that do not come, and that nobody has skipped',
          () => countStuck(db),
        )
        metrics.observe(
          'stock_held_orders',
          'Orders that wait for their payment and for which stock is held',
          async () => (await heldStock(deps)).orders,
        )
        metrics.observe(
          'stock_held_oldest_seconds',
          'Age of the oldest of them',
          async () => (await heldStock(deps)).oldestSeconds,
        )
      },
      sweeps: [
        {
          name: 'catalog.search-documents',
          everyMs: searchRulesCheckMs,
          run: async () => {
            const rewritten = await rebuildSearchDocuments(db)
            if (rewritten > 0) log.info({ rewritten }, 'search documents rebuilt')
          },
        },
      ],
    },
  }
}

/** The catalogue of books: titles, copies, the queue for them, and what loans take of them. */
import type { Db } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import type { FileStore } from '../../platform/files/file-store.ts'
import type { Module } from '../../platform/module.ts'
import { pictureProblems } from '../../platform/pictures/problems.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { type Covers, createCovers } from './catalogue/covers.ts'
import { findCopy, listOpenHolds } from './catalogue/desk-view.ts'
import { exportTitles } from './exchange/export-titles.ts'
import {
  type ImportOptions,
  type ImportReport,
  importTitles,
  type NamedFile,
} from './exchange/import-titles.ts'
import type { FileFormat } from './exchange/read-titles.ts'
import { expireHolds } from './holds/end-holds.ts'
import { holdsSubscriber } from './holds/hear-identity.ts'
import { openingSubscriber } from './holds/hear-opening.ts'
import type { ShelfTime } from './holds/serve-holds.ts'
import { bookRoutes } from './http/book-routes.ts'
import { coverRoutes } from './http/cover-routes.ts'
import { deskRoutes } from './http/desk-routes.ts'
import { exchangeRoutes } from './http/exchange-routes.ts'
import { type BooksForPages, booksForPages } from './http/for-pages.ts'
import { holdRoutes } from './http/hold-routes.ts'
import { librarianRoutes } from './http/librarian-routes.ts'
import { pullRoutes } from './http/pull-routes.ts'
import { bookProblems } from './problems.ts'
import { isEmpty, type SeedBooks, seedBooks, seedDemoBooks } from './samples/seed.ts'
import { askStock, type StockAnswer } from './stock/ask-stock.ts'
import { stockSubscriber } from './stock/hear-loans.ts'
import type { CopyState } from './tables.ts'

export type { BookSummary, BookView } from './catalogue/book-view.ts'
export { BOOK_SORTS, type BookQuery, MOST_LISTED } from './catalogue/list-books.ts'
export type { ImportOptions, ImportReport, RowNote } from './exchange/import-titles.ts'
export type { FileFormat } from './exchange/read-titles.ts'
export type { HoldView } from './holds/hold-view.ts'
export { bookProblems } from './problems.ts'
export { subjectsIn } from './rules/subjects.ts'

export const bookSchema: SchemaMigrations = {
  schema: 'book',
  folder: new URL('./migrations/', import.meta.url),
}

export interface BooksDeps {
  db: Db
  /** The same database, by the connections for what everybody may read. */
  browsing: Db
  clock: Clock
  log: Logger
  shelfTime: ShelfTime
  /** Where pictures of covers are kept. */
  files: FileStore
}

/** A copy as lending needs to know it. */
export interface CopyAtDesk {
  bookId: string
  title: string
  callNumber: string
  state: CopyState
  loanId: string | null
}

/** More than anybody waits for. */
const MOST_HOLDS = 100

export interface Books {
  module: Module
  /** Whether a patron could have copies of a title now; promises nothing. */
  askStock(question: { bookId: string; patronId: string; copies: number }): Promise<StockAnswer>
  /** A copy by its barcode, for lending. */
  findCopy(barcode: string): Promise<CopyAtDesk | undefined>
  /** A patron's open holds, for lending: with the copy on the hold shelf. */
  openHoldsOf(
    patronId: string,
  ): Promise<{ title: string; state: 'waiting' | 'shelved'; barcode: string | null }[]>
  /** Ends holds that were not collected in time; the module does it every minute. */
  expireHolds(): Promise<number>
  /** Some tens of titles for an empty catalogue. */
  seedDemo(): Promise<void>
  /** Invented titles up to a count. */
  seedBooks(options: SeedBooks): Promise<{ added: number }>
  isEmpty(): Promise<boolean>
  /** Titles of files into the catalogue: CSV, MARC 21 and KORMARC. */
  importTitles(files: readonly NamedFile[], options: ImportOptions): Promise<ImportReport>
  /** All titles that are lent as a file, piece by piece. */
  exportTitles(format: FileFormat): AsyncGenerator<Uint8Array, void, undefined>
  /** What readers do in a browser. */
  pages: BooksForPages
}

const EXPIRE_EVERY_MS = 60_000
const REMOVE_EVERY_MS = 10 * 60_000

/** The catalogue of books of one process. */
export function createBooks(deps: BooksDeps): Books {
  const expire = () => expireHolds(deps)
  const covers: Covers = createCovers(deps)
  return {
    askStock: (question) => askStock(deps.db, question),
    findCopy: async (barcode) => {
      const copy = await findCopy(deps.db, barcode)
      if (!copy) return undefined
      const { book, state, loanId } = copy
      return { bookId: book.id, title: book.title, callNumber: book.callNumber, state, loanId }
    },
    openHoldsOf: async (patronId) => {
      const { holds } = await listOpenHolds(deps.db, { patronId, page: 1, size: MOST_HOLDS })
      return holds.map(({ book, barcode }) => ({
        title: book.title,
        state: barcode === null ? 'waiting' : 'shelved',
        barcode,
      }))
    },
    expireHolds: expire,
    seedDemo: () => seedDemoBooks(deps),
    seedBooks: (options) => seedBooks(deps, options),
    isEmpty: () => isEmpty(deps.db),
    importTitles: (files, options) => importTitles(deps, files, options),
    exportTitles: (format) => exportTitles(deps.db, format),
    pages: booksForPages(deps),
    module: {
      name: 'book',
      schema: bookSchema,
      problems: { ...bookProblems, ...pictureProblems },
      routes: (app) => {
        bookRoutes(app, deps)
        librarianRoutes(app, deps)
        coverRoutes(app, { db: deps.db, covers })
        holdRoutes(app, deps)
        deskRoutes(app, deps)
        exchangeRoutes(app, deps)
        pullRoutes(app, deps)
      },
      subscribers: [stockSubscriber(deps), holdsSubscriber(deps), openingSubscriber],
      sweeps: [
        { name: 'book.expire-holds', everyMs: EXPIRE_EVERY_MS, run: expire },
        {
          name: 'book.unused-covers',
          everyMs: REMOVE_EVERY_MS,
          run: (signal) => covers.removeUnused(signal),
        },
      ],
    },
  }
}

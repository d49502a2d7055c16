import type { Generated, GeneratedAlways } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { LoanStockState } from './rules/loan-stock.ts'

export type CopyState = 'available' | 'on_loan' | 'on_shelf' | 'lost' | 'damaged' | 'withdrawn'
export type HoldState = 'waiting' | 'shelved' | 'collected' | 'expired' | 'cancelled'

export type TitleTable = {
  id: string
  search_doc: string
  title: string
  author: string
  publisher: string
  published_year: number | null
  isbn: string | null
  call_number: string
  kdc: string
  cover: string | null
  /** Id of the picture of its cover that a librarian gave. */
  picture: string | null
  series: string
  series_volume: string
  edition: string
  extent: string
  subjects: string
  state: 'lendable' | 'withdrawn'
  version: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type CopyTable = {
  barcode: string
  book_id: string
  state: CopyState
  loan_id: string | null
  hold_id: string | null
  /** The hold whose slip is in it: it stands on the hold shelf. */
  stands_for: string | null
}

export type HoldTable = {
  id: string
  book_id: string
  patron_id: string
  place: GeneratedAlways<number>
  state: HoldState
  version: number
  placed_at: Temporal.Instant
  shelf_until: Temporal.Instant | null
  closed_at: Temporal.Instant | null
  /** The loan by which it was collected. */
  collected_by: string | null
}

export type LoanStockTable = {
  loan_id: string
  book_id: string
  patron_id: string | null
  state: LoanStockState
  taken: number
  back: Generated<number>
  lost: Generated<number>
  version: number
}

export type BookTables = {
  'book.title': TitleTable
  'book.copy': CopyTable
  'book.hold': HoldTable
  'book.loan_stock': LoanStockTable
}

/** The database with the tables of the catalogue of books. */
export const books = (db: Db | Tx) => db.$extendTables<BookTables>()

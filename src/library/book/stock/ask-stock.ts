import type { Db } from '../../../platform/database/database.ts'
import { lendableTo, noStockFor } from '../rules/loan-stock.ts'
import { shelfFor } from '../title-store.ts'

/** What the catalogue says when asked whether a patron can have copies of a title. It promises nothing. */
export type StockAnswer =
  | { kind: 'enough' | 'not_enough' | 'held_for_others' | 'book_withdrawn'; title: string; lendable: number }
  | { kind: 'book_unknown' }

/** Looks, and reserves nothing: whether there is stock is decided when the loan's event is handled. */
export async function askStock(
  db: Db,
  { bookId, patronId, copies }: { bookId: string; patronId: string; copies: number },
): Promise<StockAnswer> {
  const shelf = await shelfFor(db, bookId, patronId)
  if (!shelf) return { kind: 'book_unknown' }
  const reason = noStockFor(shelf, copies)
  if (reason === 'book_unknown') return { kind: reason }
  return { kind: reason ?? 'enough', title: shelf.title, lendable: lendableTo(shelf) }
}

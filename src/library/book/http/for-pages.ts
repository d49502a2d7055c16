import type { Db } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import type { Answer } from '../../../platform/http/idempotency.ts'
import type { Refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { BookSummary, BookView } from '../catalogue/book-view.ts'
import { type BookQuery, listBooks, MOST_LISTED, readBook } from '../catalogue/list-books.ts'
import { cancelHold } from '../holds/end-holds.ts'
import { type HoldView, listHolds } from '../holds/hold-view.ts'
import { placeHold } from '../holds/place-hold.ts'
import type { ShelfTime } from '../holds/serve-holds.ts'

/** What readers do with the catalogue in a browser: the use cases of the API. */
export interface BooksForPages {
  /** A page of titles with live stock. Pages reach to {@link MOST_LISTED} titles. */
  list(query: BookQuery): Promise<{ books: BookSummary[]; totalElements: number }>
  /** Up to how many titles a list can be paged through. */
  readonly mostListed: number
  /** One title with live stock, also one that is lent no more. */
  get(bookId: string): Promise<BookView | undefined>
  /** Refusals: those of `placeHold`. */
  hold(wish: { actor: Actor; bookId: string; idempotencyKey: string }): Promise<Answer<HoldView> | Refused>
  /** Refusal: not_found, also for somebody else's. */
  cancelHold(wish: { actor: Actor; holdId: string }): Promise<{ kind: 'hold'; hold: HoldView } | Refused>
  /** One's own open holds, newest first. */
  holds(actor: Actor): Promise<HoldView[]>
}

const MOST_HOLDS = 200

/** What the pages do with the catalogue of books and its queues. */
export function booksForPages(deps: {
  db: Db
  browsing: Db
  clock: Clock
  shelfTime: ShelfTime
}): BooksForPages {
  return {
    list: (query) => listBooks(deps.browsing, query),
    mostListed: MOST_LISTED,
    get: (bookId) => readBook(deps.browsing, bookId),
    hold: ({ actor, ...wish }) => placeHold(deps, { ...wish, patronId: actor.userId }),
    cancelHold: (wish) => cancelHold(deps, wish),
    holds: (actor) => listHolds(deps.db, actor.userId, { all: false, limit: MOST_HOLDS }),
  }
}

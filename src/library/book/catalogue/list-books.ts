import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import { PLANNED_EACH_TIME } from '../../../platform/database/prepared-statements.ts'
import { likePattern } from '../../../platform/text/korean-search.ts'
import { searchTermsOf } from '../rules/search.ts'
import { countCopies, findTitle } from '../title-store.ts'
import {
  type BookSummary,
  type BookView,
  type DescribedRow,
  describeTitle,
  describeWhole,
} from './book-view.ts'

export const BOOK_SORTS = ['newest', 'title'] as const

export interface BookQuery {
  keyword?: string | undefined
  /** Class or a part of it from the left: `8`, `81`, `813.7`. */
  kdc?: string | undefined
  available?: boolean | undefined
  sort: (typeof BOOK_SORTS)[number]
  page: number
  size: number
}

/** Rows that can be paged through, and up to which they are counted. */
export const MOST_LISTED = 1_000

const ORDER = {
  newest: sql`t.created_at desc, t.id desc`,
  title: sql`t.title, t.id`,
}

const HAS_COPY = sql`exists (select 1 from book.copy c where c.book_id = t.id and c.state = 'available')`

function conditions({ keyword, kdc, available }: BookQuery): RawBuilder<unknown> {
  const anew = sql.raw(PLANNED_EACH_TIME)
  const terms = searchTermsOf(keyword ?? '')
  return sql.join(
    [
      sql`t.state = 'lendable'`,
      ...terms.map((term) => sql`${anew} t.search_doc like ${likePattern(term)}`),
      ...(kdc === undefined ? [] : [sql`${anew} t.kdc like ${`${kdc}%`}`]),
      ...(available === true ? [HAS_COPY] : []),
      ...(available === false ? [sql`not ${HAS_COPY}`] : []),
    ],
    sql` and `,
  )
}

/** A page of titles with their live stock, and how many there are (counted up to {@link MOST_LISTED}). */
export async function listBooks(
  db: Db,
  query: BookQuery,
): Promise<{ books: BookSummary[]; totalElements: number }> {
  const where = conditions(query)
  const [page, count] = await Promise.all([
    sql<DescribedRow & { available: number; waiting: number }>`
      select t.id, t.title, t.author, t.publisher, t.published_year, t.isbn, t.call_number, t.kdc, t.cover, t.picture,
             (select count(*)::int from book.copy c where c.book_id = t.id and c.state = 'available') as available,
             (select count(*)::int from book.hold h where h.book_id = t.id and h.state = 'waiting') as waiting
      from book.title t where ${where}
      order by ${ORDER[query.sort]} limit ${query.size} offset ${(query.page - 1) * query.size}`.execute(db),
    sql<{ found: number }>`
      select count(*)::int as found from (
        select 1 from book.title t where ${where} limit ${MOST_LISTED}) as listed`.execute(db),
  ])
  const books = page.rows.map((row) => ({
    ...describeTitle(row),
    available: row.available,
    waiting: row.waiting,
  }))
  return { books, totalElements: count.rows[0]?.found ?? 0 }
}

/** One title with what became of its copies; also one that is lent no more. */
export async function readBook(db: Db, bookId: string): Promise<BookView | undefined> {
  const title = await findTitle(db, bookId)
  if (!title) return undefined
  const [{ available, onLoan, onShelf, damaged, lost }, waiting] = await Promise.all([
    countCopies(db, bookId),
    sql<{ waiting: number }>`
      select count(*)::int as waiting from book.hold where book_id = ${bookId} and state = 'waiting'`.execute(
      db,
    ),
  ])
  const stock = { available, onLoan, onShelf, damaged, lost, waiting: waiting.rows[0]?.waiting ?? 0 }
  return { ...describeWhole(title), stock }
}

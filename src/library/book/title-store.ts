import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { CopyCounts } from './rules/copies.ts'
import type { Shelf } from './rules/loan-stock.ts'
import type { TitleTable } from './tables.ts'

export type TitleRow = Selectable<TitleTable>

/**
 * Locks a title until the end of the transaction. Everybody who changes its copies or its queue locks it first, so what
 * is counted stays true.
 */
export async function lockTitle(tx: Tx, bookId: string): Promise<TitleRow | undefined> {
  const { rows } =
    await sql<TitleRow>`select * from book.title where id = ${bookId} for no key update`.execute(tx)
  return rows[0]
}

/** The title, not locked; also one that is lent no more. */
export async function findTitle(db: Db | Tx, bookId: string): Promise<TitleRow | undefined> {
  const { rows } = await sql<TitleRow>`select * from book.title where id = ${bookId}`.execute(db)
  return rows[0]
}

/**
 * What a title can give to a patron now; undefined when there is no such title.
 * @param barcode only this copy counts: it is the one that is asked for
 */
export async function shelfFor(db: Db | Tx, bookId: string, patronId: string, barcode?: string) {
  const only = barcode ?? null
  const { rows } = await sql<Shelf & { title: string }>`
    select t.title, t.state = 'lendable' as lendable,
           count(*) filter (where c.state = 'available')::int as available,
           count(*) filter (where c.state = 'on_shelf' and h.patron_id = ${patronId})::int as "ownShelf",
           count(*) filter (where c.state = 'on_shelf' and h.patron_id <> ${patronId})::int as "othersShelf"
    from book.title t
    left join book.copy c on c.book_id = t.id and c.state in ('available', 'on_shelf')
      and (${only}::text is null or c.barcode = ${only})
    left join book.hold h on h.id = c.hold_id
    where t.id = ${bookId}
    group by t.id`.execute(db)
  return rows[0]
}

/** How many copies of a title are in which state; withdrawn ones are not counted. */
export async function countCopies(db: Db | Tx, bookId: string): Promise<CopyCounts> {
  const { rows } = await sql<CopyCounts>`
    select count(*) filter (where state = 'available')::int as available,
           count(*) filter (where state = 'on_loan')::int as "onLoan",
           count(*) filter (where state = 'on_shelf')::int as "onShelf",
           count(*) filter (where state = 'damaged')::int as damaged,
           count(*) filter (where state = 'lost')::int as lost
    from book.copy where book_id = ${bookId}`.execute(db)
  const [counts] = rows
  if (!counts) throw new Error('a count has one row')
  return counts
}

import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { LoanState } from '../rules/loan.ts'
import { type LentRow, lentUnder, SELECT_LOAN } from '../store/loan-store.ts'
import { type LoanView, loanView } from './loan-view.ts'

/** Which part of a list of loans. */
export interface LoanQuery {
  patronId?: string | undefined
  bookId?: string | undefined
  state?: LoanState | undefined
  /** Only those that are not over (true), or only those that are (false). */
  open?: boolean | undefined
  /** Those that are due first come first; otherwise the newest do. */
  byDue?: boolean | undefined
  page: number
  size: number
}

/** Rows that can be paged through, and up to which they are counted. */
export const MOST_LISTED = 10_000

/** Something is still to happen: it is settled, given up or brought back. */
const IS_OPEN = sql`l.state in ('pending', 'active', 'overdue', 'cancelling')`

/** Loans, newest first, or in the order in which they are due. */
export async function listLoans(
  db: Db,
  { patronId, bookId, state, open, byDue, page, size }: LoanQuery,
  today: Temporal.PlainDate,
): Promise<{ loans: LoanView[]; totalElements: number }> {
  const where = sql.join(
    [
      sql`true`,
      ...(patronId === undefined ? [] : [sql`l.patron_id = ${patronId}`]),
      ...(bookId === undefined ? [] : [sql`l.book_id = ${bookId}`]),
      ...(state === undefined ? [] : [sql`l.state = ${state}`]),
      ...(open === true ? [IS_OPEN] : []),
      ...(open === false ? [sql`not ${IS_OPEN}`] : []),
    ],
    sql` and `,
  )
  const [rows, count] = await Promise.all([
    sql<LentRow>`${SELECT_LOAN} where ${where}
      order by ${byDue === true ? sql`l.due_on, l.id` : sql`l.borrowed_at desc, l.id desc`} limit ${size} offset ${(page - 1) * size}`.execute(
      db,
    ),
    sql<{ found: number }>`
      select count(*)::int as found from (
        select 1 from borrow.loan l where ${where} limit ${MOST_LISTED}) as listed`.execute(db),
  ])
  return {
    loans: rows.rows.map((row) => loanView(lentUnder(row), today)),
    totalElements: count.rows[0]?.found ?? 0,
  }
}

/** For each of these titles the day on which the next of its copies is due; those with none out are left out. */
export async function nextDue(db: Db, bookIds: readonly string[]): Promise<Map<string, string>> {
  if (bookIds.length === 0) return new Map()
  const { rows } = await sql<{ book_id: string; due_on: Temporal.PlainDate }>`
    select book_id, min(due_on) as due_on from borrow.loan
    where book_id = any(${[...bookIds]}::uuid[]) and state in ('active', 'overdue') group by book_id`.execute(
    db,
  )
  return new Map(rows.map(({ book_id, due_on }) => [book_id, due_on.toString()]))
}

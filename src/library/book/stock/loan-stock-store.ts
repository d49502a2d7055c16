import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { WITH_COMMIT } from '../../../platform/database/prepared-statements.ts'
import type { LoanStock, LoanStockState } from '../rules/loan-stock.ts'

export type StoredLoanStock = LoanStock & { loanId: string; version: number }

/** What was answered to a loan, locked; undefined when nothing was. */
export async function findLoanStock(tx: Tx, loanId: string): Promise<StoredLoanStock | undefined> {
  const { rows } = await sql<StoredLoanStock>`
    select loan_id as "loanId", state, taken, back, lost, version
    from book.loan_stock where loan_id = ${loanId} for update`.execute(tx)
  return rows[0]
}

/** The first answer to a loan. Its key is the loan: a second first answer fails, and with it everything around it. */
export async function insertLoanStock(
  tx: Tx,
  answer: { loanId: string; bookId: string; patronId: string; state: LoanStockState; taken: number },
): Promise<void> {
  await sql`
    insert into book.loan_stock (loan_id, book_id, patron_id, state, taken, version)
    values (${answer.loanId}, ${answer.bookId}, ${answer.patronId}, ${answer.state}, ${answer.taken}, 1)`.execute(
    tx,
  )
}

/** The same for a loan that gets its copies, and with it the change of stock: every loan writes both. */
export async function insertTaken(
  tx: Tx,
  taken: { loanId: string; bookId: string; patronId: string; copies: number; at: Temporal.Instant },
): Promise<void> {
  await sql`
    ${sql.raw(WITH_COMMIT)} with answer as (
      insert into book.loan_stock (loan_id, book_id, patron_id, state, taken, version)
      values (${taken.loanId}, ${taken.bookId}, ${taken.patronId}, 'taken', ${taken.copies}, 1)
      returning loan_id, taken)
    insert into book.stock_move (loan_id, kind, no, copies, at)
    select loan_id, 'take', 1, taken, ${taken.at}::timestamptz from answer`.execute(tx)
}

/**
 * Compare-and-set on the version.
 * @throws when it is not as it was read
 */
export async function saveLoanStock(tx: Tx, from: StoredLoanStock, to: LoanStock): Promise<void> {
  const { rows } = await sql`
    update book.loan_stock set state = ${to.state}, back = ${to.back}, lost = ${to.lost}, version = version + 1
    where loan_id = ${from.loanId} and version = ${from.version} returning 1`.execute(tx)
  if (rows.length !== 1) throw new Error(`the stock of loan ${from.loanId} is not as it was read`)
}

/** Notes a change of stock by a loan. The key lets each happen once, whatever code forgets to look. */
export async function insertMove(
  tx: Tx,
  loanId: string,
  kind: 'release' | 'return' | 'lost' | 'found',
  no: number,
  copies: number,
  at: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into book.stock_move (loan_id, kind, no, copies, at)
    values (${loanId}, ${kind}, ${no}, ${copies}, ${at})`.execute(tx)
}

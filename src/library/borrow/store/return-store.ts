import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'

/** One return of copies. Its key is the loan and its number, so each is written once. */
export async function insertReturn(
  tx: Tx,
  entry: {
    loanId: string
    no: number
    copies: number
    effectiveAt: Temporal.Instant
    returnedAt: Temporal.Instant
    lateDays: number
    fee: Won
    byId: string
  },
): Promise<void> {
  await sql`
    insert into borrow.loan_return (loan_id, no, copies, effective_at, returned_at, late_days, fee, by_id)
    values (${entry.loanId}, ${entry.no}, ${entry.copies}, ${entry.effectiveAt}, ${entry.returnedAt},
            ${entry.lateDays}, ${entry.fee}, ${entry.byId})`.execute(tx)
}

/** That a due date passed. Its key is the loan and the due version, so it is told once. */
export async function insertExpiry(
  tx: Tx,
  loanId: string,
  dueVersion: number,
  at: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into borrow.loan_expiry (loan_id, due_version, at) values (${loanId}, ${dueVersion}, ${at})`.execute(
    tx,
  )
}

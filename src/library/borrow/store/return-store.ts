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

/** A return of a loan by its number. */
export async function findReturn(
  tx: Tx,
  loanId: string,
  no: number,
): Promise<{ copies: number; returnedAt: Temporal.Instant; fee: Won } | undefined> {
  const { rows } = await sql<{ copies: number; returnedAt: Temporal.Instant; fee: Won }>`
    select copies, returned_at as "returnedAt", fee from borrow.loan_return
    where loan_id = ${loanId} and no = ${no}`.execute(tx)
  return rows[0]
}

/** That a return was undone. Its key is the return, so that is done once. @returns false when it was done before */
export async function insertUndone(
  tx: Tx,
  entry: { loanId: string; no: number; newLoanId: string; byId: string; at: Temporal.Instant },
): Promise<boolean> {
  const { rows } = await sql`
    insert into borrow.undone_return (loan_id, no, new_loan_id, by_id, at)
    values (${entry.loanId}, ${entry.no}, ${entry.newLoanId}, ${entry.byId}, ${entry.at})
    on conflict do nothing returning 1`.execute(tx)
  return rows.length === 1
}

/** That a patron was told of a due date. Its key is the loan and the due version. @returns false when told before */
export async function insertReminder(
  tx: Tx,
  loanId: string,
  dueVersion: number,
  at: Temporal.Instant,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    insert into borrow.loan_reminder (loan_id, due_version, at) values (${loanId}, ${dueVersion}, ${at})
    on conflict (loan_id, due_version) do nothing`.execute(tx)
  return numAffectedRows > 0n
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

import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { WITH_COMMIT } from '../../../platform/database/prepared-statements.ts'
import type { Loan, PendingLoan } from '../rules/loan.ts'
import type { LendingPolicy } from '../rules/policy.ts'
import { type LentUnder, type LoanRow, loanOf, stateColumns } from './loan-row.ts'
import { lockPatron } from './patron-store.ts'

export type LentRow = LoanRow & { rules: LendingPolicy }

/** A loan with its rules, so that one statement reads all that decisions need. */
export const SELECT_LOAN = sql`
  select l.*, p.rules from borrow.loan l
  join borrow.policy p on p.id = l.policy_id and p.version = l.policy_version`

/** The loan of a row, and the rules it was made under. */
export const lentUnder = (row: LentRow): LentUnder => ({ loan: loanOf(row), policy: row.rules })

/** Locks a loan until the end of the transaction. Who locks the patron too locks the patron first. */
export async function lockLoan(tx: Tx, id: string): Promise<LentUnder | undefined> {
  const { rows } = await sql<LentRow>`${SELECT_LOAN} where l.id = ${id} for update of l`.execute(tx)
  return rows[0] && lentUnder(rows[0])
}

/** The same for what may charge or give back: the patron is locked first, so that nobody settles fees meanwhile. */
export async function lockLoanAndFees(tx: Tx, id: string): Promise<LentUnder | undefined> {
  return (await lockPatronOf(tx, id)) ? lockLoan(tx, id) : undefined
}

/** Locks the patron of a loan, who never changes. @returns whether there is such a loan */
export async function lockPatronOf(tx: Tx, loanId: string): Promise<boolean> {
  const { rows } = await sql<{ patron: string }>`
    select patron_id as patron from borrow.loan where id = ${loanId}`.execute(tx)
  return rows[0] !== undefined && (await lockPatron(tx, rows[0].patron)) !== undefined
}

/** The same as {@link lockLoan}, but a loan somebody else has in hand is passed by. */
export async function lockIdleLoan(tx: Tx, id: string): Promise<LentUnder | undefined> {
  const { rows } = await sql<LentRow>`${SELECT_LOAN} where l.id = ${id} for update of l skip locked`.execute(
    tx,
  )
  return rows[0] && lentUnder(rows[0])
}

/** The loan, not locked. */
export async function findLoan(db: Db | Tx, id: string): Promise<LentUnder | undefined> {
  const { rows } = await sql<LentRow>`${SELECT_LOAN} where l.id = ${id}`.execute(db)
  return rows[0] && lentUnder(rows[0])
}

/** Writes a loan that the catalogue has not answered yet. */
export async function insertLoan(tx: Tx, loan: PendingLoan): Promise<void> {
  await sql`
    ${sql.raw(WITH_COMMIT)} insert into borrow.loan (id, patron_id, book_id, title, quantity, state, version, borrowed_at, due_on, due_version,
                             renewals, policy_id, policy_version, settle_by)
    values (${loan.id}, ${loan.patronId}, ${loan.bookId}, ${loan.title}, ${loan.quantity}, ${loan.state},
            ${loan.version}, ${loan.borrowedAt}, ${loan.dueOn}, ${loan.dueVersion}, ${loan.renewals},
            ${loan.policy.id}, ${loan.policy.version}, ${loan.settleBy})`.execute(tx)
}

/** Notes what a librarian allowed against the rules in the step that made this version, and why. */
export async function insertOverride(
  tx: Tx,
  { loan, byId, reason, at }: { loan: Loan; byId: string; reason: string; at: Temporal.Instant },
): Promise<void> {
  await sql`
    insert into borrow.override (loan_id, version, by_id, reason, at)
    values (${loan.id}, ${loan.version}, ${byId}, ${reason}, ${at})`.execute(tx)
}

/** Writes a step: compare-and-set on state and version. The row is locked, so a miss is a bug and throws. */
export async function saveLoan(tx: Tx, from: Loan, to: Loan): Promise<void> {
  const set = stateColumns(to)
  const { rows } = await sql`
    update borrow.loan set
      state = ${set.state}, version = ${set.version}, title = ${set.title}, due_on = ${set.due_on},
      due_version = ${set.due_version}, renewals = ${set.renewals}, returned = ${set.returned},
      returns = ${set.returns}, late_fees = ${set.late_fees}, replacement = ${set.replacement},
      lost_at = ${set.lost_at}, cancel_reason = ${set.cancel_reason}, no_stock = ${set.no_stock},
      closed_at = ${set.closed_at}
    where id = ${from.id} and state = ${from.state} and version = ${from.version} returning 1`.execute(tx)
  if (rows.length !== 1) throw new Error(`loan ${from.id} is not as it was locked (${from.state})`)
}

/** Copies a patron has or waits for. Read with the patron locked, it stays true to the end of the transaction. */
export async function countCopiesOut(tx: Db | Tx, patronId: string): Promise<number> {
  const { rows } = await sql<{ out: number }>`select ${copiesOutOf(patronId)} as out`.execute(tx)
  return rows[0]?.out ?? 0
}

/** The same, as a part of a statement. */
export const copiesOutOf = (patronId: string) => sql`(
  select coalesce(sum(quantity - returned), 0)::int from borrow.loan
  where patron_id = ${patronId} and state in ('pending', 'active', 'overdue'))`

import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'

/** Which copies a loan has, so that the desk can take one back by its barcode while nobody else answers. */
export async function insertLoanCopies(tx: Tx, loanId: string, barcodes: readonly string[]): Promise<void> {
  await sql`
    insert into borrow.loan_copy (loan_id, barcode)
    select ${loanId}, barcode from unnest(${[...barcodes]}::text[]) as given (barcode)
    on conflict do nothing`.execute(tx)
}

/**
 * The loan a copy is out by, or was given up with. One that runs goes before one nobody has settled, which may come to
 * nothing; then the latest one.
 */
export async function findLoanOfCopy(db: Db | Tx, barcode: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select l.id from borrow.loan_copy c join borrow.loan l on l.id = c.loan_id
    where c.barcode = ${barcode} and c.back_no is null and l.state in ('pending', 'active', 'overdue', 'lost')
    order by case when l.state in ('active', 'overdue') then 0 when l.state = 'pending' then 1 else 2 end,
             l.borrowed_at desc, l.id desc limit 1`.execute(db)
  return rows[0]?.id
}

/**
 * Whether a copy can be out by a loan: it is known to be, or it is one of those whose barcodes nobody has told. A copy
 * that has come back is not, whoever says so. The loan is locked.
 */
export async function mayBeOut(
  tx: Tx,
  { id, quantity }: { id: string; quantity: number },
  barcode: string,
): Promise<boolean> {
  const { rows } = await sql<{ known: number; isBack: boolean | null }>`
    select count(*)::int as known, bool_or(back_no is not null) filter (where barcode = ${barcode}) as "isBack"
    from borrow.loan_copy where loan_id = ${id}`.execute(tx)
  const { known = 0, isBack = null } = rows[0] ?? {}
  return isBack === null ? known < quantity : !isBack
}

/** The title a copy is of, as far as it was ever lent. */
export async function findBookOfCopy(db: Db | Tx, barcode: string): Promise<string | undefined> {
  const { rows } = await sql<{ bookId: string }>`
    select l.book_id as "bookId" from borrow.loan_copy c join borrow.loan l on l.id = c.loan_id
    where c.barcode = ${barcode} limit 1`.execute(db)
  return rows[0]?.bookId
}

/**
 * Notes which copies came back with a return: the one that was scanned, then those with the lowest barcodes. The loan is
 * locked. @returns them, as far as they are known
 */
export async function noteCopiesBack(
  tx: Tx,
  {
    loanId,
    no,
    copies,
    barcode,
  }: { loanId: string; no: number; copies: number; barcode: string | undefined },
): Promise<string[]> {
  if (barcode !== undefined) await insertLoanCopies(tx, loanId, [barcode])
  const { rows } = await sql<{ barcode: string }>`
    update borrow.loan_copy set back_no = ${no}
    where loan_id = ${loanId} and barcode in (
      select barcode from borrow.loan_copy where loan_id = ${loanId} and back_no is null
      order by barcode <> ${barcode ?? ''}, barcode limit ${copies})
    returning barcode`.execute(tx)
  return rows.map((row) => row.barcode).toSorted()
}

/** The copies that came back with a return. */
export async function copiesBack(tx: Tx, loanId: string, no: number): Promise<string[]> {
  const { rows } = await sql<{ barcode: string }>`
    select barcode from borrow.loan_copy where loan_id = ${loanId} and back_no = ${no} order by barcode`.execute(
    tx,
  )
  return rows.map(({ barcode }) => barcode)
}

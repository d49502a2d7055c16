import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { WITH_COMMIT } from '../../../platform/database/prepared-statements.ts'

/** Which copies a loan has, so that the desk can take one back by its barcode while nobody else answers. */
export async function insertLoanCopies(tx: Tx, loanId: string, barcodes: readonly string[]): Promise<void> {
  await sql`
    ${sql.raw(WITH_COMMIT)} insert into borrow.loan_copy (loan_id, barcode)
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

/**
 * Locks a barcode until the end of the transaction, so that of two who lend the same copy at the same time the second
 * sees the loan of the first. Who locks the patron too locks the patron first.
 */
export async function lockBarcode(tx: Tx, barcode: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${barcode}, ${BARCODES}))`.execute(tx)
}

/** Keeps locks of barcodes apart from locks of anything else. */
const BARCODES = 4_201

/** A copy a patron has. */
export interface CopyOut {
  barcode: string
  loanId: string
  title: string | null
  dueOn: Temporal.PlainDate
}

/** The copies a patron has by barcode, as far as barcodes are known; what is due first comes first. */
export async function listCopiesOut(db: Db, patronId: string, limit: number): Promise<CopyOut[]> {
  const { rows } = await sql<CopyOut>`
    select c.barcode, l.id as "loanId", l.title, l.due_on as "dueOn"
    from borrow.loan l join borrow.loan_copy c on c.loan_id = l.id
    where l.patron_id = ${patronId} and l.state in ('active', 'overdue') and c.back_no is null
    order by l.due_on, c.barcode limit ${limit}`.execute(db)
  return rows
}

/** The loan of a copy that its patron has given up, or taken back by themselves, after a moment. */
export async function findUndoneLoan(
  db: Db,
  barcode: string,
  { patronId, since }: { patronId: string; since: Temporal.Instant },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select l.id from borrow.loan_copy c join borrow.loan l on l.id = c.loan_id
    left join borrow.loan_return r on r.loan_id = c.loan_id and r.no = c.back_no
    where c.barcode = ${barcode} and l.patron_id = ${patronId}
      and (l.state in ('cancelling', 'cancelled') and l.borrowed_at >= ${since}
           or r.by_id = ${patronId} and r.returned_at >= ${since})
    order by l.borrowed_at desc, l.id desc limit 1`.execute(db)
  return rows[0]?.id
}

/** The latest return of a copy by somebody, if it was after a moment: by which loan, and what it cost. */
export async function findReturnOfCopy(
  db: Db,
  barcode: string,
  { byId, since }: { byId: string; since: Temporal.Instant },
): Promise<{ bookId: string; title: string | null; lateDays: number; fee: number } | undefined> {
  const { rows } = await sql<{ bookId: string; title: string | null; lateDays: number; fee: number }>`
    select l.book_id as "bookId", l.title, r.late_days as "lateDays", r.fee
    from borrow.loan_copy c join borrow.loan l on l.id = c.loan_id
    join borrow.loan_return r on r.loan_id = c.loan_id and r.no = c.back_no
    where c.barcode = ${barcode} and r.by_id = ${byId} and r.returned_at >= ${since}
    order by r.returned_at desc limit 1`.execute(db)
  return rows[0]
}

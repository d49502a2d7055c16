import { sql } from 'kysely'
import type { Tx } from '../../platform/database/database.ts'
import type { CopyState } from './tables.ts'

const inAll = (rows: readonly unknown[], wanted: number, what: string) => {
  if (rows.length !== wanted) throw new Error(`${rows.length} of ${wanted} copies: ${what}`)
}

/** New copies with barcodes of their own, available at once. Numbers that came in with imported copies are passed over. */
export async function addCopies(tx: Tx, bookId: string, copies: number): Promise<string[]> {
  const barcodes: string[] = []
  while (barcodes.length < copies) {
    const { rows } = await sql<{ barcode: string }>`
      insert into book.copy (barcode, book_id, state)
      select 'PL' || lpad(nextval('book.barcode_number')::text, 8, '0'), ${bookId}, 'available'
      from generate_series(1, ${copies - barcodes.length}) on conflict do nothing returning barcode`.execute(
      tx,
    )
    barcodes.push(...rows.map(({ barcode }) => barcode))
  }
  return barcodes
}

/** Numbers drawn to pass over those of imported barcodes. */
const MOST_DRAWN = 1_000_000

/** New copies with barcodes they have already, available at once. A barcode that is taken fails all of them. */
export async function addNamedCopies(
  tx: Tx,
  copies: readonly { bookId: string; barcode: string }[],
): Promise<void> {
  if (copies.length === 0) return
  await sql`
    insert into book.copy (barcode, book_id, state)
    select barcode, "bookId", 'available'
    from jsonb_to_recordset(${JSON.stringify(copies)}::jsonb) as copy (barcode text, "bookId" uuid)`.execute(
    tx,
  )
  // Of our own form, from another installation or an earlier life of this one: ours go on behind them.
  const numbers = copies.flatMap(({ barcode }) => /^PL([0-9]{8})$/.exec(barcode)?.[1] ?? [])
  if (numbers.length === 0) return
  const highest = Math.max(...numbers.map(Number))
  await sql`
    select count(nextval('book.barcode_number'))
    from book.barcode_number, generate_series(last_value + 1, least(${highest}, last_value + ${MOST_DRAWN}))`.execute(
    tx,
  )
}

/** Lends available copies: the one that lies on the desk, then lowest barcodes first. The title is locked and has so many. */
export async function lendAvailable(
  tx: Tx,
  {
    bookId,
    loanId,
    copies,
    barcode,
  }: { bookId: string; loanId: string; copies: number; barcode?: string | undefined },
): Promise<string[]> {
  const { rows } = await sql<{ barcode: string }>`
    update book.copy set state = 'on_loan', loan_id = ${loanId}, stands_for = null
    where barcode in (select barcode from book.copy where book_id = ${bookId} and state = 'available'
                      order by barcode <> ${barcode ?? ''}, barcode limit ${copies})
    returning barcode`.execute(tx)
  inAll(rows, copies, `available of ${bookId}`)
  return rows.map(({ barcode }) => barcode).toSorted()
}

/** Lends what stands on the hold shelf for a hold. */
export async function lendShelved(tx: Tx, holdId: string, loanId: string): Promise<string> {
  const { rows } = await sql<{ barcode: string }>`
    update book.copy set state = 'on_loan', loan_id = ${loanId}, hold_id = null, stands_for = null
    where hold_id = ${holdId} returning barcode`.execute(tx)
  const [copy] = rows
  if (!copy) throw new Error(`nothing stands on the shelf for hold ${holdId}`)
  return copy.barcode
}

/** Puts a copy that is free in the place of the one that is kept for a hold. Nothing happens when it is not free. */
export async function swapShelved(tx: Tx, holdId: string, barcode: string): Promise<void> {
  const { rows } = await sql`
    update book.copy kept set state = 'available', hold_id = null from book.copy wanted
    where kept.hold_id = ${holdId} and wanted.barcode = ${barcode} and wanted.state = 'available'
      and wanted.book_id = kept.book_id
    returning kept.barcode`.execute(tx)
  if (rows.length === 0) return
  await sql`
    update book.copy set state = 'on_shelf', hold_id = ${holdId} where barcode = ${barcode}`.execute(tx)
}

/** Moves copies of a loan from one state to another: those that are named, then lowest barcodes first. @returns them */
export async function moveOfLoan(
  tx: Tx,
  {
    loanId,
    copies,
    from,
    to,
    barcodes = [],
  }: {
    loanId: string
    copies: number
    from: 'on_loan' | 'lost'
    to: 'available' | 'lost'
    barcodes?: readonly string[] | undefined
  },
): Promise<string[]> {
  const keeps = to === 'lost'
  const { rows } = await sql<{ barcode: string }>`
    update book.copy set state = ${to}, loan_id = case when ${keeps} then loan_id end
    where barcode in (select barcode from book.copy where loan_id = ${loanId} and state = ${from}
                      order by barcode <> all(${[...barcodes]}::text[]), barcode limit ${copies})
    returning barcode`.execute(tx)
  inAll(rows, copies, `${from} of loan ${loanId}`)
  return rows.map(({ barcode }) => barcode).toSorted()
}

/** Keeps one available copy for a hold: one that stands on the hold shelf, else the lowest barcode. @returns false when none is available */
export async function shelveCopy(tx: Tx, bookId: string, holdId: string): Promise<boolean> {
  const { rows } = await sql`
    update book.copy set state = 'on_shelf', hold_id = ${holdId}
    where barcode = (select barcode from book.copy where book_id = ${bookId} and state = 'available'
                     order by stands_for is null, barcode limit 1)
    returning barcode`.execute(tx)
  return rows.length === 1
}

/** Keeps the copy of a hold for it no more; where it stands is noted, for whoever takes it down. */
export async function unshelveCopy(tx: Tx, holdId: string): Promise<void> {
  const { rows } = await sql`
    update book.copy set state = 'available', hold_id = null where hold_id = ${holdId} returning barcode`.execute(
    tx,
  )
  inAll(rows, 1, `on the shelf for hold ${holdId}`)
}

/** Withdraws copies that are in the house, highest barcodes first. */
export async function withdrawCopies(
  tx: Tx,
  bookId: string,
  from: CopyState & ('available' | 'damaged'),
  copies: number,
): Promise<void> {
  if (copies === 0) return
  const { rows } = await sql`
    update book.copy set state = 'withdrawn', stands_for = null
    where barcode in (select barcode from book.copy where book_id = ${bookId} and state = ${from}
                      order by barcode desc limit ${copies})
    returning barcode`.execute(tx)
  inAll(rows, copies, `${from} of ${bookId}`)
}

/** Notes for which hold a copy stands on the hold shelf; null: it stands where it always does. */
export async function standsFor(tx: Tx, barcode: string, holdId: string | null): Promise<void> {
  await sql`update book.copy set stands_for = ${holdId} where barcode = ${barcode}`.execute(tx)
}

/** Copies that were scanned go to the hold shelf by the hand that scanned them, as far as they are kept for somebody. */
export async function shelveScanned(tx: Tx, barcodes: readonly string[]): Promise<void> {
  await sql`
    update book.copy set stands_for = hold_id
    where barcode = any(${[...barcodes]}::text[]) and state = 'on_shelf'`.execute(tx)
}

/** Gives up a copy that was kept for a hold. */
export async function loseShelved(tx: Tx, barcode: string): Promise<void> {
  const { rows } = await sql`
    update book.copy set state = 'lost', hold_id = null, stands_for = null
    where barcode = ${barcode} and state = 'on_shelf' returning barcode`.execute(tx)
  inAll(rows, 1, `on the shelf with barcode ${barcode}`)
}

/** Keeps a certain copy for a hold. @returns false when it is not available */
export async function keepFor(tx: Tx, barcode: string, holdId: string): Promise<boolean> {
  const { rows } = await sql`
    update book.copy set state = 'on_shelf', hold_id = ${holdId}
    where barcode = ${barcode} and state = 'available' returning barcode`.execute(tx)
  return rows.length === 1
}

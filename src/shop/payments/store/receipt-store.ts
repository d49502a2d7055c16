import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { ReceiptState } from '../rules/cash-receipt.ts'
import { rememberStep } from './attempt-store.ts'
import { payments, type ReceiptTable } from './tables.ts'

export type ReceiptRow = Selectable<ReceiptTable>

/** What an encrypted number is bound to: it is of use for this payment only. */
export const receiptContext = (attemptId: string) => `cash-receipt:${attemptId}`

/** The cash receipt of a payment, if there is one; not locked. */
export async function readReceipt(db: Db | Tx, attemptId: string): Promise<ReceiptRow | undefined> {
  return payments(db)
    .selectFrom('payments.cash_receipt')
    .selectAll()
    .where('attempt_id', '=', attemptId)
    .executeTakeFirst()
}

/** The cash receipts of payments, by the payment. */
export async function receiptsOf(db: Db | Tx, attemptIds: readonly string[]) {
  if (attemptIds.length === 0) return new Map<string, ReceiptRow>()
  const rows = await payments(db)
    .selectFrom('payments.cash_receipt')
    .selectAll()
    .where('attempt_id', 'in', attemptIds)
    .execute()
  return new Map(rows.map((row) => [row.attempt_id, row]))
}

/** The cash receipt of a payment, locked; its attempt is locked before it where both change. */
export async function lockReceipt(tx: Tx, attemptId: string): Promise<ReceiptRow | undefined> {
  return payments(tx)
    .selectFrom('payments.cash_receipt')
    .selectAll()
    .where('attempt_id', '=', attemptId)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

export type ReceiptChanges = Partial<Omit<ReceiptRow, 'attempt_id' | 'state' | 'created_at' | 'updated_at'>>

/**
 * Moves a receipt by compare-and-set on its state and sending number, and keeps the evidence of the step with the
 * payment.
 * @returns the new row, or undefined when somebody else moved it first (and then nothing is written)
 */
export async function moveReceipt(
  tx: Tx,
  from: ReceiptRow,
  to: ReceiptState,
  now: Temporal.Instant,
  changes: ReceiptChanges,
  note: object = {},
): Promise<ReceiptRow | undefined> {
  const moved = await payments(tx)
    .updateTable('payments.cash_receipt')
    .set({ ...changes, state: to, updated_at: now })
    .where('attempt_id', '=', from.attempt_id)
    .where('state', '=', from.state)
    .where('send_no', '=', from.send_no)
    .returningAll()
    .executeTakeFirst()
  if (moved) {
    const { deed, deed_amount: amount } = from
    const step = `cash receipt ${to}` as const
    await rememberStep(tx, { attemptId: from.attempt_id, at: now, step, note: { deed, amount, ...note } })
  }
  return moved
}

/** What a customer asked for, kept with the open payment; asking again replaces it. */
export async function keepWish(
  tx: Tx,
  attemptId: string,
  wish: { use: string; number: string; shown: string } | undefined,
  now: Temporal.Instant,
): Promise<void> {
  await dropWish(tx, attemptId)
  if (!wish) return
  await sql`
    insert into payments.cash_receipt (attempt_id, state, use, number, shown, created_at, updated_at)
    values (${attemptId}, 'asked', ${wish.use}, ${wish.number}, ${wish.shown}, ${now}, ${now})`.execute(tx)
}

/** Forgets what was asked for with a payment that came to nothing. */
export async function dropWish(tx: Tx, attemptId: string): Promise<void> {
  await sql`
    delete from payments.cash_receipt where attempt_id = ${attemptId} and state = 'asked'`.execute(tx)
}

/** How many cash receipts wait for a person. */
export async function receiptsInReview(db: Db): Promise<number> {
  const row = await payments(db)
    .selectFrom('payments.cash_receipt')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', sql.lit('refused'))
    .executeTakeFirstOrThrow()
  return row.count
}

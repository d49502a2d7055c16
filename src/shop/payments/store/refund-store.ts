import type { Selectable, Updateable } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { rememberStep } from './attempt-store.ts'
import { payments, type RefundTable } from './tables.ts'

export type RefundRow = Selectable<RefundTable>

/** Reads a refund without locking it. */
export async function readRefund(tx: Tx, id: string): Promise<RefundRow | undefined> {
  return payments(tx).selectFrom('payments.refund').selectAll().where('id', '=', id).executeTakeFirst()
}

/**
 * Moves a refund by compare-and-set on its state and sending number, and keeps the evidence of the step. Its attempt
 * is locked before it where both change.
 * @returns the new row, or undefined when somebody else moved it first (and then nothing is written)
 */
export async function moveRefund(
  tx: Tx,
  from: RefundRow,
  to: RefundRow['state'],
  now: Temporal.Instant,
  changes: Omit<Updateable<RefundTable>, 'state'> = {},
  note: object = {},
): Promise<RefundRow | undefined> {
  const moved = await payments(tx)
    .updateTable('payments.refund')
    .set({ ...changes, state: to, updated_at: now })
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('send_no', '=', from.send_no)
    .returningAll()
    .executeTakeFirst()
  if (moved) {
    await rememberStep(tx, {
      attemptId: from.attempt_id,
      refundId: from.id,
      at: now,
      step: `refund ${to}`,
      note,
    })
  }
  return moved
}

/** The provider's ids of refunds recorded for the payment, to tell a new one from them. */
export async function knownRefundIds(tx: Tx, attemptId: string): Promise<Set<string>> {
  const rows = await payments(tx)
    .selectFrom('payments.refund')
    .select('provider_refund_id')
    .where('attempt_id', '=', attemptId)
    .execute()
  return new Set(rows.flatMap((row) => (row.provider_refund_id === null ? [] : [row.provider_refund_id])))
}

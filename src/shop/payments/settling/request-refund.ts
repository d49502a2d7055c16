import Type from 'typebox'
import type { Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { defineCommand } from '../../../platform/jobs/commands.ts'
import { partialRefundVat, subtract, type Won, won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { type Attempt, rememberStep } from '../store/attempt-store.ts'
import { payments } from '../store/tables.ts'

/** Sends a requested refund to the provider, after the commit of the request. */
export const refundCommand = defineCommand('payments.refund', Type.Object({ refundId: Type.String() }), {
  retryLimit: 12,
  retryDelaySeconds: 2,
})

/** The sweeper sends a refund itself when its command has not done so by then. */
export const SWEPT_AFTER = { minutes: 10 } as const

export interface RefundRequest {
  /** Locked in this transaction, and its order before it. */
  attempt: Attempt
  /** 'rest': everything of the payment that is still paid. */
  amount: Won | 'rest'
  /** Shown to the provider and in the books, at most 200 characters. */
  reason: string
  /** User id, or 'system'. */
  requestedBy: string
}

export interface RefundRequested {
  kind: 'requested'
  refundId: string
}

export type RefundRefused = Refused<
  'payment_not_refundable' | 'refund_in_progress' | 'refund_exceeds_payment'
>

/**
 * Reserves the amount and stores the command to give it back. The reservation is a checked sum on the payment's
 * row, so two refunds at once can never promise more than was paid.
 * Refusals: payment_not_refundable, refund_in_progress (one at a time), refund_exceeds_payment.
 */
export async function requestRefund(
  deps: PaymentsDeps,
  tx: Tx,
  { attempt, amount: wanted, reason, requestedBy }: RefundRequest,
): Promise<RefundRequested | RefundRefused> {
  if (attempt.state !== 'succeeded' && attempt.state !== 'succeeded_late')
    return refused('payment_not_refundable')
  const open = await payments(tx)
    .selectFrom('payments.refund')
    .select('id')
    .where('attempt_id', '=', attempt.id)
    .where('state', 'in', ['requested', 'sent', 'unknown'])
    .executeTakeFirst()
  if (open) return refused('refund_in_progress', { retryAfterSeconds: 5, facts: { refundId: open.id } })
  const refundable = subtract(attempt.total, won(attempt.refunded + attempt.refund_reserved))
  const amount = wanted === 'rest' ? refundable : wanted
  if (amount === 0) return refused('payment_not_refundable')
  if (amount > refundable) return refused('refund_exceeds_payment', { facts: { refundable } })

  const now = deps.clock.now()
  const id = newId()
  const before = await refundedSoFar(tx, attempt)
  await payments(tx)
    .updateTable('payments.attempt')
    .set({ refund_reserved: won(attempt.refund_reserved + amount), updated_at: now })
    .where('id', '=', attempt.id)
    .execute()
  await payments(tx)
    .insertInto('payments.refund')
    .values({
      id,
      attempt_id: attempt.id,
      order_id: attempt.order_id,
      amount,
      vat: partialRefundVat(before, amount),
      reason,
      requested_by: requestedBy,
      state: 'requested',
      refundable_before: refundable,
      created_at: now,
      updated_at: now,
      next_look_at: now.add(SWEPT_AFTER),
    })
    .execute()
  await rememberStep(tx, {
    attemptId: attempt.id,
    refundId: id,
    at: now,
    step: 'refund requested',
    note: { amount, reason, requestedBy },
  })
  await deps.enqueue(tx, refundCommand, { refundId: id }, { key: id })
  return { kind: 'requested', refundId: id }
}

/** Amounts and VAT of the refunds already given, so that VAT shares add up to the won. */
async function refundedSoFar(tx: Tx, attempt: Attempt) {
  const rows = await payments(tx)
    .selectFrom('payments.refund')
    .select(['amount', 'vat'])
    .where('attempt_id', '=', attempt.id)
    .where('state', '=', 'succeeded')
    .execute()
  return {
    taxableTotal: subtract(attempt.total, attempt.tax_free),
    vatTotal: attempt.vat,
    taxableRefunded: won(rows.reduce((sum, row) => sum + row.amount, 0)),
    vatRefunded: won(rows.reduce((sum, row) => sum + row.vat, 0)),
  }
}

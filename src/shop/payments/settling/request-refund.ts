import Type from 'typebox'
import type { Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { defineCommand } from '../../../platform/jobs/commands.ts'
import { subtract, type Won, won, ZERO_WON } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { refundTaxes, sumOf } from '../rules/refund-taxes.ts'
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
  /** So much, of which so much is free of VAT; 'rest': everything of the payment that is still paid. */
  part: { amount: Won; taxFree: Won } | 'rest'
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
  { attempt, part, reason, requestedBy }: RefundRequest,
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
  // Of everything that is left, everything tax-free that is left is a part.
  const wanted = part === 'rest' ? { amount: refundable, taxFree: ZERO_WON } : part
  const { amount } = wanted
  if (amount === 0) return refused('payment_not_refundable')
  if (amount > refundable) return refused('refund_exceeds_payment', { facts: { refundable } })

  const now = deps.clock.now()
  const id = newId()
  const paid = { total: attempt.total, taxFree: attempt.tax_free, vat: attempt.vat }
  const { taxFree, vat } = refundTaxes(paid, await refundedSoFar(tx, attempt.id), wanted)
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
      tax_free: taxFree,
      vat,
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

/** Amounts and taxes of the refunds already given. One at a time is under way, so there are no others. */
async function refundedSoFar(tx: Tx, attemptId: string) {
  const rows = await payments(tx)
    .selectFrom('payments.refund')
    .select(['amount', 'tax_free', 'vat'])
    .where('attempt_id', '=', attemptId)
    .where('state', '=', 'succeeded')
    .execute()
  return sumOf(rows)
}

import type { Db, Tx } from '../../../platform/database/database.ts'
import { literals } from '../../../platform/database/literals.ts'
import { refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { isInFlight } from '../rules/attempt.ts'
import { end, endUntold } from '../settling/end-attempt.ts'
import { type RefundRefused, type RefundRequested, refundRest } from '../settling/request-refund.ts'
import { type Attempt, openAttemptOf } from '../store/attempt-store.ts'
import { payments } from '../store/tables.ts'

/**
 * Ends the open attempt of an order that is being closed, in the caller's transaction (which has locked the order).
 * The order hears of it like of every other end: what the caller knows of the order may be old afterwards.
 * 'in_flight': money may be moving, the order must stay open.
 */
export async function closeOpenAttempt(
  deps: PaymentsDeps,
  tx: Tx,
  orderId: string,
  reason: string,
): Promise<'closed' | 'none' | 'in_flight'> {
  const open = await openAttemptOf(tx, orderId)
  if (!open) return 'none'
  if (isInFlight(open.state)) return 'in_flight'
  await end(deps, tx, open, 'cancelled', deps.clock.now(), { code: reason })
  return 'closed'
}

/**
 * Ends one charge by token that is written and surely not sent, in the caller's transaction (which has locked the
 * order): another one is to take its place, so the order is not told. Whoever was about to send it finds it ended.
 * 'in_flight': it was sent in the meantime, money may be moving; 'over': it ended before.
 */
export async function closeUnsentCharge(
  deps: Pick<PaymentsDeps, 'clock'>,
  tx: Tx,
  { orderId, attemptId, reason }: { orderId: string; attemptId: string; reason: string },
): Promise<'closed' | 'in_flight' | 'over'> {
  const open = await openAttemptOf(tx, orderId)
  if (open?.id !== attemptId) return 'over'
  if (open.origin !== 'token' || open.state !== 'created') return 'in_flight'
  const closed = await endUntold(tx, open, 'cancelled', deps.clock.now(), { code: reason })
  if (!closed) throw new Error(`the attempt ${attemptId} moved while it was locked`)
  return 'closed'
}

/**
 * Whether a charge by a stored method has begun and is not over, and if so whether its outcome is unknown. Nothing is
 * locked: the answer may be old at once, and preparing a charge decides.
 */
export async function openChargeOf(db: Db | Tx, methodId: string): Promise<'none' | 'under_way' | 'unknown'> {
  const open = await payments(db)
    .selectFrom('payments.attempt')
    .select('state')
    .where('method_id', '=', methodId)
    .where('state', 'in', literals(['created', 'sent', 'unknown']))
    .executeTakeFirst()
  if (!open) return 'none'
  return open.state === 'unknown' ? 'unknown' : 'under_way'
}

/** The payment that made an order paid, locked; undefined when the order was never paid. */
async function lockPaidAttempt(tx: Tx, orderId: string): Promise<Attempt | undefined> {
  return payments(tx)
    .selectFrom('payments.attempt')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('state', '=', 'succeeded')
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/**
 * Requests to give back everything still paid for an order, in the caller's transaction (which has locked the
 * order). Refusals: payment_not_refundable, refund_in_progress.
 */
export async function requestFullRefund(
  deps: PaymentsDeps,
  tx: Tx,
  input: { orderId: string; reason: string; requestedBy: string },
): Promise<RefundRequested | RefundRefused> {
  const attempt = await lockPaidAttempt(tx, input.orderId)
  if (!attempt) return refused('payment_not_refundable')
  return refundRest(deps, tx, attempt, input)
}

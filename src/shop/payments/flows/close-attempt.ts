import type { Tx } from '../../../platform/database/database.ts'
import type { PaymentsDeps } from '../deps.ts'
import { isInFlight } from '../rules/attempt.ts'
import { endAttempt, endAttemptUntold } from '../settling/end-attempt.ts'
import { openAttemptOf } from '../store/attempt-store.ts'

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
  await endAttempt(deps, tx, open, 'cancelled', deps.clock.now(), { code: reason })
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
  const closed = await endAttemptUntold(tx, open, 'cancelled', deps.clock.now(), { code: reason })
  if (!closed) throw new Error(`the attempt ${attemptId} moved while it was locked`)
  return 'closed'
}

import { type Tx, transact } from '../../../platform/database/database.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import { refundSettlementOf } from '../rules/refund.ts'
import { keepRefundUnknown, settleRefund } from '../settling/settle-refund.ts'
import { lockAttempt, noteOf, originOf } from '../store/attempt-store.ts'
import { knownRefundIds, moveRefund, readRefund } from '../store/refund-store.ts'

/**
 * Sends one requested refund: prepare, call, finish. Safe to run twice: only `requested` refunds are sent, and the
 * provider checks the remaining balance we state.
 * @throws when the provider could not be reached, so that the stored command is tried again later
 */
export async function sendRefund(deps: PaymentsDeps, refundId: string): Promise<void> {
  const sent = await transact(deps.db, (tx) => prepare(deps, tx, refundId))
  if (!sent) return
  const { refund, attempt, ref, known } = sent
  const provider = providerOf(deps, attempt.provider)
  const outcome = await provider.refund(
    {
      ref,
      origin: originOf(attempt),
      money: { total: refund.amount, taxFree: refund.tax_free, vat: refund.vat },
      refundableBefore: refund.refundable_before,
      reason: refund.reason,
    },
    { deadline: Date.now() + provider.capabilities.chargeTimeoutMs, idempotencyKey: refund.id },
  )
  const settlement = refundSettlementOf(outcome, refund.amount, known, refund.looks > 0)
  await settleRefund(deps, refund, settlement, noteOf(outcome))
  if (outcome.kind === 'unavailable') {
    throw new Error(`refund ${refundId} could not be sent: ${outcome.reason}`)
  }
}

async function prepare(deps: PaymentsDeps, tx: Tx, refundId: string) {
  const requested = await readRefund(tx, refundId)
  if (requested?.state !== 'requested') return undefined
  const attempt = await lockAttempt(tx, requested.attempt_id)
  if (!attempt) throw new Error(`refund ${refundId} has no payment`)
  const now = deps.clock.now()
  if (attempt.provider_ref === null) {
    // Known from evidence only: a person gives it back in the provider's console and says so.
    const reason = "the provider's id of the payment is not known"
    await keepRefundUnknown(deps, tx, attempt, requested, now, { reason, delaySeconds: undefined, note: {} })
    return undefined
  }
  const refund = await moveRefund(tx, requested, 'sent', now, {
    send_no: requested.send_no + 1,
    sent_at: now,
    lease_until: leaseUntil(now, providerOf(deps, attempt.provider).capabilities.chargeTimeoutMs),
    next_look_at: null,
    not_refunded_seen: 0,
  })
  if (!refund) return undefined
  return { refund, attempt, ref: attempt.provider_ref, known: await knownRefundIds(tx, attempt.id) }
}

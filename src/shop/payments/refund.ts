import type { Won } from '../../platform/money.ts'
import type { LookupResult, Outcome, ProviderPayment } from './provider.ts'

/** What an answer means for a refund that was sent. */
export type RefundSettlement =
  | { kind: 'given'; providerRefundId: string | undefined }
  | { kind: 'declined'; code: string; message: string }
  | { kind: 'not_sent'; retryAfterMs: number }
  | { kind: 'unknown'; reason: string }

/**
 * Reads the outcome of a refund call. "Invalid" is not believed blindly: a provider that says there is nothing left
 * to give back may be answering our own earlier try, so a look-up decides.
 * @param known ids of refunds recorded before, so that the new one is recognised
 */
export function refundSettlementOf(
  outcome: Outcome<ProviderPayment>,
  amount: Won,
  known: ReadonlySet<string>,
): RefundSettlement {
  switch (outcome.kind) {
    case 'ok':
      return { kind: 'given', providerRefundId: newRefundId(outcome.value, amount, known) }
    case 'declined':
      return { kind: 'declined', code: outcome.code, message: outcome.message }
    case 'unavailable':
      return { kind: 'not_sent', retryAfterMs: outcome.retryAfterMs }
    case 'invalid':
      return { kind: 'unknown', reason: `rejected as invalid: ${outcome.code}` }
    case 'unknown':
      return { kind: 'unknown', reason: outcome.reason }
  }
}

/** A refund the provider reports that we have not recorded and that has our amount. */
export function newRefundId(
  payment: ProviderPayment,
  amount: Won,
  known: ReadonlySet<string>,
): string | undefined {
  return payment.refunds.find((refund) => refund.amount === amount && !known.has(refund.id))?.id
}

export type RefundLook =
  | { kind: 'given'; providerRefundId: string }
  /** Surely not given so far; sending again is guarded by the remaining balance. */
  | { kind: 'send_again' }
  | { kind: 'look_again'; delaySeconds: number; notRefundedSeen: number }
  | { kind: 'needs_review'; notRefundedSeen: number }

/** Seen this often as "not given", a refund may be sent again: the provider checks the remaining balance we state. */
const SEND_AGAIN_AFTER = 2
/** Sending again and again does not help a refund the provider keeps rejecting. */
const MAX_SENDS = 4

/** Decides what a look-up says about an unknown refund. */
export function decideRefundLook(
  found: LookupResult,
  refund: { amount: Won; looks: number; notRefundedSeen: number; sends: number; refundableBefore: Won },
  known: ReadonlySet<string>,
  delaysSeconds: readonly number[],
): RefundLook {
  const id = found.kind === 'found' ? newRefundId(found.payment, refund.amount, known) : undefined
  if (id !== undefined) return { kind: 'given', providerRefundId: id }
  const untouched = found.kind === 'found' && found.payment.refundable === refund.refundableBefore
  const seen = refund.notRefundedSeen + (untouched ? 1 : 0)
  if (untouched && seen >= SEND_AGAIN_AFTER && refund.sends < MAX_SENDS) return { kind: 'send_again' }
  const delaySeconds = delaysSeconds[refund.looks]
  return delaySeconds === undefined
    ? { kind: 'needs_review', notRefundedSeen: seen }
    : { kind: 'look_again', delaySeconds, notRefundedSeen: seen }
}

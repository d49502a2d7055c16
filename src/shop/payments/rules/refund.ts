import type { Won } from '../../../platform/money.ts'
import type { LookupResult, Outcome, ProviderPayment } from '../provider.ts'
import { askAgainIn } from './look.ts'

/** From the wish to its end. */
export const REFUND_STATES = ['requested', 'sent', 'unknown', 'succeeded', 'declined'] as const
export type RefundState = (typeof REFUND_STATES)[number]

/** What an answer means for a refund that was sent. */
export type RefundSettlement =
  | { kind: 'given'; providerRefundId: string }
  | { kind: 'declined'; code: string; message: string }
  | { kind: 'not_sent'; retryAfterMs: number }
  | { kind: 'unknown'; reason: string }

/**
 * Reads the outcome of a refund call. "Invalid" is not believed blindly: a provider that says there is nothing left
 * to give back may be answering our own earlier try, so a look-up decides.
 * @param known ids of refunds recorded before, so that the new one is recognised
 * @param doubted an earlier sending has an unknown outcome; then a refusal says nothing about that one
 */
export function refundSettlementOf(
  outcome: Outcome<ProviderPayment>,
  amount: Won,
  known: ReadonlySet<string>,
  doubted: boolean,
): RefundSettlement {
  switch (outcome.kind) {
    case 'ok': {
      const providerRefundId = newRefundId(outcome.value, amount, known)
      return providerRefundId === undefined
        ? { kind: 'unknown', reason: 'the answer names no new refund of this amount' }
        : { kind: 'given', providerRefundId }
    }
    case 'declined':
      return doubted
        ? { kind: 'unknown', reason: `sent again: declined ${outcome.code}` }
        : { kind: 'declined', code: outcome.code, message: outcome.message }
    case 'unavailable':
      return { kind: 'not_sent', retryAfterMs: outcome.retryAfterMs }
    case 'invalid':
      return { kind: 'unknown', reason: `rejected as invalid: ${outcome.code}` }
    case 'unknown':
      return { kind: 'unknown', reason: outcome.reason }
  }
}

/** A refund the provider reports that we have not recorded and that has our amount; the newest of several. */
export function newRefundId(
  payment: ProviderPayment,
  amount: Won,
  known: ReadonlySet<string>,
): string | undefined {
  return payment.refunds.findLast((refund) => refund.amount === amount && !known.has(refund.id))?.id
}

export type RefundLook =
  | { kind: 'given'; providerRefundId: string }
  /** Surely not given so far; sending again is guarded by the remaining balance. */
  | { kind: 'send_again' }
  | { kind: 'look_again'; delaySeconds: number; notRefundedSeen: number }
  /** The provider did not answer: the look does not count. */
  | { kind: 'ask_again'; delaySeconds: number; reason: string }
  | { kind: 'needs_review'; notRefundedSeen: number; reason: string }

export interface RefundLookState {
  amount: Won
  /** Look-ups made, with this one. */
  looks: number
  /** How often the untouched balance was seen since the last sending, before this look. */
  notRefundedSeen: number
  refundableBefore: Won
  /** How often it was sent. */
  sends: number
  sentAt: Temporal.Instant
}

/** Seen this often as "not given", a refund may be sent again: the provider checks the remaining balance we state. */
export const SEND_AGAIN_AFTER = 2
/** How soon the second time follows the first: after an outage, too, when the schedule has come to long pauses. */
export const SEEN_AGAIN_WITHIN_SECONDS = 30
/** Sending again and again does not help a refund the provider keeps rejecting. */
export const MAX_REFUND_SENDS = 4

/**
 * How long after a sending the next one may follow, at the soonest: every second pause of the schedule (30 s, 5 min, 1 h),
 * so that a provider whose cancelling is out for an hour does not use up all sendings in a few minutes.
 */
function resendAfter(sends: number, delaysSeconds: readonly number[]): number {
  return delaysSeconds[2 * sends - 1] ?? delaysSeconds.at(-1) ?? 0
}

/** Decides what a look-up says about an unknown refund. */
export function decideRefundLook(
  found: LookupResult,
  refund: RefundLookState,
  known: ReadonlySet<string>,
  delaysSeconds: readonly number[],
  now: Temporal.Instant,
): RefundLook {
  const askIn = askAgainIn(found, refund, delaysSeconds, now)
  if (askIn !== undefined && 'reason' in found)
    return { kind: 'ask_again', delaySeconds: askIn, reason: found.reason }
  const id = found.kind === 'found' ? newRefundId(found.payment, refund.amount, known) : undefined
  if (id !== undefined) return { kind: 'given', providerRefundId: id }
  const untouched = found.kind === 'found' && found.payment.refundable === refund.refundableBefore
  const seen = refund.notRefundedSeen + (untouched ? 1 : 0)
  if (untouched && seen >= SEND_AGAIN_AFTER) {
    if (refund.sends >= MAX_REFUND_SENDS)
      return { kind: 'needs_review', notRefundedSeen: seen, reason: 'the provider keeps refusing the refund' }
    // What was never sent need not wait.
    const pause = refund.sends === 0 ? 0 : resendAfter(refund.sends, delaysSeconds)
    const delaySeconds = Math.ceil(pause - now.since(refund.sentAt).total('seconds'))
    return delaySeconds <= 0
      ? { kind: 'send_again' }
      : { kind: 'look_again', delaySeconds, notRefundedSeen: seen }
  }
  const scheduled = delaysSeconds[refund.looks]
  if (scheduled === undefined)
    return { kind: 'needs_review', notRefundedSeen: seen, reason: 'the outcome of a refund stays unknown' }
  const delaySeconds = untouched ? Math.min(scheduled, SEEN_AGAIN_WITHIN_SECONDS) : scheduled
  return { kind: 'look_again', delaySeconds, notRefundedSeen: seen }
}

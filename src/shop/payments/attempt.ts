import type { Won } from '../../platform/money.ts'
import type { LookupResult, Outcome, ProviderPayment } from './provider.ts'

/**
 * The life of a charge attempt. Open states hold the order: no other attempt may start and no timer may cancel
 * `sent` or `unknown`, because money may be moving.
 *
 *   created ──ready──▶ awaiting_customer ──proof──▶ authorised ──▶ sent ──▶ succeeded | declined | unknown
 *      │                     │                          ▲           │
 *      └──▶ failed           └──▶ cancelled | expired   └─ not sent ┘        unknown ──look-up──▶ …
 */
export const ATTEMPT_STATES = [
  'created',
  'awaiting_customer',
  'authorised',
  'sent',
  'unknown',
  'succeeded',
  'succeeded_late',
  'declined',
  'cancelled',
  'expired',
  'failed',
] as const
export type AttemptState = (typeof ATTEMPT_STATES)[number]

/** From each state, the states that may follow. Anything else is a bug. */
export const NEXT_STATES: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  created: ['awaiting_customer', 'failed', 'sent', 'cancelled'],
  awaiting_customer: ['authorised', 'cancelled', 'expired', 'declined'],
  authorised: ['sent', 'cancelled', 'expired'],
  sent: ['succeeded', 'succeeded_late', 'declined', 'unknown', 'authorised', 'failed', 'created'],
  unknown: ['succeeded', 'succeeded_late', 'declined', 'expired', 'sent'],
  succeeded: [],
  succeeded_late: [],
  declined: [],
  cancelled: [],
  expired: [],
  failed: [],
}

export const OPEN_STATES: readonly AttemptState[] = [
  'created',
  'awaiting_customer',
  'authorised',
  'sent',
  'unknown',
]

/** Money may be moving: nothing may be cancelled by a timer or a person. */
export function isInFlight(state: AttemptState): boolean {
  return state === 'sent' || state === 'unknown'
}

/** What an answer (of the provider or of a look-up) means for the attempt. */
export type Settlement =
  | { kind: 'paid'; payment: ProviderPayment }
  | { kind: 'declined'; code: string; message: string; retry: 'retryable' | 'final' }
  /** Surely not sent; the same attempt may be sent again. */
  | { kind: 'not_sent'; retryAfterMs: number }
  /** Our mistake: surely not charged, an engineer must look. */
  | { kind: 'failed'; code: string; message: string }
  | { kind: 'unknown'; reason: string }

/** Reads the outcome of a completing or charging call. The money is compared once more, here, for every provider. */
export function settlementOf(
  outcome: Outcome<{ payment: ProviderPayment }>,
  expected: { total: Won; merchantRef: string },
): Settlement {
  switch (outcome.kind) {
    case 'ok':
      return paidOrMismatch(outcome.value.payment, expected)
    case 'declined':
      return { kind: 'declined', code: outcome.code, message: outcome.message, retry: outcome.retry }
    case 'unavailable':
      return { kind: 'not_sent', retryAfterMs: outcome.retryAfterMs }
    case 'invalid':
      return { kind: 'failed', code: outcome.code, message: outcome.message }
    case 'unknown':
      return { kind: 'unknown', reason: outcome.reason }
  }
}

function paidOrMismatch(payment: ProviderPayment, expected: { total: Won; merchantRef: string }): Settlement {
  const ours = payment.merchantRef === undefined || payment.merchantRef === expected.merchantRef
  const wasPaid =
    payment.status === 'paid' || payment.status === 'partially_refunded' || payment.status === 'refunded'
  if (!ours || payment.total !== expected.total) return { kind: 'unknown', reason: 'mismatch' }
  return wasPaid ? { kind: 'paid', payment } : { kind: 'unknown', reason: `status ${payment.rawStatus}` }
}

export interface LookState {
  /** Look-ups made before this one. */
  looks: number
  /** How often "not charged" was seen before. */
  notChargedSeen: number
  sentAt: Temporal.Instant
  /** When the provider's page stops being valid; undefined for token charges. */
  checkoutEnds: Temporal.Instant | undefined
}

export interface LookPolicy {
  /** Waits between look-ups, in seconds; after the last one a person must decide. */
  delaysSeconds: readonly number[]
  /** "Not charged" is final only when seen this often … */
  notChargedTimes: number
  /** … and this long after sending (reads may lag behind). */
  settleWindow: Temporal.Duration
  /** May the completing call be repeated, because the provider lets one payment be completed only once? */
  mayComplete: boolean
}

/** Look-ups after 10 s, 30 s, 2 m, 5 m, 15 m, 1 h, 6 h, then daily for 5 days; then a person. */
export const LOOK_DELAYS_SECONDS: readonly number[] = [
  10,
  30,
  120,
  300,
  900,
  3_600,
  21_600,
  ...Array<number>(5).fill(86_400),
]

export type LookDecision =
  | { kind: 'paid'; payment: ProviderPayment }
  | { kind: 'not_charged'; status: string }
  /** Complete the same payment again: at most one completion can succeed. */
  | { kind: 'complete_again' }
  | { kind: 'look_again'; delaySeconds: number; notChargedSeen: number }
  | { kind: 'needs_review'; notChargedSeen: number; reason: string }

/**
 * Decides what a look-up says about an unknown attempt. A look-up that fails never means "not charged"; it only
 * uses one slot of the schedule.
 */
export function decideLook(
  found: LookupResult,
  expected: { total: Won; merchantRef: string },
  state: LookState,
  policy: LookPolicy,
  now: Temporal.Instant,
): LookDecision {
  if (found.kind === 'found') {
    const settlement = paidOrMismatch(found.payment, expected)
    if (settlement.kind === 'paid') return settlement
    if (found.payment.status === 'failed' || found.payment.status === 'expired') {
      return { kind: 'not_charged', status: found.payment.rawStatus }
    }
    return again(
      state.notChargedSeen,
      state,
      policy,
      `found ${found.payment.rawStatus}, but it does not match`,
    )
  }
  if (found.kind === 'not_charged_yet' && found.final) return { kind: 'not_charged', status: found.status }
  if (found.kind === 'not_charged_yet' || found.kind === 'not_found') {
    const checkoutOpen =
      state.checkoutEnds === undefined || Temporal.Instant.compare(now, state.checkoutEnds) < 0
    if (policy.mayComplete && found.kind === 'not_charged_yet' && checkoutOpen)
      return { kind: 'complete_again' }
    const seen = state.notChargedSeen + 1
    const settled = Temporal.Instant.compare(now, state.sentAt.add(policy.settleWindow)) >= 0
    if (seen >= policy.notChargedTimes && settled) {
      return { kind: 'not_charged', status: found.kind === 'not_found' ? 'not found' : found.status }
    }
    return again(seen, state, policy, 'not charged so far')
  }
  const reason = found.kind === 'error' ? found.reason : `look-up gives no certainty (${found.kind})`
  return again(state.notChargedSeen, state, policy, reason)
}

function again(notChargedSeen: number, state: LookState, policy: LookPolicy, reason: string): LookDecision {
  const delay = policy.delaysSeconds[state.looks]
  return delay === undefined
    ? { kind: 'needs_review', notChargedSeen, reason }
    : { kind: 'look_again', delaySeconds: delay, notChargedSeen }
}

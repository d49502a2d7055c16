import { vatOf } from '../../../platform/money.ts'
import type { IssuedToken, LookupResult, ProviderPayment } from '../provider.ts'
import { type Expected, isOurs } from './attempt.ts'

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

/** "Not charged" is believed when seen this often since the last sending, and only after the settle window. */
export const NOT_CHARGED_TIMES = 3
/** Once the settle window is over nothing speaks for a longer pause between those times: somebody waits for the word. */
export const CONFIRMED_WITHIN_SECONDS = 15
/**
 * A payment is completed at most this often. Every new sending moves the end of the settle window away; look-ups that
 * got no answer do not count.
 */
export const MAX_COMPLETIONS = 4

/** As long as a provider does not answer, it is asked again at least this often. */
export const UNANSWERED_SECONDS = 45
/** A silence that lasts longer is no passing trouble: its look-ups use up the schedule, so that a person hears of it. */
const PASSING_TROUBLE = { hours: 24 } as const

/**
 * When to ask again after a look-up that was not asked or not answered; such a look does not count, so that a
 * provider's outage costs no more time than it lasts. Undefined when it counts like any other.
 * @param looks look-ups made, with this one
 */
export function askAgainIn(
  found: LookupResult,
  { looks, sentAt }: { looks: number; sentAt: Temporal.Instant },
  delaysSeconds: readonly number[],
  now: Temporal.Instant,
): number | undefined {
  if (found.kind !== 'not_asked' && found.kind !== 'no_answer') return undefined
  const isLasting = Temporal.Instant.compare(now, sentAt.add(PASSING_TROUBLE)) >= 0
  if (found.kind === 'no_answer' && isLasting) return undefined
  return Math.min(delaysSeconds[looks] ?? UNANSWERED_SECONDS, UNANSWERED_SECONDS)
}

/**
 * When to look first after a sending whose answer was lost. It is a doubt of its own, so it is looked at as soon as the
 * very first one, however far the schedule has come. Undefined: no look is left, and a person decides.
 * @param looks look-ups made so far
 */
export function lookAfterSendingIn(looks: number, delaysSeconds: readonly number[]): number | undefined {
  const scheduled = delaysSeconds[looks]
  return scheduled === undefined ? undefined : Math.min(scheduled, delaysSeconds[0] ?? scheduled)
}

export interface LookState {
  /** Look-ups made, with this one. */
  looks: number
  /** How often "not charged" was seen since the last sending, before this look. */
  notChargedSeen: number
  /** Completions sent so far. */
  completions: number
  sentAt: Temporal.Instant
  /** Charged by a stored token, so without a payment prepared before. */
  byToken?: boolean
  /** When the provider's page stops being valid; undefined for token charges. */
  checkoutEnds: Temporal.Instant | undefined
  /** Charges by token: the provider's time of the latest charge of the token that we had recorded before. */
  tokenLastCharged?: Temporal.Instant | undefined
}

export interface LookPolicy {
  /** Waits between look-ups, in seconds; after the last one a person must decide. */
  delaysSeconds: readonly number[]
  /** Reads may lag behind: "not charged" is final only this long after sending. */
  settleWindow: Temporal.Duration
  /** May the completing call be repeated, because the provider lets one payment be completed only once? */
  mayComplete: boolean
  /** Does completing it again bring the token that was issued with it, because the provider repeats its answer? */
  mayFetchToken: boolean
  /** May a charge by token be sent again, because the provider answers the same idempotency key with the first answer? */
  mayRepeatCharge: boolean
  /** What it means when the token's evidence has not changed after the settle window. */
  unchangedEvidence: 'review' | 'not_charged'
}

export type LookDecision =
  | { kind: 'paid'; payment: ProviderPayment; token?: IssuedToken }
  | { kind: 'not_charged'; status: string }
  /** The provider did not answer: the look does not count. */
  | { kind: 'ask_again'; delaySeconds: number; reason: string }
  /** Complete the same payment again: at most one completion can succeed. */
  | { kind: 'complete_again' }
  /** Send the same charge by token again, with the same idempotency key. */
  | { kind: 'charge_again' }
  | { kind: 'look_again'; delaySeconds: number; notChargedSeen: number; reason: string }
  | { kind: 'needs_review'; notChargedSeen: number; reason: string }

/** Decides what a look-up says about an unknown attempt. A look-up that fails never means "not charged". */
export function decideLook(
  found: LookupResult,
  expected: Expected,
  state: LookState,
  policy: LookPolicy,
  now: Temporal.Instant,
): LookDecision {
  const askIn = askAgainIn(found, state, policy.delaysSeconds, now)
  switch (found.kind) {
    case 'found': {
      const decision = decideFound(found.payment, expected, state, policy)
      if (decision.kind !== 'paid') return decision
      if (found.token) return { ...decision, token: found.token }
      // Paid, but the token is known to nobody: it is asked for as long as that is of use.
      return policy.mayFetchToken && mayComplete(state, now) ? { kind: 'complete_again' } : decision
    }
    case 'not_charged_yet': {
      if (found.final) return { kind: 'not_charged', status: found.status }
      if (policy.mayComplete && mayComplete(state, now)) return { kind: 'complete_again' }
      return decideNotCharged(found.status, state, policy, now)
    }
    case 'not_found':
      // A charge by token has an id only because an answer about it named one. Not to know it now proves nothing.
      if (expected.ref !== undefined && state.byToken)
        return again(state.notChargedSeen, state, policy, 'the provider no longer knows the payment it named')
      // The token may have been issued and not charged: the same completion, under the same key, does the rest.
      if (policy.mayFetchToken && mayComplete(state, now)) return { kind: 'complete_again' }
      if (policy.mayRepeatCharge && state.completions < MAX_COMPLETIONS) return { kind: 'charge_again' }
      return decideNotCharged('not found', state, policy, now)
    case 'not_asked':
    case 'no_answer':
      return askIn === undefined
        ? again(state.notChargedSeen, state, policy, found.reason)
        : { kind: 'ask_again', delaySeconds: askIn, reason: found.reason }
    case 'error':
      return again(state.notChargedSeen, state, policy, found.reason)
    case 'evidence':
      return decideEvidence(found.lastChargedAt, expected, state, policy, now)
    case 'unsupported':
      return again(state.notChargedSeen, state, policy, `the look-up gives no certainty (${found.kind})`)
  }
}

/** The page is still valid, and it was not completed too often. */
function mayComplete({ checkoutEnds, completions }: LookState, now: Temporal.Instant): boolean {
  const isOpen = checkoutEnds !== undefined && Temporal.Instant.compare(now, checkoutEnds) < 0
  return isOpen && completions < MAX_COMPLETIONS
}

/**
 * Charges of one token never overlap, and every recorded one moves `tokenLastCharged`: a later time of the provider
 * can only be this charge. Such a payment has no provider id of its own. A later time from before the sending is a
 * charge we know nothing of; then silence about this one is no proof either.
 */
function decideEvidence(
  lastChargedAt: Temporal.Instant | undefined,
  expected: Expected,
  state: LookState,
  policy: LookPolicy,
  now: Temporal.Instant,
): LookDecision {
  const known = state.tokenLastCharged
  const newer =
    lastChargedAt !== undefined && (known === undefined || Temporal.Instant.compare(lastChargedAt, known) > 0)
  const sinceSending =
    newer && Temporal.Instant.compare(lastChargedAt, state.sentAt.subtract(CLOCK_SKEW)) >= 0
  if (sinceSending) return { kind: 'paid', payment: paymentFromEvidence(expected, lastChargedAt) }
  const decision = decideNotCharged('the token was not charged', state, policy, now)
  const unexplained = newer && known !== undefined
  if (decision.kind !== 'not_charged' || (policy.unchangedEvidence === 'not_charged' && !unexplained))
    return decision
  return {
    kind: 'needs_review',
    notChargedSeen: state.notChargedSeen + 1,
    reason: unexplained
      ? 'the token was charged before this, and nobody knows for what'
      : 'no sign of a charge, and no proof that there was none',
  }
}

/** How far the provider's clock may be behind ours. */
const CLOCK_SKEW = { seconds: 120 } as const

function paymentFromEvidence(expected: Expected, at: Temporal.Instant): ProviderPayment {
  const { total, merchantRef } = expected
  return {
    ref: expected.ref ?? '',
    merchantRef,
    status: 'paid',
    rawStatus: 'token last charged',
    total,
    vat: vatOf(total),
    refundable: total,
    refunds: [],
    approvedAt: at,
    method: '',
    // A provider that can tell no more than this gives its own.
    cashReceiptBy: 'nobody',
  }
}

function decideFound(
  payment: ProviderPayment,
  expected: Expected,
  state: LookState,
  policy: LookPolicy,
): LookDecision {
  if (!isOurs(payment, expected)) return again(state.notChargedSeen, state, policy, 'mismatch')
  switch (payment.status) {
    case 'paid':
      return { kind: 'paid', payment }
    case 'failed':
    case 'expired':
      return { kind: 'not_charged', status: payment.rawStatus }
    case 'partially_refunded':
    case 'refunded':
      // Paid, and given back by somebody else than us: handing out the goods for it would be wrong.
      return {
        kind: 'needs_review',
        notChargedSeen: state.notChargedSeen,
        reason: 'refunded outside of this system',
      }
    case 'pending':
      return again(state.notChargedSeen, state, policy, `status ${payment.rawStatus}`)
  }
}

function decideNotCharged(
  status: string,
  state: LookState,
  policy: LookPolicy,
  now: Temporal.Instant,
): LookDecision {
  const seen = state.notChargedSeen + 1
  const reason = `not charged so far (${status})`
  const settled = state.sentAt.add(policy.settleWindow)
  const secondsLeft = Math.ceil(settled.since(now).total('seconds'))
  if (secondsLeft <= 0) {
    if (seen >= NOT_CHARGED_TIMES) return { kind: 'not_charged', status }
    const next = again(seen, state, policy, reason)
    if (next.kind !== 'look_again') return next
    return { ...next, delaySeconds: Math.min(next.delaySeconds, CONFIRMED_WITHIN_SECONDS) }
  }
  // Only too early: no reason for a person yet, and the order should not wait longer than it must.
  const delaySeconds = Math.min(policy.delaysSeconds[state.looks] ?? secondsLeft, secondsLeft)
  return { kind: 'look_again', delaySeconds, notChargedSeen: seen, reason }
}

function again(notChargedSeen: number, state: LookState, policy: LookPolicy, reason: string): LookDecision {
  const delaySeconds = policy.delaysSeconds[state.looks]
  return delaySeconds === undefined
    ? { kind: 'needs_review', notChargedSeen, reason }
    : { kind: 'look_again', delaySeconds, notChargedSeen, reason }
}

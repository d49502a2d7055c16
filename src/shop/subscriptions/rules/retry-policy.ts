/**
 * Dunning: what follows an attempt to charge a due cycle. The policy is data (one per merchant), the rule one pure
 * function. Only a refusal by the bank uses up a try; a provider that cannot be reached uses none, and an unknown
 * outcome is never followed by another charge.
 */

/** Default: a refused charge is tried again at once, then every 24 hours three times, then the subscription ends. */
export type RetryPolicy = {
  /** Tries right after a refusal, 0–3. */
  readonly immediateRetries: number
  /** Later tries, 0–10, and the hours between them, 1–168. */
  readonly laterRetries: number
  readonly hoursBetween: number
  /**
   * How often, each time `hoursBetween` later, the shelf is looked at for a refused delivery that cannot be sent at the
   * moment (sold out, not on sale); then it is left out, 1–10.
   */
  readonly stockTries: number
  /** How long the customer has to give a new payment method once we ask, in hours, 1–720. */
  readonly newMethodWithinHours: number
  /** Back-off while the provider cannot be reached: doubles from `firstSeconds` (1–3600) up to `mostSeconds` (≤ 86400). */
  readonly technical: { readonly firstSeconds: number; readonly mostSeconds: number }
}

export const defaultRetryPolicy: RetryPolicy = {
  immediateRetries: 1,
  laterRetries: 3,
  hoursBetween: 24,
  stockTries: 3,
  newMethodWithinHours: 72,
  technical: { firstSeconds: 60, mostSeconds: 3600 },
}

/** `retryable`: no balance, a limit. `final`: this method will not work. `token_dead`: nor is its token good for anything. */
export type DeclineClass = 'retryable' | 'final' | 'token_dead'

export type Outcome =
  | { readonly kind: 'paid' }
  | { readonly kind: 'declined'; readonly class: DeclineClass }
  /** Sent, and no answer that can be trusted. */
  | { readonly kind: 'unknown' }
  /** Surely no money was taken: never sent, breaker open, or proven by look-up afterwards. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds?: number }
  /** The provider says our request is wrong: our fault, not the customer's; surely no money was taken. */
  | { readonly kind: 'invalid' }

/** What is remembered of a cycle's attempts. Unknown outcomes leave it untouched. */
export type RetryHistory = {
  /** Refusals by the bank so far = tries used. */
  readonly declines: number
  /** Attempts in a row that did not reach the provider. */
  readonly unreachedInARow: number
  /** How often a try after a refusal found nothing to send. */
  readonly soldOut: number
}
export const noAttempts: RetryHistory = { declines: 0, unreachedInARow: 0, soldOut: 0 }

export type GiveUpReason = 'tries_used_up' | 'no_new_method'

export type RetryDecision =
  | { readonly kind: 'paid' }
  | { readonly kind: 'retry_now' }
  | { readonly kind: 'retry_at'; readonly at: Temporal.Instant }
  /** No automatic try any more; the cycle is lost at `giveUpAt` unless a new method comes. */
  | {
      readonly kind: 'needs_new_method'
      readonly giveUpAt: Temporal.Instant
      readonly token: 'keep' | 'mark_dead'
    }
  /** Stop, keep everything as it is, let the resolver or an operator find out. */
  | { readonly kind: 'freeze'; readonly why: 'unknown_outcome' | 'invalid_request' }
  /** No try used; the cycle stays due. */
  | { readonly kind: 'technical_retry'; readonly at: Temporal.Instant }
  | { readonly kind: 'give_up'; readonly reason: GiveUpReason; readonly token: 'keep' | 'mark_dead' }

export type RetryPolicyRefused = {
  readonly kind: 'refused'
  readonly code: 'retry_policy_invalid'
  /** Names of the fields that are missing, unknown or out of range. */
  readonly fields: readonly string[]
}

/** What a merchant may choose, least and most. */
export const retryRanges = {
  immediateRetries: [0, 3],
  laterRetries: [0, 10],
  hoursBetween: [1, 168],
  stockTries: [1, 10],
  newMethodWithinHours: [1, 720],
  firstSeconds: [1, 3600],
  mostSeconds: [1, 86_400],
} as const
type Field = keyof typeof retryRanges

/** Reads a merchant's policy from stored or submitted JSON. Refuses `retry_policy_invalid` with the fields at fault. */
export function parseRetryPolicy(
  input: unknown,
): { readonly kind: 'policy'; readonly policy: RetryPolicy } | RetryPolicyRefused {
  const outer = entriesOf(input)
  const { technical, ...fields } = outer
  const flat: Record<string, unknown> = { ...fields, ...entriesOf(technical) }
  const wrong = new Set<string>(Object.keys(flat).filter((name) => !(name in retryRanges)))
  const read = (field: Field): number => {
    const value = flat[field]
    const [least, most] = retryRanges[field]
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    wrong.add(field)
    return least
  }
  const policy: RetryPolicy = {
    immediateRetries: read('immediateRetries'),
    laterRetries: read('laterRetries'),
    hoursBetween: read('hoursBetween'),
    stockTries: read('stockTries'),
    newMethodWithinHours: read('newMethodWithinHours'),
    technical: { firstSeconds: read('firstSeconds'), mostSeconds: read('mostSeconds') },
  }
  if (policy.technical.mostSeconds < policy.technical.firstSeconds) wrong.add('mostSeconds')
  if (wrong.size > 0) return { kind: 'refused', code: 'retry_policy_invalid', fields: [...wrong].sort() }
  return { kind: 'policy', policy }
}

function entriesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && !Array.isArray(value) ? { ...value } : {}
}

/** The most often the bank is asked to charge one cycle and says no: the first try, the immediate and the later ones. */
export function mostTries(policy: RetryPolicy): number {
  return 1 + policy.immediateRetries + policy.laterRetries
}

/** The history after an outcome. Only a refusal counts as a try. */
export function rememberOutcome(history: RetryHistory, outcome: Outcome): RetryHistory {
  switch (outcome.kind) {
    case 'declined':
      return { ...history, declines: history.declines + 1, unreachedInARow: 0 }
    case 'unavailable':
      return { ...history, unreachedInARow: history.unreachedInARow + 1 }
    case 'paid':
      return { ...history, unreachedInARow: 0 }
    case 'unknown':
    case 'invalid':
      return history
  }
}

/**
 * Decides what follows an attempt. `history` is what was remembered before this outcome, `now` when it became known.
 * Later tries are counted from the refusal before them, so an outage between two tries costs the customer none.
 */
export function afterAttempt(
  policy: RetryPolicy,
  history: RetryHistory,
  outcome: Outcome,
  now: Temporal.Instant,
): RetryDecision {
  switch (outcome.kind) {
    case 'paid':
      return { kind: 'paid' }
    case 'unknown':
      return { kind: 'freeze', why: 'unknown_outcome' }
    case 'invalid':
      return { kind: 'freeze', why: 'invalid_request' }
    case 'unavailable':
      return { kind: 'technical_retry', at: now.add({ seconds: backOff(policy, history, outcome) }) }
    case 'declined':
      return afterDecline(policy, history.declines + 1, outcome.class, now)
  }
}

function afterDecline(
  policy: RetryPolicy,
  declines: number,
  declineClass: DeclineClass,
  now: Temporal.Instant,
): RetryDecision {
  const token = declineClass === 'token_dead' ? 'mark_dead' : 'keep'
  if (declines >= mostTries(policy)) return { kind: 'give_up', reason: 'tries_used_up', token }
  if (declineClass !== 'retryable') {
    return { kind: 'needs_new_method', giveUpAt: now.add({ hours: policy.newMethodWithinHours }), token }
  }
  if (declines <= policy.immediateRetries) return { kind: 'retry_now' }
  return { kind: 'retry_at', at: now.add({ hours: policy.hoursBetween }) }
}

function backOff(
  policy: RetryPolicy,
  history: RetryHistory,
  outcome: { readonly retryAfterSeconds?: number },
): number {
  const { firstSeconds, mostSeconds } = policy.technical
  // 2^17 s is more than the longest back-off allowed; the cap keeps the power finite after weeks of outage.
  const doubled = firstSeconds * 2 ** Math.min(history.unreachedInARow, 17)
  return Math.min(mostSeconds, Math.max(doubled, Math.ceil(outcome.retryAfterSeconds ?? 0)))
}

/**
 * What follows when a refused cycle is to be tried again and there is nothing to send: the shelf is looked at again
 * later, and at last the delivery is left out. `history` is what is remembered with this try.
 */
export function afterSoldOut(
  policy: RetryPolicy,
  { soldOut }: RetryHistory,
  now: Temporal.Instant,
): { readonly kind: 'look_again'; readonly at: Temporal.Instant } | { readonly kind: 'leave_out' } {
  if (soldOut >= policy.stockTries) return { kind: 'leave_out' }
  return { kind: 'look_again', at: now.add({ hours: policy.hoursBetween }) }
}

/** What the deadline for a new method says at `now`: wait for it, or give up. */
export function atDeadline(
  giveUpAt: Temporal.Instant,
  now: Temporal.Instant,
): { readonly kind: 'wait'; readonly until: Temporal.Instant } | Extract<RetryDecision, { kind: 'give_up' }> {
  return Temporal.Instant.compare(now, giveUpAt) < 0
    ? { kind: 'wait', until: giveUpAt }
    : { kind: 'give_up', reason: 'no_new_method', token: 'keep' }
}

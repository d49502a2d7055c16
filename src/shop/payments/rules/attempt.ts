import type { Won } from '../../../platform/money.ts'
import type { Completion, IssuedToken, Outcome, ProviderPayment } from '../provider.ts'

/**
 * The life of a charge attempt. Open states hold the order: no other attempt may start and no timer may cancel
 * `sent` or `unknown`, because money may be moving.
 *
 *   created ──ready──▶ awaiting_customer ──proof──▶ authorised ──▶ sent ──▶ succeeded | declined | failed | unknown
 *      │                     │                          ▲           │
 *      └──▶ failed           └──▶ cancelled | expired   └─ not sent ┘        unknown ──look-up──▶ …
 *
 * A proof that is not the true one leads back from `sent` to `awaiting_customer`: nothing was taken, and the true one may
 * still come. Money that turns up after the end (an answer that was believed lost) is never dropped: `succeeded_late`, and it
 * goes back.
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

/** By the provider's page, or by a stored payment method. */
export const ATTEMPT_ORIGINS = ['checkout', 'token'] as const
export type AttemptOrigin = (typeof ATTEMPT_ORIGINS)[number]

/** From each state, the states that may follow. Anything else is a bug. */
export const NEXT_STATES: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  created: ['awaiting_customer', 'sent', 'cancelled', 'failed'],
  awaiting_customer: ['authorised', 'cancelled', 'expired', 'declined'],
  authorised: ['sent', 'cancelled', 'expired'],
  sent: [
    'succeeded',
    'succeeded_late',
    'declined',
    'failed',
    'unknown',
    'authorised',
    'created',
    'awaiting_customer',
  ],
  unknown: ['unknown', 'sent', 'succeeded', 'succeeded_late', 'declined'],
  succeeded: [],
  succeeded_late: [],
  declined: ['succeeded_late'],
  cancelled: ['succeeded_late'],
  expired: ['succeeded_late'],
  failed: ['succeeded_late'],
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

/** The attempt ended without money. */
export function endedUnpaid(state: AttemptState): boolean {
  return state === 'declined' || state === 'cancelled' || state === 'expired' || state === 'failed'
}

/** What an answer (of the provider or of a look-up) means for the attempt. */
export type Settlement =
  | { kind: 'paid'; payment: ProviderPayment; token?: IssuedToken }
  | {
      kind: 'declined'
      code: string
      message: string
      retry: 'retryable' | 'final'
      /** Is only this attempt refused, or is the token itself dead? */
      scope: 'attempt' | 'token'
    }
  /** Surely not sent; the same attempt may be sent again. */
  | { kind: 'not_sent'; retryAfterMs: number }
  /** The proof was not the true one: surely not charged, and the customer may still bring it. */
  | { kind: 'not_accepted'; code: string }
  /** Our mistake: surely not charged, an engineer must look. */
  | { kind: 'failed'; code: string; message: string }
  /** `ref`: the provider's id of what may have been charged, when the doubtful answer named it. */
  | { kind: 'unknown'; reason: string; ref?: string }

/** What we asked for; every answer is held against it. */
export interface Expected {
  merchantRef: string
  /** The provider's id, when it is known already. */
  ref?: string | undefined
  total: Won
}

/**
 * Reads the outcome of a completing or charging call. The money is compared once more, here, for every provider.
 * @param doubted an earlier sending of the same attempt has an unknown outcome. Then only "paid" is news: a refusal
 *   of the repetition says nothing about the first call, which may even be the reason for it.
 */
export function settlementOf(
  outcome: Outcome<{ payment: ProviderPayment; token?: IssuedToken }>,
  expected: Expected,
  doubted?: boolean,
): Exclude<Settlement, { kind: 'not_accepted' }>
export function settlementOf(
  outcome: Completion<{ payment: ProviderPayment; token?: IssuedToken }>,
  expected: Expected,
  doubted?: boolean,
): Settlement
export function settlementOf(
  outcome: Completion<{ payment: ProviderPayment; token?: IssuedToken }>,
  expected: Expected,
  doubted = false,
): Settlement {
  if (outcome.kind === 'ok') {
    const { payment, token } = outcome.value
    const settlement = paidOrUnknown(payment, expected)
    return settlement.kind === 'paid' && token ? { ...settlement, token } : settlement
  }
  if (outcome.kind === 'unknown') {
    const { reason, ref } = outcome
    return { kind: 'unknown', reason, ...(ref === undefined ? {} : { ref }) }
  }
  if (doubted) return { kind: 'unknown', reason: `sent again: ${outcome.kind}` }
  switch (outcome.kind) {
    case 'declined':
      return {
        kind: 'declined',
        code: outcome.code,
        message: outcome.message,
        retry: outcome.retry,
        scope: outcome.scope,
      }
    case 'unavailable':
      return { kind: 'not_sent', retryAfterMs: outcome.retryAfterMs }
    case 'not_accepted':
      return { kind: 'not_accepted', code: outcome.code }
    case 'invalid':
      return { kind: 'failed', code: outcome.code, message: outcome.message }
  }
}

/** Another payment, another amount or another state than "paid" prove nothing about ours. */
function paidOrUnknown(payment: ProviderPayment, expected: Expected): Settlement {
  if (!isOurs(payment, expected)) return { kind: 'unknown', reason: 'mismatch' }
  if (payment.status !== 'paid') return { kind: 'unknown', reason: `status ${payment.rawStatus}` }
  return { kind: 'paid', payment }
}

/** Our reference, the provider's id (as far as both are known) and the total agree. */
export function isOurs(payment: ProviderPayment, expected: Expected): boolean {
  return (
    payment.total === expected.total &&
    (payment.merchantRef === undefined || payment.merchantRef === expected.merchantRef) &&
    (expected.ref === undefined || payment.ref === expected.ref)
  )
}

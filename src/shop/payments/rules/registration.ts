import { ZERO_WON } from '../../../platform/money.ts'
import type { Completion, IssuedToken, LookupResult } from '../provider.ts'
import { isOurs } from './attempt.ts'
import { askAgainIn } from './look.ts'

/**
 * The life of a registration: a customer lets a provider issue a token, without paying.
 *
 *   created ──page──▶ awaiting_customer ──proof──▶ authorised ──▶ sent ──▶ succeeded | declined | failed | unknown
 *      │                    │                         ▲            │            │
 *      └──▶ failed          └──▶ cancelled | expired  └─ not sent ─┘            └──repeat, look-up──▶ …
 *
 * The discipline is that of charges, with one difference: no money is in it. A token that was issued and whose answer
 * was lost is known to nobody, so nobody can charge it. A doubt is therefore never left to a person: where the token
 * cannot be had again, the registration ends, and the customer registers anew. Should the answer come after that, its
 * token is revoked.
 */
export const REGISTRATION_STATES = [
  'created',
  'awaiting_customer',
  'authorised',
  'sent',
  'unknown',
  'succeeded',
  'declined',
  'cancelled',
  'expired',
  'failed',
] as const
export type RegistrationState = (typeof REGISTRATION_STATES)[number]

/** How a registration ends without a method. */
export type EndState = 'declined' | 'cancelled' | 'expired' | 'failed'

/** From each state, the states that may follow. Anything else is a bug. */
export const NEXT_STATES: Readonly<Record<RegistrationState, readonly RegistrationState[]>> = {
  created: ['awaiting_customer', 'failed'],
  awaiting_customer: ['authorised', 'cancelled', 'declined', 'expired'],
  authorised: ['sent', 'expired'],
  sent: ['succeeded', 'declined', 'failed', 'authorised', 'awaiting_customer', 'unknown'],
  unknown: ['sent', 'unknown', 'succeeded', 'declined', 'failed'],
  succeeded: [],
  declined: [],
  cancelled: [],
  expired: [],
  failed: [],
}

/** The customer is, or will be, on the provider's page. */
export const WAITING_STATES: readonly RegistrationState[] = ['created', 'awaiting_customer']
/** The customer has agreed: a method may come of it whatever else they do. */
export const AGREED_STATES: readonly RegistrationState[] = ['authorised', 'sent', 'unknown']

/** What an answer of the provider means. */
export type Issue =
  | { kind: 'issued'; token: IssuedToken }
  | { kind: 'declined'; code: string; message: string }
  /** Our mistake: surely nothing was issued, an engineer must look. */
  | { kind: 'failed'; code: string; message: string }
  /** Surely not sent; it may be sent again. */
  | { kind: 'not_sent'; retryAfterMs: number }
  /** The proof was not the true one: nothing was issued, and the customer may still bring it. */
  | { kind: 'not_accepted'; code: string }
  | { kind: 'unknown'; reason: string }

/** Reads the outcome of issuing a token. A refusal is believed also after a doubt: at worst a token is left to nobody. */
export function issueOf(outcome: Completion<IssuedToken>): Issue {
  switch (outcome.kind) {
    case 'ok':
      return { kind: 'issued', token: outcome.value }
    case 'declined':
      return { kind: 'declined', code: outcome.code, message: outcome.message }
    case 'invalid':
      return { kind: 'failed', code: outcome.code, message: outcome.message }
    case 'unavailable':
      return { kind: 'not_sent', retryAfterMs: outcome.retryAfterMs }
    case 'not_accepted':
      return { kind: 'not_accepted', code: outcome.code }
    case 'unknown':
      return { kind: 'unknown', reason: outcome.reason }
  }
}

/** So long after its beginning a registration in doubt is given up. */
const PATIENCE = { hours: 24 } as const
/** Every sending is answered at most once; where a look-up tells what came of it, more than this help nobody. */
const MAX_SENDINGS = 4

export interface Doubt {
  id: string
  providerRef: string | undefined
  /** Looks made, with this one. */
  looks: number
  /** Sendings so far. */
  sendings: number
  begunAt: Temporal.Instant
  sentAt: Temporal.Instant
  /** When the provider's page stops being valid. */
  pageEnds: Temporal.Instant
}

export interface DoubtPolicy {
  /** Waits between looks, in seconds; after the last one, until the patience is over. */
  delaysSeconds: readonly number[]
  /** "Not issued" is believed only this long after sending. */
  settleWindow: Temporal.Duration
}

export type DoubtDecision =
  | { kind: 'issued'; token: IssuedToken }
  | { kind: 'send_again' }
  | { kind: 'wait'; delaySeconds: number; reason: string }
  /** The provider did not answer: the look does not count. */
  | { kind: 'ask_again'; delaySeconds: number }
  /** `token_lost`: a token was issued and cannot be had; `answer_lost`: nobody will ever know. */
  | { kind: 'over'; state: 'declined' | 'failed'; code: 'not_issued' | 'token_lost' | 'answer_lost' }

/**
 * What to do about a lost answer where the provider repeats it: ask again, until the patience is over. (Toss replays
 * answers for 15 days; a key that cannot be had again dies with its card, and nobody can charge it.)
 */
export function decideRepeat(doubt: Doubt, now: Temporal.Instant): DoubtDecision {
  return isOver(doubt, now) ? ANSWER_LOST : { kind: 'send_again' }
}

/**
 * What a look-up says about a lost answer. A prepared registration is completed once at most, so completing it again
 * is harmless; when it was completed, the token is in the look-up or nowhere.
 */
export function decideLookUp(
  found: LookupResult,
  doubt: Doubt,
  policy: DoubtPolicy,
  now: Temporal.Instant,
): DoubtDecision {
  if (found.kind === 'found') return decideFound(found, doubt, policy, now)
  const askIn = isOver(doubt, now) ? undefined : askAgainIn(found, doubt, policy.delaysSeconds, now)
  if (askIn !== undefined) return { kind: 'ask_again', delaySeconds: askIn }
  if (found.kind === 'not_charged_yet' && found.final) return NOT_ISSUED
  const isKnown = found.kind === 'not_charged_yet'
  const isOpen = Temporal.Instant.compare(now, doubt.pageEnds) < 0
  if (isKnown && isOpen && doubt.sendings < MAX_SENDINGS) return { kind: 'send_again' }
  const settled = Temporal.Instant.compare(now, doubt.sentAt.add(policy.settleWindow)) >= 0
  if (settled && (isKnown || found.kind === 'not_found')) return NOT_ISSUED
  return wait(doubt, policy, now, isKnown ? found.status : found.kind)
}

const NOT_ISSUED = { kind: 'over', state: 'declined', code: 'not_issued' } as const
const TOKEN_LOST = { kind: 'over', state: 'failed', code: 'token_lost' } as const
const ANSWER_LOST = { kind: 'over', state: 'failed', code: 'answer_lost' } as const

function decideFound(
  { payment, token }: Extract<LookupResult, { kind: 'found' }>,
  doubt: Doubt,
  policy: DoubtPolicy,
  now: Temporal.Instant,
): DoubtDecision {
  // Another one, or one with an amount, which was never asked for.
  const ours = isOurs(payment, { merchantRef: doubt.id, ref: doubt.providerRef, total: ZERO_WON })
  if (!ours || payment.status !== 'paid') return wait(doubt, policy, now, 'mismatch')
  return token === undefined ? TOKEN_LOST : { kind: 'issued', token }
}

function wait(doubt: Doubt, policy: DoubtPolicy, now: Temporal.Instant, reason: string): DoubtDecision {
  return isOver(doubt, now)
    ? ANSWER_LOST
    : { kind: 'wait', delaySeconds: nextDelay(doubt, policy, now), reason }
}

function isOver({ begunAt }: Doubt, now: Temporal.Instant): boolean {
  return Temporal.Instant.compare(now, begunAt.add(PATIENCE)) >= 0
}

/** A lost answer is asked for again after this share of the time that has passed, within these seconds. */
const SHARE = 0.2
const SOONEST_SECONDS = 10
const LATEST_SECONDS = 900

/**
 * Seconds until a lost answer is asked for again: soon while the trouble is young, so that a short outage costs no more
 * than it lasts; never later than the schedule.
 */
export function delayAfterDoubt(
  doubt: Pick<Doubt, 'begunAt' | 'looks'>,
  policy: Pick<DoubtPolicy, 'delaysSeconds'>,
  now: Temporal.Instant,
): number {
  const share = Math.ceil(now.since(doubt.begunAt).total('seconds') * SHARE)
  const young = Math.min(LATEST_SECONDS, Math.max(SOONEST_SECONDS, share))
  return Math.min(nextDelay(doubt, policy, now), young)
}

/** Seconds until the next look, never beyond the end of the patience. */
function nextDelay(
  { begunAt, looks }: Pick<Doubt, 'begunAt' | 'looks'>,
  { delaysSeconds }: Pick<DoubtPolicy, 'delaysSeconds'>,
  now: Temporal.Instant,
): number {
  const left = Math.max(0, Math.ceil(begunAt.add(PATIENCE).since(now).total('seconds')))
  return Math.min(delaysSeconds[looks] ?? left, left)
}

import type { Won } from '../../platform/money.ts'
import type { FieldError } from '../../platform/refusal.ts'
import type { CsvRow } from '../../platform/text/csv.ts'
import type { CashReceipts } from './provider-receipts.ts'

/**
 * What every payment provider looks like to us. An adapter translates one provider's API into these values; no
 * caller knows which provider it talks to. The rule behind `Outcome`: say exactly what is known, and whatever is
 * not known for sure is `unknown`, which is never charged again blindly.
 */

export type ProviderName = 'kakaopay' | 'toss'

/** VAT is part of the total, and of what is not `taxFree`. */
export interface Money {
  total: Won
  taxFree: Won
  vat: Won
}

/** For the attempt's record: what went over the wire, without secrets. */
export interface WireNote {
  httpStatus?: number
  /** At most 2,000 characters, tokens and keys removed. */
  body: string
  durationMs: number
}

export const UNKNOWN_REASONS = [
  'timeout',
  'reset',
  'http_5xx',
  'bad_body',
  'mismatch',
  'in_progress',
  'already_processed',
  'unlisted_code',
  'rate_limited',
] as const
export type UnknownReason = (typeof UNKNOWN_REASONS)[number]

export interface Ok<T> {
  kind: 'ok'
  value: T
  wire: WireNote
}

/** The provider surely refused; no money moved. */
export interface Declined {
  kind: 'declined'
  /** May the same method succeed later (balance, limit), or never? */
  retry: 'retryable' | 'final'
  /** Is only this attempt refused, or is the token itself dead? */
  scope: 'attempt' | 'token'
  code: string
  message: string
  wire: WireNote
}

/** Something was sent and we cannot tell what came of it. */
export interface Unknown {
  kind: 'unknown'
  reason: UnknownReason
  /** The provider's id, when a doubtful answer named one that was not known before: look-ups can use it. */
  ref?: string
  wire?: WireNote
}

/** Our own mistake or configuration; surely nothing was charged. Needs an engineer, not a retry. */
export interface Invalid {
  kind: 'invalid'
  code: string
  message: string
  wire: WireNote
}

/** Surely not sent: connection refused, breaker open, no free connection. */
export interface Unavailable {
  kind: 'unavailable'
  reason: string
  retryAfterMs: number
}

/**
 * What the browser brought back is not what the provider gave the customer (or it was not even sent): this call
 * completed nothing. The true one may still come.
 */
export interface NotAccepted {
  kind: 'not_accepted'
  code: string
  message: string
  wire: WireNote
}

export type Outcome<T> = Ok<T> | Declined | Unknown | Invalid | Unavailable

/** What can come of completing what the customer agreed to on the provider's page. */
export type Completion<T> = Outcome<T> | NotAccepted

/** A payment as the provider reports it. */
export interface ProviderPayment {
  /** The provider's id (KakaoPay tid, Toss paymentKey). */
  ref: string
  /** Our reference as the provider echoes it. */
  merchantRef: string | undefined
  status: 'pending' | 'paid' | 'partially_refunded' | 'refunded' | 'failed' | 'expired'
  rawStatus: string
  total: Won
  /** Of the total what contains no VAT, where the provider tells it. */
  taxFree?: Won
  vat: Won
  /** What can still be given back. */
  refundable: Won
  /** One entry per refund, oldest first; `id` is the provider's, `at` where it tells when. */
  refunds: readonly { id: string; amount: Won; at?: Temporal.Instant }[]
  approvedAt: Temporal.Instant | undefined
  method: string
  /**
   * Who gives a cash receipt for it: we do, where it was paid out of an account; the provider by itself; or nobody,
   * because card payments need none. `unknown`: whoever says that it was paid cannot tell how.
   */
  cashReceiptBy: 'us' | 'provider' | 'nobody' | 'unknown'
}

export interface IssuedToken {
  /** Power to charge: encrypt at rest, never log. */
  token: string
  /** For the customer to recognise it, e.g. masked card number. */
  display: string
  issuedAt: Temporal.Instant
}

export type LookupResult =
  | { kind: 'found'; payment: ProviderPayment; token?: IssuedToken }
  /** The provider knows it and has not charged (so far); `status` is the provider's word. */
  | { kind: 'not_charged_yet'; status: string; final: boolean }
  | { kind: 'not_found' }
  /** The provider cannot tell about one charge, but says when the token was last charged. */
  | { kind: 'evidence'; lastChargedAt: Temporal.Instant | undefined }
  | { kind: 'unsupported' }
  /** Surely not sent: connection refused, our own breaker open, no free connection. Says nothing, not even of trouble. */
  | { kind: 'not_asked'; reason: string }
  /** Sent, and no answer one could read: a time-out, a 5xx, a maintenance page. */
  | { kind: 'no_answer'; reason: string }
  /** An answer that does not help, e.g. about another payment. */
  | { kind: 'error'; reason: string }

/**
 * What a provider's unsigned message speaks of. Nobody knows who wrote it, so nothing of it is believed: it names a
 * payment to look up, and what it says can only save asking for what is known.
 */
export interface Hint {
  /** The provider's id of the payment. */
  ref: string | undefined
  /** Our reference. */
  merchantRef: string | undefined
  says: 'paid' | 'not_paid' | 'given_back' | 'something'
}

export interface Capabilities {
  /** Finds a charge by our own reference, so an unknown token charge can be settled for sure. */
  lookupByMerchantRef: boolean
  /** Repeating a completion (approve/confirm) with the same data can never charge twice. */
  completeIsIdempotent: boolean
  /** The provider replays the first answer for a repeated Idempotency-Key. */
  idempotencyKeys: boolean
  /** How long the customer has on the provider's page. */
  checkoutTtl: Temporal.Duration
  /** "Not found" or "not charged" may be believed only this long after sending. */
  settleWindow: Temporal.Duration
  /** Longest time a charge may take before we stop listening. */
  chargeTimeoutMs: number
  callTimeoutMs: number
  minimumAmount: Won
  /** It has a list of its charges and refunds for programs. */
  listsSettled: boolean
  revokesTokens: boolean
  /**
   * Whether a token can be issued without a payment, and what settles it when the answer was lost. 'repeat': the same
   * call again, which the provider answers with the first answer, token included. 'look_up': a look-up by the
   * provider's id, which tells whether a token was issued, but perhaps not which. 'no': only with a payment.
   */
  issuesTokens: 'repeat' | 'look_up' | 'no'
}

/** Limits of one call. */
export interface CallContext {
  /** Epoch milliseconds after which nobody waits any more. */
  deadline: number
  /** Stable per attempt; sent where the provider supports it. */
  idempotencyKey: string
}

export interface BeginCheckout {
  /** Our reference, new for every attempt: the attempt's id. */
  merchantRef: string
  /** What is wanted: one payment, a payment that also gives a token for recurring charges, or (for 0 won) a token alone. */
  mode: 'pay' | 'pay_and_issue_token' | 'issue_token'
  /** Random id of the customer at this provider, never personal data. */
  buyerRef: string
  itemName: string
  quantity: number
  money: Money
  urls: { success: string; cancel: string; fail: string }
  device: 'pc' | 'mobile' | 'app'
}

export interface Checkout {
  /** The provider's id of the prepared payment, when it has one already. */
  ref: string | undefined
  redirectUrl: string
}

/** What the browser brought back from the provider's page. It is a hint until the provider confirms it. */
export type Returned =
  | { kind: 'approved'; proof: Readonly<Record<string, string>> }
  | { kind: 'cancelled' }
  | { kind: 'failed'; code?: string; message?: string }

export interface CompleteCheckout {
  merchantRef: string
  mode: 'pay' | 'pay_and_issue_token'
  ref: string | undefined
  buyerRef: string
  itemName: string
  money: Money
  proof: Readonly<Record<string, string>>
}

export interface Completed {
  payment: ProviderPayment
  token?: IssuedToken
}

/** Completes what was begun in mode `issue_token`: no money moves, whatever comes of it. */
export type IssueToken = Pick<CompleteCheckout, 'merchantRef' | 'ref' | 'buyerRef' | 'proof'>

export interface ChargeToken {
  merchantRef: string
  token: string
  buyerRef: string
  itemName: string
  quantity: number
  money: Money
}

export interface Refund {
  ref: string
  /** 'pay' or 'token': KakaoPay keeps them under different merchant ids. */
  origin: 'pay' | 'token'
  money: Money
  /** What may be refunded before this one, as a guard the provider checks. */
  refundableBefore: Won
  reason: string
}

export interface Lookup {
  merchantRef: string
  ref: string | undefined
  origin: 'pay' | 'token'
  /** For evidence by token, where a charge itself cannot be found. */
  token?: string
}

/** A charge or refund in the provider's own list of a day. */
export interface SettledMovement {
  movement: 'charge' | 'refund'
  /** The provider's id of the payment. */
  ref: string
  /** Its id of this movement: of a refund the one that refunds are known by. */
  id: string
  merchantRef: string | null
  amount: Won
  at: Temporal.Instant
}

export type SettledList =
  | { kind: 'listed'; movements: readonly SettledMovement[] }
  /** No list for programs, no answer, or one that cannot be read as a whole. */
  | { kind: 'not_listed'; why: NotListed; reason: string }

/**
 * Why there is no list. `no_list`: the provider gives programs none. `no_answer`, also while a breaker refuses to ask.
 * `not_allowed`: it did not accept our key. `unreadable`: it answered with something else than its list.
 */
export type NotListed = 'no_list' | 'no_answer' | 'not_allowed' | 'unreadable'

/** The same as a table that people download; what cannot be read of it is told by its lines. */
export interface SettledTable {
  /** With their lines in the file. */
  movements: readonly (SettledMovement & { line: number })[]
  errors: readonly FieldError[]
}

export interface PaymentProvider {
  readonly name: ProviderName
  readonly capabilities: Capabilities
  /** Null where we have none to give. */
  readonly cashReceipts: CashReceipts | null
  beginCheckout(input: BeginCheckout, call: CallContext): Promise<Outcome<Checkout>>
  /** Reads the query of a return to one of our URLs; `target` tells which. Pure. */
  parseReturn(target: 'success' | 'cancel' | 'fail', query: Readonly<Record<string, string>>): Returned
  /** What an unsigned message speaks of; undefined where it names no payment, or the provider sends none. Pure. */
  readHint(message: unknown): Hint | undefined
  completeCheckout(input: CompleteCheckout, call: CallContext): Promise<Completion<Completed>>
  issueToken(input: IssueToken, call: CallContext): Promise<Completion<IssuedToken>>
  chargeToken(input: ChargeToken, call: CallContext): Promise<Outcome<ProviderPayment>>
  refund(input: Refund, call: CallContext): Promise<Outcome<ProviderPayment>>
  lookup(input: Lookup, call: CallContext): Promise<LookupResult>
  /** An already revoked token is `ok`. */
  revokeToken(
    input: { token: string; buyerRef: string },
    call: CallContext,
  ): Promise<Outcome<{ revoked: true }>>
  /** All charges and refunds of business days in Seoul, both included. */
  listSettled(
    days: { from: Temporal.PlainDate; to: Temporal.PlainDate },
    call: CallContext,
  ): Promise<SettledList>
  /** Reads its list as people download it; only of a provider whose tables are known. Pure. */
  readTable?: (table: readonly CsvRow[]) => SettledTable
  /** Breaker state per operation, for readiness and metrics. */
  breakers(): Readonly<Record<string, 'closed' | 'open' | 'half_open'>>
  /** Ends waiting calls and closes connections. */
  stop(): Promise<void>
}

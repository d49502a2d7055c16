import type { Meaning } from '../answers.ts'

const INVALID: Meaning = { kind: 'invalid' }
const LATER: Meaning = { kind: 'declined', retry: 'retryable', scope: 'attempt' }
const NEVER: Meaning = { kind: 'declined', retry: 'final', scope: 'attempt' }
const DEAD_CARD: Meaning = { kind: 'declined', retry: 'final', scope: 'token' }
const DONE_BEFORE: Meaning = { kind: 'unknown', reason: 'already_processed' }
const THEIR_TROUBLE: Meaning = { kind: 'unknown', reason: 'http_5xx' }
/** Listed, but the texts do not say whether money moved. */
const UNCLEAR: Meaning = { kind: 'unknown', reason: 'unlisted_code' }

/**
 * What each documented error code of Toss Payments proves. A code missing here proves nothing (unknown), and an
 * HTTP status of 500 or 429 proves nothing whatever the code. `PROVIDER_ERROR` comes with 400 but speaks of a
 * passing error at the card company: unknown. `FORBIDDEN_REQUEST` is taken for a wrong setting of ours.
 */
const TABLE: Readonly<Record<string, Meaning>> = {
  ALREADY_PROCESSED_PAYMENT: DONE_BEFORE,
  ALREADY_COMPLETED_PAYMENT: DONE_BEFORE,
  DUPLICATED_ORDER_ID: DONE_BEFORE,
  PROVIDER_ERROR: UNCLEAR,
  NOT_SUPPORTED_METHOD: UNCLEAR,
  NOT_FOUND_PAYMENT: UNCLEAR,
  IDEMPOTENT_REQUEST_PROCESSING: { kind: 'unknown', reason: 'in_progress' },

  INVALID_REQUEST: INVALID,
  INVALID_IDEMPOTENCY_KEY: INVALID,
  UNAUTHORIZED_KEY: INVALID,
  FORBIDDEN_REQUEST: INVALID,
  NOT_MATCHES_CUSTOMER_KEY: INVALID,
  BELOW_MINIMUM_AMOUNT: INVALID,

  REJECT_CARD_PAYMENT: LATER,
  REJECT_ACCOUNT_PAYMENT: LATER,
  FORBIDDEN_CONSECUTIVE_REQUEST: LATER,

  INVALID_REJECT_CARD: NEVER,
  REJECT_CARD_COMPANY: NEVER,
  EXCEED_MAX_AUTH_COUNT: NEVER,
  NOT_FOUND_PAYMENT_SESSION: NEVER,
  NOT_REGISTERED_CARD_COMPANY: NEVER,

  INVALID_STOPPED_CARD: DEAD_CARD,
  INVALID_CARD_LOST_OR_STOLEN: DEAD_CARD,
  INVALID_CARD_EXPIRATION: DEAD_CARD,
  INVALID_CARD_NUMBER: DEAD_CARD,
  INVALID_BILL_KEY_REQUEST: DEAD_CARD,
  NOT_FOUND_BILLING: DEAD_CARD,
  NOT_SUPPORTED_CARD_TYPE: DEAD_CARD,

  // Refunds. What may be the effect of our own earlier call is looked up.
  ALREADY_CANCELED_PAYMENT: DONE_BEFORE,
  ALREADY_REFUND_PAYMENT: DONE_BEFORE,
  NOT_CANCELABLE_PAYMENT: DONE_BEFORE,
  NOT_MATCHES_REFUNDABLE_AMOUNT: INVALID,
  NOT_CANCELABLE_AMOUNT: INVALID,
  REFUND_REJECTED: NEVER,
  NOT_ALLOWED_PARTIAL_REFUND: NEVER,
  EXCEED_MAX_REFUND_DUE: NEVER,

  FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING: THEIR_TROUBLE,
  FAILED_INTERNAL_SYSTEM_PROCESSING: THEIR_TROUBLE,
  FAILED_METHOD_HANDLING: THEIR_TROUBLE,
  FAILED_METHOD_HANDLING_CANCEL: THEIR_TROUBLE,
  FAILED_REFUND_PROCESS: THEIR_TROUBLE,
  COMMON_ERROR: THEIR_TROUBLE,
  UNKNOWN_ERROR: THEIR_TROUBLE,
}

/** Every listed code. */
export const TOSS_CODES: readonly string[] = Object.keys(TABLE)

/** The meaning of an error code; undefined when it is not listed. All limits (`EXCEED_MAX_…`) may pass with time. */
export function tossMeaningOf(code: string): Meaning | undefined {
  if (Object.hasOwn(TABLE, code)) return TABLE[code]
  return /^EXCEED_MAX_[A-Z_]+$/.test(code) ? LATER : undefined
}

import { describe, expect, it } from 'vitest'
import { hasCode, readToss, tossVerdict } from './answers.ts'
import { TOSS_CODES } from './codes.ts'
import { PaymentBody } from './schemas.ts'

/** Every documented code with its status and what it proves; written down apart from the table of the adapter. */
const CODES: [number, string, Record<string, unknown>][] = [
  ...[
    'ALREADY_PROCESSED_PAYMENT',
    'ALREADY_COMPLETED_PAYMENT',
    'DUPLICATED_ORDER_ID',
    'ALREADY_CANCELED_PAYMENT',
    'ALREADY_REFUND_PAYMENT',
  ].map((code): [number, string, Record<string, unknown>] => [
    400,
    code,
    { kind: 'unknown', reason: 'already_processed' },
  ]),
  [403, 'NOT_CANCELABLE_PAYMENT', { kind: 'unknown', reason: 'already_processed' }],
  [400, 'PROVIDER_ERROR', { kind: 'unknown', reason: 'unlisted_code' }],
  [400, 'NOT_SUPPORTED_METHOD', { kind: 'unknown', reason: 'unlisted_code' }],
  [404, 'NOT_FOUND_PAYMENT', { kind: 'unknown', reason: 'unlisted_code' }],
  [409, 'IDEMPOTENT_REQUEST_PROCESSING', { kind: 'unknown', reason: 'in_progress' }],
  [400, 'INVALID_REQUEST', { kind: 'invalid' }],
  [400, 'INVALID_IDEMPOTENCY_KEY', { kind: 'invalid' }],
  [401, 'UNAUTHORIZED_KEY', { kind: 'invalid' }],
  [403, 'FORBIDDEN_REQUEST', { kind: 'invalid' }],
  [400, 'NOT_MATCHES_CUSTOMER_KEY', { kind: 'invalid' }],
  [400, 'BELOW_MINIMUM_AMOUNT', { kind: 'invalid' }],
  [400, 'NOT_MATCHES_REFUNDABLE_AMOUNT', { kind: 'invalid' }],
  [403, 'NOT_CANCELABLE_AMOUNT', { kind: 'invalid' }],
  [403, 'REJECT_CARD_PAYMENT', { kind: 'declined', retry: 'retryable', scope: 'attempt' }],
  [403, 'REJECT_ACCOUNT_PAYMENT', { kind: 'declined', retry: 'retryable', scope: 'attempt' }],
  [403, 'FORBIDDEN_CONSECUTIVE_REQUEST', { kind: 'declined', retry: 'retryable', scope: 'attempt' }],
  [400, 'INVALID_REJECT_CARD', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [403, 'REJECT_CARD_COMPANY', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [403, 'EXCEED_MAX_AUTH_COUNT', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [404, 'NOT_FOUND_PAYMENT_SESSION', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [400, 'NOT_REGISTERED_CARD_COMPANY', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [400, 'REFUND_REJECTED', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [403, 'NOT_ALLOWED_PARTIAL_REFUND', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [403, 'EXCEED_MAX_REFUND_DUE', { kind: 'declined', retry: 'final', scope: 'attempt' }],
  [400, 'INVALID_STOPPED_CARD', { kind: 'declined', retry: 'final', scope: 'token' }],
  [400, 'INVALID_CARD_LOST_OR_STOLEN', { kind: 'declined', retry: 'final', scope: 'token' }],
  [400, 'INVALID_CARD_EXPIRATION', { kind: 'declined', retry: 'final', scope: 'token' }],
  [400, 'INVALID_CARD_NUMBER', { kind: 'declined', retry: 'final', scope: 'token' }],
  [400, 'INVALID_BILL_KEY_REQUEST', { kind: 'declined', retry: 'final', scope: 'token' }],
  [404, 'NOT_FOUND_BILLING', { kind: 'declined', retry: 'final', scope: 'token' }],
  [400, 'NOT_SUPPORTED_CARD_TYPE', { kind: 'declined', retry: 'final', scope: 'token' }],
]
const THEIR_TROUBLE = [
  'FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING',
  'FAILED_INTERNAL_SYSTEM_PROCESSING',
  'FAILED_METHOD_HANDLING',
  'FAILED_METHOD_HANDLING_CANCEL',
  'FAILED_REFUND_PROCESS',
  'COMMON_ERROR',
  'UNKNOWN_ERROR',
]
const LIMITS = ['EXCEED_MAX_DAILY_PAYMENT_COUNT', 'EXCEED_MAX_PAYMENT_AMOUNT', 'EXCEED_MAX_AMOUNT']

function answered(status: number, body: unknown) {
  const bodyText = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answered', status, headers: {}, bodyText, durationMs: 1 } as const
}

const read = (status: number, body: unknown) =>
  readToss(PaymentBody, { result: answered(status, body), durationMs: 1 }, [])

describe('codes', () => {
  it.each(CODES)('%i %s', (status, code, outcome) => {
    const expected = outcome.kind === 'unknown' ? outcome : { ...outcome, code, message: '까닭' }
    expect(read(status, { code, message: '까닭' })).toMatchObject(expected)
  })

  it.each(THEIR_TROUBLE)('%s proves nothing, with 500 or 400', (code) => {
    for (const status of [500, 400])
      expect(read(status, { code, message: '' })).toMatchObject({ kind: 'unknown', reason: 'http_5xx' })
  })

  it.each(LIMITS)('%s passes with time', (code) => {
    expect(read(400, { code, message: '' })).toMatchObject({
      kind: 'declined',
      retry: 'retryable',
      scope: 'attempt',
      code,
    })
  })

  it('are all listed here', () => {
    expect(TOSS_CODES.toSorted()).toEqual([...CODES.map(([, code]) => code), ...THEIR_TROUBLE].toSorted())
  })
})

describe('answers that no table knows', () => {
  it.each([
    [400, { code: 'BRAND_NEW' }, { kind: 'unknown', reason: 'unlisted_code' }],
    [400, { code: 'constructor' }, { kind: 'unknown', reason: 'unlisted_code' }],
    [400, { code: 1 }, { kind: 'unknown', reason: 'bad_body' }],
    [403, '<html>', { kind: 'unknown', reason: 'bad_body' }],
    [404, { code: 'NOT_FOUND' }, { kind: 'unknown', reason: 'unlisted_code' }],
    [302, '', { kind: 'unknown', reason: 'bad_body' }],
    [401, '', { kind: 'invalid', code: 'http_401' }],
    [429, { code: 'REJECT_CARD_PAYMENT' }, { kind: 'unknown', reason: 'rate_limited' }],
    [500, { code: 'REJECT_CARD_PAYMENT' }, { kind: 'unknown', reason: 'http_5xx' }],
    [502, '<html>', { kind: 'unknown', reason: 'http_5xx' }],
    [200, { code: 'REJECT_CARD_PAYMENT' }, { kind: 'unknown', reason: 'bad_body' }],
  ])('HTTP %i %j', (status, body, outcome) => {
    expect(read(status, body)).toMatchObject(outcome)
  })

  it('a code counts with 4xx only', () => {
    const body = { code: 'NOT_FOUND_PAYMENT' }
    expect(hasCode(answered(404, body), 'NOT_FOUND_PAYMENT')).toBe(true)
    expect(hasCode(answered(404, body), 'NOT_FOUND_BILLING')).toBe(false)
    expect(hasCode(answered(404, '<html>'), 'NOT_FOUND_PAYMENT')).toBe(false)
    expect(hasCode(answered(500, body), 'NOT_FOUND_PAYMENT')).toBe(false)
    expect(hasCode(answered(200, body), 'NOT_FOUND_PAYMENT')).toBe(false)
    expect(hasCode({ kind: 'not_sent', reason: 'dns' }, 'NOT_FOUND_PAYMENT')).toBe(false)
  })
})

describe('health', () => {
  it.each([
    [200, {}, 'success'],
    [200, '', 'failure'],
    [200, '<html>', 'failure'],
    [403, { code: 'REJECT_CARD_PAYMENT' }, 'success'],
    [429, {}, 'failure'],
    [500, { code: 'UNKNOWN_ERROR' }, 'failure'],
  ])('HTTP %i %j is a %s', (status, body, verdict) => {
    expect(tossVerdict(answered(status, body))).toBe(verdict)
  })
})

import { describe, expect, it } from 'vitest'
import { readKakaoPay } from './answers.ts'
import { isListed, KAKAOPAY_CODES } from './codes.ts'
import { ApprovalBody } from './schemas.ts'

/** Every documented code with what it proves; written down apart from the table of the adapter. */
const INVALID = [
  -701, -703, -704, -705, -706, -707, -710, -711, -721, -722, -724, -725, -726, -730, -731, -732, -733, -761,
  -798, -799,
]
const UNKNOWN: [number, string][] = [
  [-702, 'already_processed'],
  [-708, 'already_processed'],
  [-783, 'already_processed'],
  [-784, 'already_processed'],
  [-785, 'already_processed'],
  [-780, 'unlisted_code'],
  [-781, 'unlisted_code'],
  [-782, 'unlisted_code'],
]
const DECLINED: [number, string, string][] = [
  [-723, 'final', 'attempt'],
  [-750, 'final', 'token'],
  [-751, 'final', 'token'],
  [-752, 'retryable', 'attempt'],
  [-753, 'final', 'token'],
  [-797, 'retryable', 'attempt'],
]

/** The outcome of one answer with this status and body. */
function read(status: number, body: unknown) {
  const bodyText = typeof body === 'string' ? body : JSON.stringify(body)
  const result = { kind: 'answered', status, headers: {}, bodyText, durationMs: 1 } as const
  return readKakaoPay(ApprovalBody, { result, durationMs: 1 }, [])
}

describe.each([400, 500])('with HTTP %i', (status) => {
  it.each(INVALID)('%i is our own mistake', (error_code) => {
    expect(read(status, { error_code, error_message: 'why' })).toMatchObject({
      kind: 'invalid',
      code: String(error_code),
      message: 'why',
    })
  })

  it.each(UNKNOWN)('%i proves nothing: %s', (error_code, reason) => {
    expect(read(status, { error_code, error_message: 'why' })).toMatchObject({ kind: 'unknown', reason })
  })

  it.each(DECLINED)('%i is a refusal (%s, %s)', (error_code, retry, scope) => {
    expect(read(status, { error_code, error_message: 'why' })).toMatchObject({
      kind: 'declined',
      retry,
      scope,
      code: String(error_code),
    })
  })

  it.each([-780, -782])('%i with a reason of the method is a refusal', (error_code) => {
    const extras = { method_result_code: 'LACK_BALANCE', method_result_message: '잔액이 부족합니다.' }
    expect(read(status, { error_code, error_message: 'why', extras })).toMatchObject({
      kind: 'declined',
      retry: 'retryable',
      scope: 'attempt',
      code: `${error_code}:LACK_BALANCE`,
      message: '잔액이 부족합니다.',
    })
  })

  it.each([{}, null, { method_result_code: '' }, { method_result_code: null }])(
    '-782 with empty extras %j is no refusal',
    (extras) => {
      expect(read(status, { error_code: -782, error_message: 'why', extras })).toMatchObject({
        kind: 'unknown',
      })
    },
  )

  it('reads the names of the older API and codes sent as text', () => {
    expect(read(status, { code: -751, msg: 'sid' })).toMatchObject({
      kind: 'declined',
      code: '-751',
      message: 'sid',
    })
    expect(read(status, { error_code: '-751' })).toMatchObject({ kind: 'declined', code: '-751' })
  })
})

it('lists each documented code once', () => {
  const known = [...INVALID, ...UNKNOWN.map(([code]) => code), ...DECLINED.map(([code]) => code)]
  expect(KAKAOPAY_CODES.toSorted()).toEqual(known.map(String).toSorted())
  expect(isListed('-782')).toBe(true)
  expect(isListed('toString')).toBe(false)
})

describe('answers that no table knows', () => {
  it.each([
    [400, { error_code: -9999 }, { kind: 'unknown', reason: 'unlisted_code' }],
    [400, { error_code: 'constructor' }, { kind: 'unknown', reason: 'unlisted_code' }],
    [400, {}, { kind: 'unknown', reason: 'bad_body' }],
    [400, '<html>', { kind: 'unknown', reason: 'bad_body' }],
    [302, '', { kind: 'unknown', reason: 'bad_body' }],
    [204, '', { kind: 'unknown', reason: 'bad_body' }],
    [401, { error_code: -401, error_message: 'key' }, { kind: 'invalid', code: '-401', message: 'key' }],
    [403, '<html>', { kind: 'invalid', code: 'http_403' }],
    [404, '', { kind: 'invalid', code: 'http_404' }],
    [429, { error_code: -751 }, { kind: 'unknown', reason: 'rate_limited' }],
    [500, { error_code: -1 }, { kind: 'unknown', reason: 'http_5xx' }],
    [502, '<html>', { kind: 'unknown', reason: 'http_5xx' }],
    [200, { error_code: -751 }, { kind: 'unknown', reason: 'bad_body' }],
    [200, [], { kind: 'unknown', reason: 'bad_body' }],
    [200, 'null', { kind: 'unknown', reason: 'bad_body' }],
  ])('HTTP %i %j', (status, body, outcome) => {
    expect(read(status, body)).toMatchObject(outcome)
  })
})

import { describe, expect, it } from 'vitest'
import { noteOf, redacted, withoutAnswer } from './answers.ts'
import { cut, instantFrom, wonFrom } from './provider-values.ts'

describe('what is written down', () => {
  it.each([
    ['{"sid":"S123","tid":"T1"}', '{"sid":"***","tid":"T1"}'],
    ['{"billingKey" : "a\\"b","x":1}', '{"billingKey" : "***","x":1}'],
    ['{"authKey":12345}', '{"authKey":"***"}'],
    ['{"tid":"T1","sid":"S12', '{"tid":"T1","sid":"***"'],
    ['{"inside":"aside"}', '{"inside":"aside"}'],
    ['no JSON: KEY/1 and KEY%2F1', 'no JSON: *** and ***'],
  ])('%s', (text, clean) => {
    expect(redacted(text, ['KEY/1', ''])).toBe(clean)
  })

  it('is short, and cut only after the secrets are out', () => {
    const text = `${'x'.repeat(1_995)}SECRETKEY`
    const clean = redacted(text, ['SECRETKEY'])
    expect(clean).toHaveLength(1_998)
    expect(clean).not.toContain('SECRET')
    expect(redacted('y'.repeat(5_000), [])).toHaveLength(2_000)
  })

  it('keeps the status of an answer that was cut off', () => {
    const result = {
      kind: 'no_answer',
      reason: 'truncated',
      sentAt: 0,
      bytesReceived: 5,
      status: 200,
    } as const
    expect(noteOf({ result, durationMs: 7 }, [])).toEqual({ httpStatus: 200, body: '', durationMs: 7 })
  })
})

describe('a call without an answer', () => {
  const wire = { body: '', durationMs: 1 }

  it.each([
    ['timeout', 'timeout'],
    ['reset', 'reset'],
    ['truncated', 'bad_body'],
    ['too_large', 'bad_body'],
  ] as const)('after sending (%s) is unknown: %s', (reason, known) => {
    const lost = { kind: 'no_answer', reason, sentAt: 0, bytesReceived: 0 } as const
    expect(withoutAnswer(lost, wire)).toEqual({ kind: 'unknown', reason: known, wire })
  })

  it.each([
    ['dns', 5_000],
    ['refused', 5_000],
    ['connect_timeout', 5_000],
    ['tls', 5_000],
    ['bulkhead_full', 1_000],
    ['aborted_before_send', 1_000],
  ] as const)('never sent (%s) is unavailable', (reason, retryAfterMs) => {
    expect(withoutAnswer({ kind: 'not_sent', reason }, wire)).toEqual({
      kind: 'unavailable',
      reason,
      retryAfterMs,
    })
  })

  it('passes on when the breaker lets the next one through', () => {
    const open = { kind: 'not_sent', reason: 'breaker_open', retryAfterMs: 123 } as const
    expect(withoutAnswer(open, wire)).toMatchObject({ retryAfterMs: 123 })
  })
})

describe('values of providers', () => {
  it.each([
    ['2023-07-15T21:18:22', '2023-07-15T12:18:22Z'],
    ['2023-07-15T21:18:22.123456', '2023-07-15T12:18:22.123456Z'],
    ['2022-01-01T00:00:00+09:00', '2021-12-31T15:00:00Z'],
    ['2022-01-01T00:00:00Z', '2022-01-01T00:00:00Z'],
    ['yesterday', undefined],
    ['', undefined],
    [null, undefined],
  ])('time %s', (text, instant) => {
    expect(instantFrom(text)?.toString()).toBe(instant)
  })

  it.each([
    [100, 100],
    ['100', 100],
    [-1, undefined],
    [1.5, undefined],
    ['', undefined],
    ['abc', undefined],
    [null, undefined],
  ])('money %j', (value, amount) => {
    expect(wonFrom(value)).toBe(amount)
  })

  it('a name is cut between characters', () => {
    expect(cut('홍삼정', 2)).toBe('홍삼')
    expect(cut('a😀b', 2)).toBe('a😀')
    expect(cut('abc', 3)).toBe('abc')
  })
})

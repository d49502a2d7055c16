import { expect, it } from 'vitest'
import { fingerprintOf } from './idempotency.ts'

it('a fingerprint tells moments apart, and refuses what it cannot see', () => {
  const at = (text: string) => fingerprintOf({ at: Temporal.Instant.from(text) })
  expect(at('2026-01-01T00:00:00Z')).not.toBe(at('2026-01-01T00:00:01Z'))
  expect(at('2026-01-01T00:00:00Z')).toBe(fingerprintOf({ at: '2026-01-01T00:00:00Z' }))
  expect(fingerprintOf({ a: 1, b: [undefined, 2] })).toBe(fingerprintOf({ b: [null, 2], a: 1, c: undefined }))
  for (const unseen of [new Map([['a', 1]]), new Set([1]), () => 1, Symbol('a')])
    expect(() => fingerprintOf({ unseen })).toThrow(TypeError)
})

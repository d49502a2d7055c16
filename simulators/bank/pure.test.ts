import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seoulMonth, seoulOffset } from './clock.ts'
import { createFaults, drawLatency } from './faults/plan.ts'
import { includedVat } from './fields.ts'
import { escapeHtml } from './html.ts'
import { withQuery } from './http/return.ts'
import { createIds, seededRandom } from './random.ts'

test('random numbers lie in [0, 1), repeat with their seed, and spread evenly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
      const [a, b] = [seededRandom(seed), seededRandom(seed)]
      const drawn = Array.from({ length: 400 }, a)
      expect(drawn).toEqual(Array.from({ length: 400 }, b))
      expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true)
      const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.12)
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('ids have 20 characters and never repeat for different serials', () => {
  fc.assert(
    fc.property(
      fc.nat(2 ** 31),
      fc.uniqueArray(fc.nat(Number.MAX_SAFE_INTEGER), { minLength: 2, maxLength: 50 }),
      (seed, serials) => {
        const makeId = createIds(seed)
        const ids = serials.map((serial) => makeId('T', serial))
        expect(ids.every((id) => /^T1\d{18}$/.test(id))).toBe(true)
        expect(new Set(ids).size).toBe(serials.length)
      },
    ),
  )
})

test('delays stay inside their bounds, and a lognormal one is around its median', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), fc.nat(), (low, span, seed) => {
      const random = seededRandom(seed)
      const uniform = { kind: 'latency', distribution: 'uniform', minMs: low, maxMs: low + span } as const
      const drawn = drawLatency(uniform, random)
      expect(drawn).toBeGreaterThanOrEqual(low)
      expect(drawn).toBeLessThanOrEqual(low + span)
      const capped = {
        kind: 'latency',
        distribution: 'lognormal',
        medianMs: low,
        sigma: 3,
        maxMs: 500,
      } as const
      expect(drawLatency(capped, random)).toBeLessThanOrEqual(500)
    }),
  )
  const random = seededRandom(5)
  const lognormal = { kind: 'latency', distribution: 'lognormal', medianMs: 200, sigma: 0.5 } as const
  const drawn = Array.from({ length: 2001 }, () => drawLatency(lognormal, random)).sort((a, b) => a - b)
  expect(drawn[1000]).toBeGreaterThan(180)
  expect(drawn[1000]).toBeLessThan(220)
})

test('a rule strikes as often as its probability says', () => {
  const faults = createFaults(3)
  faults.set([{ match: { probability: 0.2 }, effects: [{ kind: 'reset_before' }] }], false)
  const facts = { provider: 'kakaopay', operation: 'subscription' } as const
  const struck = Array.from({ length: 5000 }, () => faults.draw(facts, 1)).filter(
    ({ effects }) => effects.length > 0,
  )
  expect(struck.length).toBeGreaterThan(900)
  expect(struck.length).toBeLessThan(1100)
})

test('query parameters are added without touching the address', () => {
  expect(withQuery('http://a/b', { t: '1' })).toBe('http://a/b?t=1')
  expect(withQuery('http://a/b?', { t: '1' })).toBe('http://a/b?t=1')
  expect(withQuery('http://a/b?x=%20y', { t: '1 &' })).toBe('http://a/b?x=%20y&t=1+%26')
  expect(withQuery('http://a/b?x#h', { t: '1' })).toBe('http://a/b?x&t=1#h')
  expect(withQuery('http://a/b#h', {})).toBe('http://a/b#h')
})

test('VAT is an eleventh of the taxable part, rounded', () => {
  expect([includedVat(15_000, 0), includedVat(11_000, 1100), includedVat(5, 0), includedVat(7, 7)]).toEqual([
    1364, 900, 0, 0,
  ])
})

test('Seoul is nine hours ahead', () => {
  const newYear = Date.parse('2025-12-31T15:00:00Z')
  expect([seoulOffset(newYear), seoulMonth(newYear)]).toEqual(['2026-01-01T00:00:00+09:00', '2026-01'])
})

test('HTML is escaped wherever it could end text or an attribute', () => {
  expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;')
})

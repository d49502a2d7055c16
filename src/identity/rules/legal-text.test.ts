import { describe, expect, it } from 'vitest'
import { announced, effectiveOn, inForce, type LegalText } from './legal-text.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const text = (version: string, from: string, keptAt = `${from}T00:00:00Z`): LegalText => ({
  kind: 'terms',
  version,
  text: { ko: version, en: version },
  effectiveOn: day(from),
  keptAt: Temporal.Instant.from(keptAt),
})

describe('versions of a legal text', () => {
  const [first, second, third] = [
    text('1', '2026-01-01'),
    text('2', '2026-06-01'),
    text('3', '2026-06-01', '2026-06-01T00:00:01Z'),
  ] as const

  it('count from their day on, and are announced before it', () => {
    const all = [second, first]
    expect(inForce(all, day('2025-12-31'))).toBeUndefined()
    expect(inForce(all, day('2026-05-31'))).toBe(first)
    expect(inForce(all, day('2026-06-01'))).toBe(second)
    expect(announced(all, day('2025-12-31'))).toBe(first)
    expect(announced(all, day('2026-05-31'))).toBe(second)
    expect(announced(all, day('2026-06-01'))).toBeUndefined()
  })

  it('of one day: the later one', () => {
    expect(inForce([third, first, second], day('2026-06-01'))).toBe(third)
  })

  it('begin at once when there was none, and after their notice otherwise', () => {
    expect(effectiveOn('terms', [], day('2026-11-30')).toString()).toBe('2026-11-30')
    expect(effectiveOn('terms', [first], day('2026-11-30')).toString()).toBe('2026-12-30')
    expect(effectiveOn('refunds', [first], day('2026-11-30')).toString()).toBe('2026-12-30')
    expect(effectiveOn('privacy', [first], day('2026-11-30')).toString()).toBe('2026-12-07')
  })
})

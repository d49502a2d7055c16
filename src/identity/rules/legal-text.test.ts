import { describe, expect, it } from 'vitest'
import { announced, effectiveOn, inForce, type LegalText, whenOpened } from './legal-text.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const text = (version: string, from: string, announcedAt = `${from}T00:00:00Z`): LegalText => ({
  id: `${version} ${from}`,
  kind: 'terms',
  version,
  text: { ko: version, en: version },
  effectiveOn: day(from),
  announcedAt: Temporal.Instant.from(announcedAt),
  withdrawnAt: null,
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

  it('that are taken back never count; the one before them goes on', () => {
    const all = [first, { ...second, withdrawnAt: second.announcedAt }]
    expect(inForce(all, day('2026-07-01'))).toBe(first)
    expect(announced(all, day('2026-05-31'))).toBeUndefined()
  })

  it('are announced by who opens with them, and taken back by who opens with another one', () => {
    const opened = (versions: LegalText[], version: string, today: string) =>
      whenOpened(versions, version, day(today))
    expect(opened([], '1', '2026-05-01')).toEqual({ withdraw: [], announce: true })
    expect(opened([first, second], '2', '2026-05-01')).toEqual({ withdraw: [], announce: false })
    expect(opened([first, second], '1', '2026-05-01')).toEqual({ withdraw: [second], announce: false })
    expect(opened([first, second], '3', '2026-05-01')).toEqual({ withdraw: [second], announce: true })
    // Back to an earlier one, once the other one counts.
    expect(opened([first, second], '1', '2026-06-01')).toEqual({ withdraw: [], announce: true })
    const taken = { ...second, withdrawnAt: second.announcedAt }
    expect(opened([first, taken], '2', '2026-05-01')).toEqual({ withdraw: [], announce: true })
  })

  it('begin at once when there was none, and after their notice otherwise', () => {
    expect(effectiveOn('terms', [], day('2026-11-30')).toString()).toBe('2026-11-30')
    expect(effectiveOn('terms', [first], day('2026-11-30')).toString()).toBe('2026-12-30')
    expect(effectiveOn('refunds', [first], day('2026-11-30')).toString()).toBe('2026-12-30')
    expect(effectiveOn('privacy', [first], day('2026-11-30')).toString()).toBe('2026-12-07')
  })
})

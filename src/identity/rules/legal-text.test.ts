import { describe, expect, it } from 'vitest'
import {
  announced,
  effectiveOn,
  inForce,
  inForceAt,
  type LegalKind,
  type LegalText,
  whenOpened,
} from './legal-text.ts'

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

  it('counted at a moment by what was announced until then', () => {
    const [morning, evening] = [
      text('a.here', '2026-06-01', '2026-05-01T00:00:00Z'),
      text('a.there', '2026-06-02', '2026-06-02T10:00:00Z'),
    ]
    const at = (moment: string, on: string) =>
      inForceAt([evening, morning], Temporal.Instant.from(moment), day(on))
    expect(at('2026-05-31T14:59:00Z', '2026-05-31')).toBeUndefined()
    expect(at('2026-05-31T15:00:00Z', '2026-06-01')).toBe(morning)
    expect(at('2026-06-02T09:59:59Z', '2026-06-02')).toBe(morning)
    expect(at('2026-06-02T10:00:00Z', '2026-06-02')).toBe(evening)
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

  const begins = (kind: LegalKind, version: string, earlier: LegalText[], today = '2026-11-30') =>
    effectiveOn({ kind, version }, earlier, day(today)).toString()

  it('begin at once when there was none, and after their notice otherwise', () => {
    expect(begins('terms', '2', [])).toBe('2026-11-30')
    expect(begins('terms', '2', [first])).toBe('2026-12-30')
    expect(begins('refunds', '2', [first])).toBe('2026-12-30')
    expect(begins('privacy', '2', [first])).toBe('2026-12-07')
  })

  it('that say the same of another seller begin at once, and take the place of what was announced', () => {
    const [here, there] = [text('a.here', '2026-01-01'), text('a.there', '2026-06-01')]
    const next = text('b.here', '2026-06-15')
    expect(begins('terms', 'a.there', [here], '2026-05-20')).toBe('2026-05-20')
    expect(begins('terms', 'b.there', [here], '2026-05-20')).toBe('2026-06-19')
    expect(whenOpened([here], 'a.there', day('2026-05-20'))).toEqual({ withdraw: [], announce: true })
    // An earlier release announced it for later.
    expect(whenOpened([here, there], 'a.there', day('2026-05-20'))).toEqual({
      withdraw: [there],
      announce: true,
    })
    // What is to come keeps its day when the seller moves before it.
    expect(whenOpened([here, next], 'b.there', day('2026-05-20'))).toEqual({
      withdraw: [next],
      announce: true,
    })
    expect(begins('terms', 'b.there', [here, next], '2026-05-20')).toBe('2026-06-15')
    // What counts has been announced long enough: another one with it takes its place at once.
    expect(begins('terms', 'b.there', [here, next], '2026-06-15')).toBe('2026-06-15')
  })
})

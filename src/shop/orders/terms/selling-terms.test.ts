import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import {
  beginningOf,
  MOST_DAYS_AHEAD,
  type PublishedTerms,
  type SellingTerms,
  termsState,
  versionAt,
} from './selling-terms.ts'

const terms: SellingTerms = {
  delivery: { fee: won(3_000), freeFrom: won(30_000) },
  returns: { returnFee: won(3_000), exchangeFee: won(6_000) },
  recurringDiscount: 5,
}
const NOW = Temporal.Instant.from('2026-11-30T00:00:00Z')
const minutes = (count: number) => NOW.add({ minutes: count })
const published = (version: number, from: number): PublishedTerms => ({
  version,
  terms,
  validFrom: minutes(from),
  publishedAt: minutes(from - 1),
  publishedBy: 'somebody',
})

describe('terms of selling', () => {
  it('hold from their moment on until newer ones begin', () => {
    const versions = [published(1, 0), published(2, 10), published(3, 20)]
    const at = (minute: number) => versionAt(versions, minutes(minute))?.version
    expect([-1, 0, 9, 10, 19, 20, 999].map(at)).toEqual([undefined, 1, 1, 2, 2, 3, 3])
  })

  it('are planned, in force and past; those never in force are replaced', () => {
    // 2 is for later; 3 was published after it, for before it.
    const versions = [published(1, 0), published(2, 30), published(3, 20), published(4, 40)]
    const states = (minute: number) => versions.map((one) => termsState(one, versions, minutes(minute)))
    expect(states(-1)).toEqual(['planned', 'replaced', 'planned', 'planned'])
    expect(states(10)).toEqual(['in_force', 'replaced', 'planned', 'planned'])
    expect(states(35)).toEqual(['past', 'replaced', 'in_force', 'planned'])
    expect(states(40)).toEqual(['past', 'replaced', 'past', 'in_force'])
  })

  it('of any versions are in force exactly where the moment says so', () => {
    const anyVersions = fc
      .array(fc.integer({ min: -50, max: 50 }), { maxLength: 8 })
      .map((starts) => starts.map((from, index) => published(index + 1, from)))
    fc.assert(
      fc.property(anyVersions, fc.integer({ min: -60, max: 60 }), (versions, minute) => {
        const inForce = versionAt(versions, minutes(minute))
        for (const one of versions) {
          const state = termsState(one, versions, minutes(minute))
          expect(state === 'in_force').toBe(one === inForce)
          if (state === 'planned') expect(Temporal.Instant.compare(one.validFrom, minutes(minute))).toBe(1)
          // What is replaced holds at no moment at all, once what replaces it is known.
          if (state === 'replaced')
            for (let at = -60; at <= 60; at += 1) expect(versionAt(versions, minutes(at))).not.toBe(one)
        }
      }),
    )
  })

  it('begin when every process knows them, and not when that has passed or is far away', () => {
    expect(beginningOf(null, NOW)).toEqual(minutes(1))
    expect(beginningOf(NOW, NOW)).toEqual(minutes(1))
    expect(beginningOf(NOW.add({ seconds: 61 }), NOW)).toEqual(NOW.add({ seconds: 61 }))
    expect(beginningOf(NOW.subtract({ milliseconds: 1 }), NOW)).toBeUndefined()
    const latest = NOW.add({ hours: 24 * MOST_DAYS_AHEAD })
    expect(beginningOf(latest, NOW)).toEqual(latest)
    expect(beginningOf(latest.add({ milliseconds: 1 }), NOW)).toBeUndefined()
  })
})

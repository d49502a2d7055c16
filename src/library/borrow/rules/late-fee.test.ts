import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { lateDays, lateFee } from './late-fee.ts'
import type { LateFeePolicy } from './policy.ts'
import { BANDS } from './rules.fixture.ts'

const flat: LateFeePolicy = { mode: 'flat', bands: BANDS }
const marginal: LateFeePolicy = { mode: 'marginal', bands: BANDS, cap: won(1_000_000) }

describe('late fees', () => {
  it.each([
    [0, 0, 0],
    [1, 500, 500],
    [7, 500, 3_500],
    [8, 1_000, 4_500],
    [14, 1_000, 10_500],
    [15, 2_000, 12_500],
    [30, 2_000, 42_500],
    [365, 2_000, 712_500],
  ])('%i days late: %i won flat, %i by the day', (days, whole, byDay) => {
    expect(lateFee(flat, days)).toBe(whole)
    expect(lateFee(marginal, days)).toBe(byDay)
  })

  it('stop at the cap', () => {
    expect(lateFee({ ...marginal, cap: won(4_000) }, 7)).toBe(3_500)
    expect(lateFee({ ...marginal, cap: won(4_000) }, 8)).toBe(4_000)
    expect(lateFee({ ...marginal, cap: won(4_000) }, 3_650)).toBe(4_000)
  })

  it('never fall with the days', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (a, b) => {
        for (const policy of [flat, marginal])
          expect(lateFee(policy, Math.min(a, b))).toBeLessThanOrEqual(lateFee(policy, Math.max(a, b)))
      }),
    )
  })
})

describe('late days', () => {
  const due = Temporal.PlainDate.from('2028-02-28')
  it.each([
    ['2028-02-27', 0],
    ['2028-02-28', 0],
    ['2028-02-29', 1],
    ['2028-03-01', 2],
    ['2029-02-28', 366],
  ])('of a return on %s: %i', (day, late) => {
    expect(lateDays(due, Temporal.PlainDate.from(day))).toBe(late)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KillMode, planKills, planPurchase } from './plan.ts'
import { planRegistration, VISITS } from './registrations/plan.ts'

const seed = fc.integer({ min: 0, max: 1_000_000 })
const mode = fc.constantFrom<KillMode>('server', 'database', 'both', 'all')

describe('the plan of a run', () => {
  it('kills exactly as often as asked, in the order of the purchases, before they are over', () => {
    fc.assert(
      fc.property(seed, mode, fc.integer({ min: 0, max: 40 }), (seed, mode, kills) => {
        const plans = planKills(seed, mode, kills, 500)
        const counted = plans.reduce((n, plan) => n + (plan.againAfterMs === undefined ? 1 : 2), 0)
        const thresholds = plans.map((plan) => plan.afterPurchases)
        expect(counted).toBe(kills)
        expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b))
        expect(thresholds.every((threshold) => threshold < 500)).toBe(true)
        if (mode !== 'both' && mode !== 'all') expect(plans.every(({ target }) => target === mode)).toBe(true)
      }),
    )
  })

  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(seed, fc.nat(1_000), (seed, number) => {
        const { random: _, ...plan } = planPurchase(seed, number, 1_001)
        const { random: __, ...again } = planPurchase(seed, number, 1_001)
        expect(again).toEqual(plan)
      }),
    )
  })

  it('has customers pay at both providers, by card and transfer, and turn from one to the other', () => {
    const plans = Array.from({ length: 1_000 }, (_, number) => planPurchase(7, number, 1_001).payment)
    const ways = plans.map(({ providers, byTransfer, receipt }) => [...providers, byTransfer, receipt].join())
    expect(new Set(ways).size).toBe(2 ** 4)
  })

  it('has customers do everything one can do about methods, at both providers', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const plans = Array.from({ length: 1_000 }, (_, number) => planRegistration(seed, number))
        const made = plans.filter((plan) => plan !== undefined)
        expect(plans.map((_, number) => planRegistration(seed, number))).toEqual(plans)
        expect(plans[0]).toBeDefined()
        expect(made.length).toBeLessThan(500)
        expect(new Set(made.map(({ visit }) => visit))).toEqual(new Set(Object.keys(VISITS)))
        expect(new Set(made.map(({ provider }) => provider))).toEqual(new Set(['kakaopay', 'toss']))
      }),
      { numRuns: 20 },
    )
  })
})

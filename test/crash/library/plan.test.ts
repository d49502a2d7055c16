import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planStrikes, planVisit } from './plan.ts'

const VICTIMS = ['book', 'borrow', 'dashboard', 'gateway', 'broker']
const seed = fc.integer({ min: 0, max: 1_000_000 })
const plan = (seed: number, kills: number) =>
  planStrikes(seed, { kills, visits: 500, victims: VICTIMS, twice: ['book', 'borrow'] })

describe('the plan of a run through the library', () => {
  it('kills exactly as often as asked, in the order of the visits, before they are over', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 0, max: 40 }), (seed, kills) => {
        const strikes = plan(seed, kills)
        const counted = strikes.reduce(
          (n, { victims, againAfterMs }) => n + victims.length + (againAfterMs === undefined ? 0 : 1),
          0,
        )
        const thresholds = strikes.map(({ afterVisits }) => afterVisits)
        expect(counted).toBe(kills)
        expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b))
        expect(thresholds.every((threshold) => threshold < 500)).toBe(true)
      }),
    )
  })

  it('spares nobody until everybody had their turn', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const first = plan(seed, 20)
          .flatMap(({ victims }) => victims)
          .slice(0, VICTIMS.length)
        expect(new Set(first)).toEqual(new Set(VICTIMS))
      }),
    )
  })

  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(seed, fc.nat(1_000), (seed, number) => {
        const { random: _, ...visit } = planVisit(seed, number)
        expect(planVisit(seed, number)).toMatchObject(visit)
        expect(plan(seed, 12)).toEqual(plan(seed, 12))
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { beginningOf, fallingAway, heldBefore, momentOf, type Published, untilNext } from './draft.ts'

const inForce = {
  deliveryFee: 3_000,
  freeFrom: 30_000,
  returnFee: 3_000,
  exchangeFee: 6_000,
  recurringDiscount: 0,
}
const version = (
  number: number,
  state: Published['state'],
  validFrom: string,
  deliveryFee: number,
): Published => ({
  version: number,
  state,
  validFrom,
  publishedAt: '2026-11-30T00:00:00Z',
  publishedBy: 'somebody',
  terms: { ...inForce, deliveryFee },
})

describe('terms that are being written', () => {
  it('begin with those that hold just before their moment', () => {
    const data = [
      version(5, 'planned', '2027-02-15T00:00:00Z', 5_000),
      version(4, 'planned', '2027-01-01T00:00:00Z', 4_000),
      version(3, 'replaced', '2027-01-20T00:00:00Z', 9_000),
      version(2, 'in_force', '2026-11-01T00:00:00Z', 3_000),
      version(1, 'past', '2026-10-01T00:00:00Z', 1_000),
    ]
    const feeBefore = (from: string) => heldBefore({ data, inForce }, from).deliveryFee
    expect(feeBefore('2026-12-01T00:00:00Z')).toBe(3_000)
    expect(feeBefore('2026-12-31T23:59:59Z')).toBe(3_000)
    // One that begins at the very moment falls away, and is shown as such.
    expect(feeBefore('2027-01-01T00:00:00Z')).toBe(3_000)
    expect(fallingAway(data, '2027-01-01T00:00:00Z').map(({ version: one }) => one)).toEqual([5, 4])
    expect(feeBefore('2027-02-01T00:00:00Z')).toBe(4_000)
    expect(feeBefore('2027-03-01T00:00:00Z')).toBe(5_000)
    // The newer one holds, wherever it stands.
    expect(heldBefore({ data: data.toReversed(), inForce }, '2027-03-01T00:00:00Z').deliveryFee).toBe(5_000)
  })

  it('that begin as soon as they can leave those alone that begin before', () => {
    const now = new Date('2026-12-31T23:59:30Z')
    const soon = beginningOf(undefined, now)
    expect(soon).toBe('2027-01-01T00:00:30.000Z')
    // Published half a minute before, to hold as soon as it can: it holds for half a minute, and is what is changed.
    const data = [
      version(3, 'planned', '2027-02-15T00:00:00Z', 5_000),
      version(2, 'planned', '2027-01-01T00:00:00Z', 4_000),
      version(1, 'in_force', '2026-11-01T00:00:00Z', 3_000),
    ]
    expect(heldBefore({ data, inForce }, soon).deliveryFee).toBe(4_000)
    expect(fallingAway(data, soon).map(({ version: one }) => one)).toEqual([3])
    // A moment that is nearer than a minute is not kept to.
    expect(beginningOf('2026-12-31T23:59:40Z', now)).toBe(soon)
    expect(beginningOf('2027-01-05T00:00:00Z', now)).toBe('2027-01-05T00:00:00.000Z')
  })

  it('are asked for again when one of them begins', () => {
    const [past, soon, late] = [
      version(1, 'in_force', '2026-11-01T00:00:00Z', 3_000),
      version(2, 'planned', '2027-01-01T00:00:00Z', 4_000),
      version(3, 'planned', '2027-02-15T00:00:00Z', 5_000),
    ] as const
    const now = new Date('2026-12-31T23:59:30Z')
    expect(untilNext([past], now)).toBe(false)
    expect(untilNext([late, soon, past], now)).toBe(31_000)
    expect(untilNext([late, past], now)).toBe(3_600_000)
    expect(untilNext([soon], new Date('2027-01-01T00:00:10Z'))).toBe(1_000)
  })

  it('begin at a moment of Seoul, or at none that can be read', () => {
    expect(momentOf('2027-01-01T09:00')).toBe('2027-01-01T00:00:00.000Z')
    expect(momentOf('')).toBeUndefined()
    expect(momentOf('202701-01-01T09:00')).toBeNull()
  })
})

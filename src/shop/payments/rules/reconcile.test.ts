import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { SettledMovement } from '../provider.ts'
import { type BookedMovement, compareDay, keyOf } from './reconcile.ts'

const DAY = Temporal.PlainDate.from('2026-11-21')
const AT = Temporal.Instant.from('2026-11-21T03:00:00Z')

const charge = (n: number, amount = 1_000): SettledMovement => ({
  movement: 'charge',
  ref: `t${n}`,
  id: `c${n}`,
  merchantRef: `a${n}`,
  amount: won(amount),
  at: AT,
})
const refund = (n: number, amount = 1_000): SettledMovement => ({
  ...charge(n, amount),
  movement: 'refund',
  id: `r${n}`,
})
const bookedAs = (theirs: SettledMovement, day = DAY): BookedMovement => ({
  movement: theirs.movement,
  attemptId: theirs.merchantRef ?? '',
  key: keyOf(theirs),
  amount: theirs.amount,
  day,
})
const compare = (
  booked: readonly BookedMovement[],
  listed: readonly SettledMovement[],
  around: readonly SettledMovement[] = [],
) =>
  compareDay({ day: DAY, booked, listed, around, attemptOf: ({ merchantRef }) => merchantRef ?? undefined })
const found = (...input: Parameters<typeof compare>) =>
  compare(...input).differences.map(({ kind, movement, key, here, there }) => [
    kind,
    movement,
    key,
    here,
    there,
  ])

describe('a day', () => {
  it('agrees when every charge and refund is on both sides with its amount', () => {
    const both = [charge(1), charge(2), refund(2)]
    expect(
      compare(
        both.map((one) => bookedAs(one)),
        both,
      ),
    ).toEqual({ matched: 3, late: 0, differences: [] })
  })

  it('tells what is missing on either side, and another amount', () => {
    expect(found([], [charge(1)])).toEqual([['missing_here', 'charge', 't1', null, 1_000]])
    expect(found([bookedAs(refund(1))], [])).toEqual([['missing_there', 'refund', 'r1', 1_000, null]])
    expect(found([bookedAs(charge(1))], [charge(1, 999)])).toEqual([
      ['other_amount', 'charge', 't1', 1_000, 999],
    ])
    // A charge and a refund of one payment never answer for one another, nor does one for two.
    expect(found([bookedAs(charge(1))], [charge(1), refund(1), charge(1)])).toEqual([
      ['missing_here', 'refund', 'r1', null, 1_000],
      ['missing_here', 'charge', 't1', null, 1_000],
    ])
  })

  it('names our payment and both ids with a difference', () => {
    const { differences } = compare([bookedAs(charge(2))], [refund(1)])
    expect(differences).toEqual([
      {
        kind: 'missing_here',
        movement: 'refund',
        key: 'r1',
        providerRef: 't1',
        merchantRef: 'a1',
        attemptId: 'a1',
        here: null,
        there: 1_000,
      },
      {
        kind: 'missing_there',
        movement: 'charge',
        key: 't2',
        providerRef: 't2',
        merchantRef: 'a2',
        attemptId: 'a2',
        here: 1_000,
        there: null,
      },
    ])
    const strange = compareDay({
      day: DAY,
      booked: [],
      listed: [charge(9)],
      around: [],
      attemptOf: () => undefined,
    })
    expect(strange.differences[0]).toMatchObject({ attemptId: null, merchantRef: 'a9' })
  })

  it('is late, and not wrong, where the two sides have another day', () => {
    const tomorrow = DAY.add({ days: 1 })
    expect(compare([bookedAs(charge(1), tomorrow)], [charge(1)])).toEqual({
      matched: 0,
      late: 1,
      differences: [],
    })
    expect(compare([bookedAs(charge(1))], [], [charge(1)])).toEqual({ matched: 0, late: 1, differences: [] })
    expect(found([bookedAs(charge(1))], [], [charge(1, 5)])).toHaveLength(1)
    // What belongs to another day only is that day's business.
    expect(compare([bookedAs(charge(1), tomorrow)], [])).toEqual({ matched: 0, late: 0, differences: [] })
  })

  it('finds a charge known by evidence only by our own reference', () => {
    const evidence = { ...bookedAs(charge(1)), key: null }
    expect(compare([evidence], [charge(1)]).matched).toBe(1)
    expect(found([evidence], [])).toEqual([['missing_there', 'charge', 'a1', 1_000, null]])
    expect(found([{ ...evidence, movement: 'refund' }], [refund(1)])).toHaveLength(2)
  })
})

it('whatever is lost or added, exactly that is told', () => {
  const days = fc.uniqueArray(
    fc.record({ n: fc.nat(50), amount: fc.integer({ min: 1, max: 9_999 }), isRefund: fc.boolean() }),
    {
      selector: ({ n, isRefund }) => `${n} ${isRefund}`,
    },
  )
  fc.assert(
    fc.property(days, fc.array(fc.constantFrom('both', 'here', 'there', 'more')), (movements, fates) => {
      const all = movements.map(({ n, amount, isRefund }) =>
        isRefund ? refund(n, amount) : charge(n, amount),
      )
      const fate = (index: number) => fates[index] ?? 'both'
      const booked = all.filter((_, index) => fate(index) !== 'there').map((one) => bookedAs(one))
      const listed = all.flatMap((one, index) => {
        if (fate(index) === 'here') return []
        return [fate(index) === 'more' ? { ...one, amount: won(one.amount + 1) } : one]
      })
      const result = compare(booked, listed)
      const count = (kind: string) => result.differences.filter((one) => one.kind === kind).length
      const fated = (name: string) => all.filter((_, index) => fate(index) === name).length
      expect([result.matched, result.late]).toEqual([fated('both'), 0])
      expect([count('missing_there'), count('missing_here'), count('other_amount')]).toEqual([
        fated('here'),
        fated('there'),
        fated('more'),
      ])
    }),
  )
})

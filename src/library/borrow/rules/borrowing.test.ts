import { describe, expect, it } from 'vitest'
import { objectionsTo, type WantedLoan } from './borrowing.ts'
import { POLICY } from './rules.fixture.ts'

const patron = { id: 'p', category: 'adult', state: 'active', blockedReason: null } as const
const wanted = (more: Partial<WantedLoan> = {}): WantedLoan => ({
  patron,
  copiesOut: 0,
  copies: 1,
  stock: { kind: 'enough', title: '토지', lendable: 9 },
  isCopyOut: false,
  policy: POLICY,
  override: false,
  ...more,
})

describe('what stands against a loan', () => {
  it('is nothing while all is well, also when the catalogue does not answer', () => {
    expect(objectionsTo(wanted())).toEqual([])
    expect(objectionsTo(wanted({ stock: { kind: 'no_answer' } }))).toEqual([])
    expect(objectionsTo(wanted({ copiesOut: 6, copies: 4 }))).toEqual([])
  })

  it.each([
    [{ patron: undefined }, ['patron_unknown']],
    [{ patron: { ...patron, state: 'inactive' as const } }, ['patron_inactive']],
    [{ patron: { ...patron, blockedReason: '훼손' } }, ['patron_blocked']],
    [{ copiesOut: 7, copies: 4 }, ['over_limit']],
    [{ patron: { ...patron, category: 'child' as const }, copies: 6 }, ['over_limit']],
    [{ stock: { kind: 'book_unknown' as const } }, ['book_unknown']],
    [{ stock: { kind: 'book_withdrawn' as const, title: '', lendable: 0 } }, ['book_withdrawn']],
    [{ stock: { kind: 'not_enough' as const, title: '', lendable: 0 } }, ['not_enough_stock']],
    [{ stock: { kind: 'held_for_others' as const, title: '', lendable: 0 } }, ['held_for_others']],
    [{ isCopyOut: true, override: true }, ['copy_out']],
  ])('%o: %o', (more, objections) => expect(objectionsTo(wanted(more))).toEqual(objections))

  it('is told all at once', () => {
    const worst = wanted({
      patron: { ...patron, state: 'inactive', blockedReason: '훼손' },
      copiesOut: 10,
      stock: { kind: 'not_enough', title: '', lendable: 0 },
    })
    expect(objectionsTo(worst)).toEqual([
      'patron_inactive',
      'patron_blocked',
      'over_limit',
      'not_enough_stock',
    ])
    expect(objectionsTo({ ...worst, override: true })).toEqual(['patron_inactive', 'not_enough_stock'])
  })
})

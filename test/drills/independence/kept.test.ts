import { describe, expect, it } from 'vitest'
import { notKept, toldBy } from './kept.ts'

const LOAN = { id: 'l', patronId: 'p', book: { id: 'b' }, quantity: 1, out: 1, renewals: 1, state: 'pending' }
const ROW = {
  id: 'l',
  patronId: 'p',
  bookId: 'b',
  quantity: 1,
  state: 'active',
  version: 1,
  returned: 0,
  returns: 0,
  renewals: 1,
  lateFees: 0,
  dueOn: '2026-12-01',
  replacement: null,
}
const at = (row: Partial<typeof ROW>) => ({ loans: [{ ...ROW, ...row }], returns: [], holds: [] })
const borrowed = [{ operation: 'borrow' as const, told: toldBy('borrow', LOAN) }]

describe('what was accepted', () => {
  it('stands when a loan is lent, and does not when it came to nothing or is gone', () => {
    expect(notKept(borrowed, at({}))).toEqual([])
    for (const row of [{ state: 'cancelled' }, { state: 'pending' }, { id: 'other' }, { renewals: 0 }])
      expect(notKept(borrowed, at(row))).toHaveLength(1)
  })

  it('is looked up for returns and queues, too, and must say what it is', () => {
    const back = { loan: LOAN, returnNo: 1, copies: 1, fee: 0 }
    const hold = { id: 'h', book: { id: 'b' }, state: 'waiting' }
    const accepted = [
      { operation: 'return' as const, told: toldBy('return', back) },
      {
        operation: 'take back at the desk' as const,
        told: toldBy('take back at the desk', back),
      },
      { operation: 'join a queue' as const, told: toldBy('join a queue', hold) },
      { operation: 'borrow' as const, told: toldBy('borrow', {}) },
      { operation: 'search and read titles' as const, told: toldBy('search and read titles', {}) },
    ]
    expect(notKept(accepted, at({}))).toHaveLength(4)
    const returns = [{ loanId: 'l', no: 1, copies: 1, lateDays: 0, fee: 0 }]
    const holds = [{ id: 'h', bookId: 'b', patronId: 'p', state: 'waiting' }]
    expect(notKept(accepted, { ...at({}), returns, holds })).toHaveLength(1)
  })
})

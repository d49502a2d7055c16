import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  askRelease,
  copiesOut,
  isDueSoon,
  isPastDue,
  type Loan,
  onStockReply,
  passDueDate,
  type StockReply,
} from './loan.ts'
import { activeLoan, pendingLoan, START } from './rules.fixture.ts'

const decreased: StockReply = { kind: 'decreased', title: '토지' }
const out: StockReply = { kind: 'out', reason: 'not_enough', title: '토지' }
const released: StockReply = { kind: 'released' }

describe('answers of the catalogue', () => {
  it('stock taken makes a pending loan active, and a repeat changes nothing', () => {
    const first = onStockReply(pendingLoan(), decreased, START)
    if (first.kind !== 'changed') throw new Error('ignored')
    expect(first.loan).toMatchObject({ state: 'active', version: 2, title: '토지', returned: 0 })
    expect(copiesOut(first.loan)).toBe(4)
    for (const reply of [decreased, out, released])
      expect(onStockReply(first.loan, reply, START)).toEqual({ kind: 'ignored' })
  })

  it('no stock cancels it, for good', () => {
    const first = onStockReply(pendingLoan(), out, START)
    if (first.kind !== 'changed') throw new Error('ignored')
    expect(first.loan).toMatchObject({ state: 'cancelled', reason: 'out_of_stock', noStock: 'not_enough' })
    for (const reply of [decreased, out, released])
      expect(onStockReply(first.loan, reply, START)).toEqual({ kind: 'ignored' })
  })

  it.each(['patron', 'timeout'] as const)('after a cancel (%s) it never runs', (reason) => {
    const cancelling = askRelease(pendingLoan(), reason)
    expect(cancelling).toMatchObject({ state: 'cancelling', reason, version: 2 })
    expect(onStockReply(cancelling, decreased, START)).toEqual({ kind: 'ignored' })
    for (const reply of [out, released])
      expect(onStockReply(cancelling, reply, START)).toMatchObject({
        loan: { state: 'cancelled', reason, noStock: null, version: 3 },
      })
  })

  it('in any order and number leave a cancelled loan cancelled, and settle at most twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(decreased, out, released, 'cancel' as const), { maxLength: 12 }),
        (history) => {
          let loan: Loan = pendingLoan()
          let cancelled = false
          for (const step of history) {
            if (step === 'cancel') {
              if (loan.state === 'pending') loan = askRelease(loan, 'patron')
            } else {
              const result = onStockReply(loan, step, START)
              if (result.kind === 'changed') {
                expect(result.loan.version).toBe(loan.version + 1)
                loan = result.loan
              }
            }
            if (cancelled) expect(loan.state).toBe('cancelled')
            cancelled ||= loan.state === 'cancelled'
          }
          expect(loan.version).toBeLessThanOrEqual(3)
        },
      ),
    )
  })
})

describe('the due date', () => {
  it('is in time to its end, and late from the next day', () => {
    const loan = activeLoan()
    expect(isPastDue(loan, Temporal.PlainDate.from('2026-11-15'))).toBe(false)
    expect(isPastDue(loan, Temporal.PlainDate.from('2026-11-16'))).toBe(true)
    expect(passDueDate(loan)).toMatchObject({ state: 'overdue', version: 3, dueVersion: 1 })
  })
})

describe('a due date', () => {
  // Days before it, the days of the rules, and whether it is told of.
  it.each([
    [3, 2, false],
    [2, 2, true],
    [1, 2, true],
    [0, 2, true],
    [-1, 2, false],
    [0, 0, false],
    [5, 5, true],
  ])('%i days ahead is near by rules of %i days: %s', (left, daysBefore, near) => {
    const loan = activeLoan()
    expect(isDueSoon(loan, daysBefore, loan.dueOn.subtract({ days: left }))).toBe(near)
  })
})

import { describe, expect, it } from 'vitest'
import { passDueDate } from './loan.ts'
import { prolongLoan, type WantedRenewal } from './renewing.ts'
import { ALWAYS_OPEN, activeLoan, POLICY, pendingLoan } from './rules.fixture.ts'

const patron = { id: 'p', category: 'adult', state: 'active', blockedReason: null } as const
const wanted = (more: Partial<WantedRenewal> = {}): WantedRenewal => ({
  loan: activeLoan(),
  patron,
  holdWaiting: false,
  policy: POLICY,
  calendar: ALWAYS_OPEN,
  today: Temporal.PlainDate.from('2026-11-10'),
  override: false,
  ...more,
})

describe('a renewal', () => {
  it('moves the due date by the period, from the due date, and raises its version', () => {
    expect(prolongLoan(wanted())).toMatchObject({
      loan: { dueOn: Temporal.PlainDate.from('2026-11-29'), dueVersion: 2, renewals: 1, version: 3 },
    })
  })

  it.each([
    [{ holdWaiting: true }, ['hold_waiting']],
    [{ loan: { ...activeLoan(), renewals: 2 } }, ['renewals_used_up']],
    [{ loan: passDueDate(activeLoan()) }, ['loan_overdue']],
    [{ today: Temporal.PlainDate.from('2026-11-16') }, ['loan_overdue']],
    [{ patron: { ...patron, blockedReason: '훼손' } }, ['patron_blocked']],
    [{ today: Temporal.PlainDate.from('2026-12-01') }, ['loan_overdue', 'not_later']],
    [{ policy: { ...POLICY, loanDays: 0 } }, ['not_later']],
  ])('%o: %o', (more, objections) => {
    expect(prolongLoan(wanted(more))).toEqual({ kind: 'objections', objections })
  })

  it('may be allowed by a librarian, but for one that moves nothing', () => {
    const overdue = wanted({ loan: passDueDate(activeLoan()), holdWaiting: true, override: true })
    expect(prolongLoan(overdue)).toMatchObject({ loan: { state: 'active', dueVersion: 2 } })
    const late = { ...overdue, today: Temporal.PlainDate.from('2026-12-01') }
    expect(prolongLoan(late)).toEqual({ kind: 'objections', objections: ['not_later'] })
  })

  it('is refused of a loan that does not run', () => {
    expect(prolongLoan(wanted({ loan: pendingLoan() }))).toMatchObject({ code: 'loan_pending' })
  })
})

import { add, times, type Won, won, ZERO_WON } from '../../../platform/money.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { lateDays, lateFee } from './late-fee.ts'
import type { Loan, LostLoan, OverdueLoan, ReturnedLoan, RunningLoan } from './loan.ts'
import type { LendingPolicy } from './policy.ts'

/** Copies coming back. */
export interface GivenBack {
  readonly copies: number
  /** When they came into the house: now, or earlier when they lay in the book drop. */
  readonly effectiveAt: Temporal.Instant
  readonly now: Temporal.Instant
  /** The calendar day of an instant in Seoul. */
  dayOf(instant: Temporal.Instant): Temporal.PlainDate
}

/** Refusals: loan_pending, loan_not_active (cancelled or all returned), loan_lost (found copies are told as found). */
export function runningLoan(
  loan: Loan,
): RunningLoan | Refused<'loan_pending' | 'loan_lost' | 'loan_not_active'> {
  switch (loan.state) {
    case 'active':
    case 'overdue':
      return loan
    case 'pending':
      return refused('loan_pending')
    case 'lost':
      return refused('loan_lost')
    default:
      return refused('loan_not_active')
  }
}

/**
 * Some copies come back, or all. Charged once for this return, by the days it is late and the rules of the loan.
 * Refusals: those of {@link runningLoan}, too_many_copies with facts `{ out }`, effective_at_invalid (before the loan, or
 * in the future).
 */
export function giveBackCopies(
  loan: Loan,
  { copies, effectiveAt, now, dayOf }: GivenBack,
  policy: LendingPolicy,
):
  | { kind: 'returned'; loan: RunningLoan | ReturnedLoan; late: number; fee: Won }
  | RefusedBy<typeof runningLoan>
  | Refused<'too_many_copies' | 'effective_at_invalid'> {
  const current = runningLoan(loan)
  if ('kind' in current) return current
  const out = current.quantity - current.returned
  if (copies > out) return refused('too_many_copies', { facts: { out } })
  const day = dayOf(effectiveAt)
  const early = Temporal.PlainDate.compare(day, dayOf(current.borrowedAt)) < 0
  if (early || Temporal.Instant.compare(effectiveAt, now) > 0) return refused('effective_at_invalid')
  const late = lateDays(current.dueOn, day)
  const fee = lateFee(policy.lateFee, late)
  const back = {
    ...current,
    version: current.version + 1,
    returned: current.returned + copies,
    returns: current.returns + 1,
    lateFees: add(current.lateFees, fee),
  }
  const after: RunningLoan | ReturnedLoan =
    copies === out ? { ...back, state: 'returned', closedAt: now, givenUp: null } : back
  return { kind: 'returned', loan: after, late, fee }
}

/** The copies still out are given up; their replacement is charged, and no late fee. Refusals: as {@link runningLoan}. */
export function giveUpCopies(
  loan: Loan,
  policy: LendingPolicy,
  now: Temporal.Instant,
):
  | { kind: 'lost'; loan: LostLoan; copies: number }
  | Refused<'loan_pending' | 'loan_lost' | 'loan_not_active'> {
  const current = runningLoan(loan)
  if ('kind' in current) return current
  const copies = current.quantity - current.returned
  const replacement = times(policy.replacementPerCopy, copies)
  const lost: LostLoan = { ...current, state: 'lost', version: current.version + 1, lostAt: now, replacement }
  return { kind: 'lost', loan: lost, copies }
}

/** Whether copies are late for so long that they are given up. */
export function isGivenUp(loan: OverdueLoan, policy: LendingPolicy, today: Temporal.PlainDate): boolean {
  return lateDays(loan.dueOn, today) >= policy.lostAfterDays
}

/**
 * Copies given up came back. What was charged for them is given back within the policy's days, but never what was waived.
 * @param notWaived what the patron was charged, less what was given back or waived: no more than that is given back
 */
export function findLost(
  loan: Loan,
  policy: LendingPolicy,
  now: Temporal.Instant,
  notWaived: Won,
): { kind: 'found'; loan: ReturnedLoan; copies: number; refund: Won } | Refused<'loan_not_lost'> {
  if (loan.state !== 'lost') return refused('loan_not_lost')
  const { lostAt, replacement, ...rest } = loan
  const latest = lostAt.add({ hours: 24 * policy.refundFoundWithinDays })
  const inTime = Temporal.Instant.compare(now, latest) <= 0
  const refund = inTime ? won(Math.min(replacement, notWaived)) : ZERO_WON
  return {
    kind: 'found',
    copies: loan.quantity - loan.returned,
    refund,
    loan: {
      ...rest,
      state: 'returned',
      version: loan.version + 1,
      returned: loan.quantity,
      closedAt: now,
      givenUp: { lostAt, replacement },
    },
  }
}

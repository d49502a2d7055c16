import type { Refused } from '../../../platform/refusal.ts'
import type { OpeningCalendar } from '../../../platform/time/opening-calendar.ts'
import type { Patron } from './borrowing.ts'
import { dueDate } from './due-date.ts'
import { type ActiveLoan, isPastDue, type Loan } from './loan.ts'
import type { LendingPolicy } from './policy.ts'
import { runningLoan } from './returning.ts'

/** Everything that can stand against a renewal of a running loan. */
export type RenewalObjection =
  | 'hold_waiting'
  | 'renewals_used_up'
  | 'loan_overdue'
  | 'patron_blocked'
  | 'not_later'

export interface WantedRenewal {
  readonly loan: Loan
  readonly patron: Patron
  readonly holdWaiting: boolean
  readonly policy: LendingPolicy
  readonly calendar: OpeningCalendar
  readonly today: Temporal.PlainDate
  /** A librarian renews although somebody waits, the number is used up, it is overdue or the patron is blocked. */
  readonly override: boolean
}

/**
 * Prolongs a loan by its period, counted from the current due date.
 */
export function prolongLoan(
  wanted: WantedRenewal,
):
  | { kind: 'renewed'; loan: ActiveLoan }
  | { kind: 'objections'; objections: RenewalObjection[] }
  | Refused<'loan_pending' | 'loan_lost' | 'loan_not_active' | 'library_closed_too_long'> {
  const { policy, calendar, today, patron, holdWaiting, override } = wanted
  const loan = runningLoan(wanted.loan)
  if ('kind' in loan) return loan
  const due = dueDate(calendar, loan.dueOn, policy.loanDays)
  if (due.kind === 'refused') return due
  const later =
    Temporal.PlainDate.compare(due.on, loan.dueOn) > 0 && Temporal.PlainDate.compare(due.on, today) >= 0
  const overridable: RenewalObjection[] = [
    ...(holdWaiting ? (['hold_waiting'] as const) : []),
    ...(loan.renewals >= policy.renewals ? (['renewals_used_up'] as const) : []),
    ...(loan.state === 'overdue' || isPastDue(loan, today) ? (['loan_overdue'] as const) : []),
    ...(patron.blockedReason !== null || patron.state === 'inactive' ? (['patron_blocked'] as const) : []),
  ]
  const objections = [...(override ? [] : overridable), ...(later ? [] : (['not_later'] as const))]
  if (objections.length > 0) return { kind: 'objections', objections }
  return {
    kind: 'renewed',
    loan: {
      ...loan,
      state: 'active',
      version: loan.version + 1,
      dueOn: due.on,
      dueVersion: loan.dueVersion + 1,
      renewals: loan.renewals + 1,
    },
  }
}

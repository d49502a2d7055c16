import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Loan, PendingLoan } from './loan.ts'

/** For how long a loan or a return counts as a slip of the hand. Afterwards the book is taken back, or lent anew. */
export const UNDO_MINUTES = 60

/** Whether a loan that was made by mistake may still be undone. @returns the refusal undo_too_late when it may not */
export function tooLateToUndo(
  { borrowedAt }: Pick<Loan, 'borrowedAt'>,
  now: Temporal.Instant,
): Refused<'undo_too_late'> | undefined {
  return isTooLate(borrowedAt, now) ? refused('undo_too_late') : undefined
}

function isTooLate(done: Temporal.Instant, now: Temporal.Instant): boolean {
  return Temporal.Instant.compare(now, done.add({ minutes: UNDO_MINUTES })) > 0
}

/** A return as it was noted. */
export interface DoneReturn {
  readonly copies: number
  readonly returnedAt: Temporal.Instant
}

/**
 * The loan that goes on where a return by mistake ended one: the same patron, title, day of the loan, due date, renewals
 * and rules, for the copies of this return. It asks the catalogue for them like every loan, since they may have gone to
 * somebody else meanwhile. Refusals: undo_too_late.
 */
export function lendAgain(
  loan: Loan,
  { copies, returnedAt }: DoneReturn,
  { id, now, pendingMinutes }: { id: string; now: Temporal.Instant; pendingMinutes: number },
): { kind: 'again'; loan: PendingLoan } | Refused<'undo_too_late'> {
  if (isTooLate(returnedAt, now)) return refused('undo_too_late')
  return {
    kind: 'again',
    loan: {
      id,
      patronId: loan.patronId,
      bookId: loan.bookId,
      title: loan.title,
      quantity: copies,
      state: 'pending',
      version: 1,
      borrowedAt: loan.borrowedAt,
      dueOn: loan.dueOn,
      dueVersion: 1,
      renewals: loan.renewals,
      policy: loan.policy,
      settleBy: now.add({ minutes: pendingMinutes }),
    },
  }
}

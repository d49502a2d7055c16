import type { Actor } from '../../../platform/http/actor.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { giveUpPending } from '../lending/cancel-loan.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { type LoanView, loanView } from '../lending/loan-view.ts'
import { takeBack } from '../lending/return-copies.ts'
import { copiesOut } from '../rules/loan.ts'
import { tooLateToUndo } from '../rules/undoing.ts'
import { lockLoanAndFees } from '../store/loan-store.ts'

/**
 * A librarian undoes a loan that was a slip of the hand: one the catalogue has not answered is given up, one that runs
 * is taken back. One that is given up already stays so. A hold that it had collected is as it was before.
 * Refusals: not_found, undo_too_late, and those of `returnCopies` for a loan that is over or lost;
 * idempotency_key_reused, request_in_progress.
 */
export async function undoLoan(
  { db, clock }: LendingDeps,
  { actor, idempotencyKey, loanId }: { actor: Actor; idempotencyKey: string; loanId: string },
): Promise<
  Answer<LoanView> | RefusedBy<typeof takeBack> | Refused<'not_found' | 'undo_too_late' | KeyRefusal>
> {
  const now = clock.now()
  const key = { scope: `library-undo-loan:${actor.userId}`, key: idempotencyKey, body: { loanId } }
  return once(db, key, now, async (tx) => {
    const lent = await lockLoanAndFees(tx, loanId)
    if (!lent) return refused('not_found')
    const { loan, policy } = lent
    const shown = (body: LoanView) => ({ kind: 'answered', status: 200, body }) as const
    const today = businessDate(now)
    if (loan.state === 'cancelling' || loan.state === 'cancelled') return shown(loanView(lent, today))
    const late = tooLateToUndo(loan, now)
    if (late) return late
    if (loan.state === 'pending') {
      const cancelling = await giveUpPending(tx, loan, { actor, now, scanned: true, undone: true })
      return shown(loanView({ loan: cancelling, policy }, today))
    }
    // Of a loan that is over one copy more is refused, as any return of it.
    const copies = Math.max(1, copiesOut(loan))
    const back = await takeBack(tx, { actor, loanId, asked: { copies }, now, scanned: true, undone: true })
    return back.kind === 'refused' ? back : shown(back.view.loan)
  })
}

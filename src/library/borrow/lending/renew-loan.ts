import { noteOfOthers } from '../../../platform/audit/audit.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { publishRenewed } from '../publish.ts'
import { prolongLoan } from '../rules/renewing.ts'
import { isAwaited } from '../store/hold-store.ts'
import { insertOverride, lockLoan, saveLoan } from '../store/loan-store.ts'
import { calendarNow } from '../store/opening-store.ts'
import { findPatron } from '../store/patron-store.ts'
import type { LendingDeps } from './deps.ts'
import { DESK, isLibrarian, refuseOwn } from './librarian.ts'
import { type LoanView, loanView } from './loan-view.ts'
import { renewalRefused } from './objections.ts'

/**
 * Prolongs a loan by its period, from the current due date. One key renews once.
 * Refusals: not_found, not_allowed (override, not by a librarian), own_account (override), renewal_refused with all objections, loan_pending,
 * loan_not_active, loan_lost, library_closed_too_long, idempotency_key_reused, request_in_progress.
 */
export async function renewLoan(
  { db, clock, calendar }: LendingDeps,
  {
    actor,
    loanId,
    idempotencyKey,
    override,
  }: { actor: Actor; loanId: string; idempotencyKey: string; override: { reason: string } | undefined },
): Promise<
  | Answer<LoanView>
  | RefusedBy<typeof prolongLoan>
  | Refused<'not_allowed' | 'own_account' | 'not_found' | 'renewal_refused' | KeyRefusal>
> {
  if (override && !isLibrarian(actor)) return refused('not_allowed')
  const now = clock.now()
  const key = { scope: `library-renewals:${actor.userId}`, key: idempotencyKey, body: { loanId, override } }
  return once(db, key, now, async (tx) => {
    const lent = await lockLoan(tx, loanId)
    const seen = owned(actor, lent && { ...lent, ownerId: lent.loan.patronId }, DESK)
    if ('kind' in seen) return seen
    const { loan, policy } = seen
    const own = override && refuseOwn(actor.userId, loan.patronId)
    if (own) return own
    const patron = await findPatron(tx, loan.patronId)
    if (!patron) throw new Error(`loan ${loanId} has no patron`)
    const holdWaiting = await isAwaited(tx, loan.bookId)
    const today = businessDate(now)
    const decision = prolongLoan({
      loan,
      patron,
      holdWaiting,
      policy,
      calendar: await calendarNow(tx, calendar),
      today,
      override: override !== undefined,
    })
    if (decision.kind === 'refused') return decision
    if (decision.kind === 'objections') return renewalRefused(decision.objections)
    const { loan: renewed } = decision
    await saveLoan(tx, loan, renewed)
    if (override)
      await insertOverride(tx, { loan: renewed, byId: actor.userId, reason: override.reason, at: now })
    await noteOfOthers(
      tx,
      now,
      { actorId: actor.userId, ownerId: loan.patronId },
      {
        action: 'loan.renewed',
        subject: { type: 'loan', id: loanId },
        reason: override?.reason,
        before: { dueOn: loan.dueOn.toString() },
        after: { dueOn: renewed.dueOn.toString() },
      },
    )
    await publishRenewed(tx, renewed, now)
    return { kind: 'answered', status: 200, body: loanView({ loan: renewed, policy }, today) }
  })
}

import { sql } from 'kysely'
import { noteOfOthers } from '../../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import { businessDate, type Clock } from '../../../platform/time/clock.ts'
import { eachDue } from '../jobs/each-due.ts'
import { publishCancelling } from '../publish.ts'
import { askRelease, type CancellingLoan, type PendingLoan } from '../rules/loan.ts'
import { lockIdleLoan, lockLoan, saveLoan } from '../store/loan-store.ts'
import type { LendingDeps } from './deps.ts'
import { DESK } from './librarian.ts'
import { type LoanView, loanView } from './loan-view.ts'

/**
 * Gives up a loan that is still pending; the copies, if any were taken, are released. Doing it twice is harmless.
 * Refusals: not_found, loan_not_pending (it runs: its copies are to be returned).
 * @param undone the loan was a slip of the hand: a hold that it had collected is as it was before
 */
export async function cancelLoan(
  { db, clock }: LendingDeps,
  { actor, loanId, undone = false }: { actor: Actor; loanId: string; undone?: boolean },
): Promise<{ kind: 'loan'; loan: LoanView } | Refused<'not_found' | 'loan_not_pending'>> {
  const now = clock.now()
  return transact<{ kind: 'loan'; loan: LoanView } | Refused<'not_found' | 'loan_not_pending'>>(
    db,
    async (tx) => {
      const lent = await lockLoan(tx, loanId)
      const seen = owned(actor, lent && { ...lent, ownerId: lent.loan.patronId }, DESK)
      if ('kind' in seen) return seen
      const { loan, policy } = seen
      const today = businessDate(now)
      if (loan.state === 'cancelling' || loan.state === 'cancelled')
        return { kind: 'loan', loan: loanView(seen, today) }
      if (loan.state !== 'pending') return refused('loan_not_pending')
      const cancelling = await giveUpPending(tx, loan, { actor, now, undone })
      return { kind: 'loan', loan: loanView({ loan: cancelling, policy }, today) }
    },
  )
}

/** The step of it, for whoever has locked the loan: its copies, if any were taken, are asked back. */
export async function giveUpPending(
  tx: Tx,
  loan: PendingLoan,
  { actor, now, ...how }: { actor: Actor; now: Temporal.Instant; scanned?: boolean; undone?: boolean },
): Promise<CancellingLoan> {
  const cancelling = askRelease(loan, 'patron')
  await saveLoan(tx, loan, cancelling)
  await noteOfOthers(
    tx,
    now,
    { actorId: actor.userId, ownerId: loan.patronId },
    { action: 'loan.cancelled', subject: { type: 'loan', id: loan.id } },
  )
  await publishCancelling(tx, cancelling, now, how)
  return cancelling
}

/** Gives up loans the catalogue has not answered in time. @returns how many */
export function cancelUnanswered({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): Promise<number> {
  return eachDue({
    log,
    what: 'unanswered loan',
    page: async (after, limit) => {
      const { rows } = await sql<{ id: string }>`
        select id from borrow.loan
        where state = 'pending' and settle_by < ${clock.now()} and id > ${after} order by id limit ${limit}`.execute(
        db,
      )
      return rows.map(({ id }) => id)
    },
    work: (id) =>
      transact(db, async (tx) => {
        const now = clock.now()
        const lent = await lockIdleLoan(tx, id)
        if (lent?.loan.state !== 'pending') return false
        if (Temporal.Instant.compare(lent.loan.settleBy, now) >= 0) return false
        const cancelling = askRelease(lent.loan, 'timeout')
        await saveLoan(tx, lent.loan, cancelling)
        await publishCancelling(tx, cancelling, now)
        return true
      }),
  })
}

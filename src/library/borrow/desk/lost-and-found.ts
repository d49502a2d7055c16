import { type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { refuseOwn } from '../lending/librarian.ts'
import { type LoanView, loanView } from '../lending/loan-view.ts'
import { publishFound, publishLost } from '../publish.ts'
import { findLost, giveUpCopies } from '../rules/returning.ts'
import { insertFee, notWaived } from '../store/fee-store.ts'
import type { LentUnder } from '../store/loan-row.ts'
import { lockLoanAndFees, saveLoan } from '../store/loan-store.ts'

type Done = { kind: 'loan'; loan: LoanView }

/** Gives up the copies of a loan, locked with its patron, and charges their replacement. Refusals: as for {@link declareLost}. */
export async function giveUpLoan(
  tx: Tx,
  { loan, policy }: LentUnder,
  now: Temporal.Instant,
  byId: string | null,
): Promise<Done | Refused<'loan_pending' | 'loan_lost' | 'loan_not_active'>> {
  const decision = giveUpCopies(loan, policy, now)
  if (decision.kind === 'refused') return decision
  const { replacement } = decision.loan
  await saveLoan(tx, loan, decision.loan)
  if (replacement > 0) {
    const entry = {
      patronId: loan.patronId,
      kind: 'replacement' as const,
      amount: replacement,
      loanId: loan.id,
    }
    await insertFee(tx, { id: newId(), ...entry, returnNo: null, at: now, byId, reason: null })
  }
  await publishLost(tx, decision.loan, decision.copies)
  return { kind: 'loan', loan: loanView({ loan: decision.loan, policy }, businessDate(now)) }
}

/**
 * A librarian declares the copies still out lost. Doing it twice is harmless. Refusals: own_account, those of the
 * loan's state.
 */
export async function declareLost(
  { db, clock }: LendingDeps,
  loanId: string,
  librarianId: string,
): Promise<Done | Refused<'not_found' | 'own_account' | 'loan_pending' | 'loan_lost' | 'loan_not_active'>> {
  return transact<
    Done | Refused<'not_found' | 'own_account' | 'loan_pending' | 'loan_lost' | 'loan_not_active'>
  >(db, async (tx) => {
    const lent = await lockLoanAndFees(tx, loanId)
    if (!lent) return refused('not_found')
    const own = refuseOwn(librarianId, lent.loan.patronId)
    if (own) return own
    const now = clock.now()
    if (lent.loan.state === 'lost') return { kind: 'loan', loan: loanView(lent, businessDate(now)) }
    return giveUpLoan(tx, lent, now, librarianId)
  })
}

/**
 * Copies that were given up came back: stock rises once, and what was charged and not waived is given back by the
 * rules of the loan. Refusals: not_found, own_account, loan_not_lost.
 */
export async function declareFound(
  { db, clock }: LendingDeps,
  loanId: string,
  librarianId: string,
): Promise<Done | Refused<'not_found' | 'own_account' | 'loan_not_lost'>> {
  return transact<Done | Refused<'not_found' | 'own_account' | 'loan_not_lost'>>(db, async (tx) => {
    const lent = await lockLoanAndFees(tx, loanId)
    if (!lent) return refused('not_found')
    const { loan, policy } = lent
    const own = refuseOwn(librarianId, loan.patronId)
    if (own) return own
    const now = clock.now()
    const decision = findLost(loan, policy, now, await notWaived(tx, loan.patronId))
    if (decision.kind === 'refused') return decision
    const { refund, copies } = decision
    await saveLoan(tx, loan, decision.loan)
    if (refund > 0) {
      const entry = { patronId: loan.patronId, kind: 'refund' as const, amount: refund, loanId }
      await insertFee(tx, { id: newId(), ...entry, returnNo: null, at: now, byId: librarianId, reason: null })
    }
    await publishFound(tx, decision.loan, copies, refund)
    return { kind: 'loan', loan: loanView({ loan: decision.loan, policy }, businessDate(now)) }
  })
}

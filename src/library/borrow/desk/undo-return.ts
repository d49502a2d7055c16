import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { refuseOwn } from '../lending/librarian.ts'
import { type LoanView, loanView } from '../lending/loan-view.ts'
import { borrowRefused } from '../lending/objections.ts'
import { publishBorrowed } from '../publish.ts'
import { againstBook } from '../rules/borrowing.ts'
import { lendAgain } from '../rules/undoing.ts'
import type { StockPort } from '../stock-port.ts'
import { copiesBack, findLoanOfCopy, insertLoanCopies } from '../store/copy-store.ts'
import { balanceOf, insertFee } from '../store/fee-store.ts'
import { findLoan, insertLoan, lockLoanAndFees } from '../store/loan-store.ts'
import { findReturn, insertUndone } from '../store/return-store.ts'

export interface UndoReturn {
  librarianId: string
  idempotencyKey: string
  loanId: string
  /** Number of the return. */
  no: number
}

/** Stands in the patron's account beside what was charged. */
const WHY = '반납 취소 / return undone'

/**
 * A return by mistake is undone: its copies are lent again, by a loan that goes on where the first one was, and what the
 * return cost is waived, as far as it is still owed. Once for each return.
 * Refusals: not_found, own_account, undo_too_late, return_undone_already, borrow_refused (the copies have gone to
 * somebody else, for instance to whoever waited for them), idempotency_key_reused, request_in_progress.
 */
export async function undoReturn(
  { db, clock, stock }: LendingDeps & { stock: StockPort },
  { librarianId, idempotencyKey, loanId, no }: UndoReturn,
): Promise<
  | Answer<LoanView>
  | RefusedBy<typeof lendAgain>
  | Refused<'not_found' | 'own_account' | 'return_undone_already' | 'borrow_refused' | KeyRefusal>
> {
  const known = await findLoan(db, loanId)
  if (!known) return refused('not_found')
  const { patronId, bookId } = known.loan
  const own = refuseOwn(librarianId, patronId)
  if (own) return own
  // Before the transaction: nothing is locked while the catalogue thinks.
  const copy = await stock.ask({ bookId, patronId, copies: 1 })
  const now = clock.now()
  const key = { scope: `library-undo:${librarianId}`, key: idempotencyKey, body: { loanId, no } }
  return once(db, key, now, async (tx) => {
    const lent = await lockLoanAndFees(tx, loanId)
    const done = await findReturn(tx, loanId, no)
    if (!lent || !done) return refused('not_found')
    const { pendingMinutes } = lent.policy
    const again = lendAgain(lent.loan, done, { id: newId(), now, pendingMinutes })
    if (again.kind === 'refused') return again
    const { loan } = again
    await insertLoan(tx, loan)
    const entry = { loanId, no, newLoanId: loan.id, byId: librarianId, at: now }
    if (!(await insertUndone(tx, entry))) return refused('return_undone_already')
    const objections = againstBook(copy)
    if (objections.length > 0) return borrowRefused(objections, 0)
    const [barcode, ...others] = await copiesBack(tx, loanId, no)
    for (const copy of barcode === undefined ? [] : [barcode, ...others])
      if ((await findLoanOfCopy(tx, copy)) !== undefined) return borrowRefused(['copy_out'], 0)
    if (barcode !== undefined) await insertLoanCopies(tx, loan.id, [barcode, ...others])
    // What was waived or paid meanwhile is not given once more.
    const left = won(Math.min(done.fee, Math.max(0, await balanceOf(tx, patronId))))
    if (left > 0) {
      const waived = { patronId, kind: 'waiver' as const, amount: left, loanId: null, returnNo: null }
      await insertFee(tx, { id: newId(), ...waived, at: now, byId: librarianId, reason: WHY })
    }
    // Of several copies any will do: the catalogue is asked for one copy by its barcode, or for a number of them.
    await publishBorrowed(tx, loan, { at: now, barcode: others.length === 0 ? barcode : undefined })
    const body = loanView({ loan, policy: lent.policy }, businessDate(now))
    return { kind: 'answered', status: 201, body }
  })
}

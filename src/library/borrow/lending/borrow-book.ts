import { noteOfOthers } from '../../../platform/audit/audit.ts'
import type { Tx } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { publishBorrowed } from '../publish.ts'
import { objectionsTo } from '../rules/borrowing.ts'
import { dueDate } from '../rules/due-date.ts'
import type { PendingLoan } from '../rules/loan.ts'
import { calendarOf } from '../rules/opening.ts'
import type { StockPort } from '../stock-port.ts'
import { findLoanOfCopy, insertLoanCopies, lockBarcode } from '../store/copy-store.ts'
import { insertLoan, insertOverride } from '../store/loan-store.ts'
import { lockPatron, welcomePatron } from '../store/patron-store.ts'
import { rulesAndCopiesOut } from '../store/policy-store.ts'
import type { LendingDeps } from './deps.ts'
import { isLibrarian, refuseOwn } from './librarian.ts'
import { type LoanView, loanView } from './loan-view.ts'
import { borrowRefused } from './objections.ts'

export interface BorrowBook {
  actor: Actor
  idempotencyKey: string
  asked: {
    bookId: string
    copies: number
    /** The copy that lies on the desk: this one is lent. */
    barcode?: string | undefined
    /** Somebody else, at the desk: librarians only. */
    patronId?: string | undefined
    /** Lend although the patron is blocked or over the limit: librarians only. */
    override?: { reason: string } | undefined
  }
}

/**
 * Accepts a loan: it is `pending` until the catalogue has taken the copies, which it usually has a moment later. The
 * catalogue is asked first, so that what surely cannot be is refused at once; when it does not answer the loan is
 * accepted all the same and settled by events. One key makes one loan.
 * Refusals: borrow_refused with all objections, not_allowed, own_account (override), library_closed_too_long, idempotency_key_reused,
 * request_in_progress.
 */
export async function borrowBook(
  deps: LendingDeps & { stock: StockPort },
  { actor, idempotencyKey, asked }: BorrowBook,
): Promise<
  | Answer<LoanView>
  | Refused<'not_allowed' | 'own_account' | 'borrow_refused' | 'library_closed_too_long' | KeyRefusal>
> {
  const patronId = asked.patronId ?? actor.userId
  const forOthers = patronId !== actor.userId || asked.override !== undefined
  if (forOthers && !isLibrarian(actor)) return refused('not_allowed')
  const own = asked.override && refuseOwn(actor.userId, patronId)
  if (own) return own
  // Before the transaction: nothing is locked while the catalogue thinks.
  const stock = await deps.stock.ask({ bookId: asked.bookId, patronId, copies: asked.copies })
  const now = deps.clock.now()
  const key = { scope: `library-loans:${actor.userId}`, key: idempotencyKey, body: asked }
  return once(deps.db, key, now, async (tx) => {
    // Whoever has an account may borrow: their first loan may come before it is heard of.
    const patron =
      (await lockPatron(tx, patronId)) ??
      (patronId === actor.userId ? await welcomePatron(tx, patronId, now) : undefined)
    const { policy, opening, copiesOut } = await rulesAndCopiesOut(tx, patronId, businessDate(now))
    const objections = objectionsTo({
      patron,
      copiesOut,
      copies: asked.copies,
      stock,
      isCopyOut: asked.barcode !== undefined && (await isOut(tx, asked.barcode)),
      policy: policy.rules,
      override: asked.override !== undefined,
    })
    if (objections.length > 0) return borrowRefused(objections, 'lendable' in stock ? stock.lendable : 0)
    const due = dueDate(
      opening ? calendarOf(opening) : deps.calendar,
      businessDate(now),
      policy.rules.loanDays,
    )
    if (due.kind === 'refused') return due
    const loan: PendingLoan = {
      id: newId(),
      patronId,
      bookId: asked.bookId,
      title: 'title' in stock ? stock.title : null,
      quantity: asked.copies,
      state: 'pending',
      version: 1,
      borrowedAt: now,
      dueOn: due.on,
      dueVersion: 1,
      renewals: 0,
      policy: { id: policy.id, version: policy.version },
      settleBy: now.add({ minutes: policy.rules.pendingMinutes }),
    }
    await insertLoan(tx, loan)
    if (asked.override) {
      await insertOverride(tx, { loan, byId: actor.userId, reason: asked.override.reason, at: now })
    }
    if (asked.barcode !== undefined) await insertLoanCopies(tx, loan.id, [asked.barcode])
    await noteOfOthers(
      tx,
      now,
      { actorId: actor.userId, ownerId: patronId },
      {
        action: 'loan.made',
        subject: { type: 'loan', id: loan.id },
        reason: asked.override?.reason,
        after: { patronId, bookId: asked.bookId, copies: asked.copies },
      },
    )
    await publishBorrowed(tx, loan, { barcode: asked.barcode })
    return {
      kind: 'answered',
      status: 201,
      body: loanView({ loan, policy: policy.rules }, businessDate(now)),
    }
  })
}

/** Whether a loan has the copy; its barcode stays locked, so that this is still so at the commit. */
async function isOut(tx: Tx, barcode: string): Promise<boolean> {
  await lockBarcode(tx, barcode)
  return (await findLoanOfCopy(tx, barcode)) !== undefined
}

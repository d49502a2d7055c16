import type { Actor } from '../../../platform/http/actor.ts'
import { type Answer, type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { borrowBook } from '../lending/borrow-book.ts'
import type { LendingDeps } from '../lending/deps.ts'
import type { LoanView } from '../lending/loan-view.ts'
import { borrowRefused } from '../lending/objections.ts'
import { type ReturnView, takeBack } from '../lending/return-copies.ts'
import type { StockPort } from '../stock-port.ts'
import { findBookOfCopy, findLoanOfCopy, mayBeOut } from '../store/copy-store.ts'
import { balanceOf } from '../store/fee-store.ts'
import { isAwaited } from '../store/hold-store.ts'
import { lockLoanAndFees } from '../store/loan-store.ts'
import { findByCard } from '../store/patron-store.ts'

export interface LendAtDesk {
  actor: Actor
  idempotencyKey: string
  asked: {
    card: string
    barcode: string
    /** The title as the catalogue knows it; needed for copies that were never lent. */
    bookId?: string | undefined
    override?: { reason: string } | undefined
  }
}

/**
 * A librarian lends the copy that was scanned to whose card was scanned. Goes on while the catalogue does not answer.
 * Refusals: those of `borrowBook`, copy_unknown (neither this service nor the caller knows of which title it is).
 */
export async function lendAtDesk(
  deps: LendingDeps & { stock: StockPort },
  { actor, idempotencyKey, asked: { card, barcode, bookId: told, override } }: LendAtDesk,
): Promise<Answer<LoanView> | RefusedBy<typeof borrowBook> | Refused<'copy_unknown'>> {
  const patron = await findByCard(deps.db, card)
  if (!patron) return borrowRefused(['patron_unknown'], 0)
  const bookId = (await findBookOfCopy(deps.db, barcode)) ?? told
  if (bookId === undefined) return refused('copy_unknown')
  const asked = { bookId, copies: 1, barcode, patronId: patron.id, ...(override ? { override } : {}) }
  return borrowBook(deps, { actor, idempotencyKey, asked })
}

export interface ReturnAtDesk {
  actor: Actor
  /** Whether somebody has the copy in hand; a machine drops it into a bin. */
  inHand: boolean
  /** Who answers for when it came back, where that is not the actor. */
  answerableId?: string
  idempotencyKey: string
  asked: {
    barcode: string
    /** The loan as the catalogue knows it, for copies lent before this service noted barcodes. */
    loanId?: string | undefined
    /** When it was scanned, by the clock of the device; it may have waited to be sent. */
    scannedAt?: string | undefined
    /** When it came into the book drop; goes before `scannedAt`. */
    effectiveAt?: string | undefined
  }
}

/** What the desk must know when a copy has come back. */
export interface DeskReturnView extends ReturnView {
  /** Somebody waits for the title: the copy goes to the hold shelf. */
  awaited: boolean
  /** Won the patron owes now. */
  balance: number
}

/**
 * A librarian takes back the copy that was scanned. One key is one return.
 * Refusals: those of `returnCopies`, copy_not_on_loan.
 */
export async function returnAtDesk(
  { db, clock }: LendingDeps,
  { actor, inHand, answerableId = actor.userId, idempotencyKey, asked }: ReturnAtDesk,
): Promise<Answer<DeskReturnView> | RefusedBy<typeof takeBack> | Refused<'copy_not_on_loan' | KeyRefusal>> {
  const now = clock.now()
  // What the catalogue told beside it makes no other request of it.
  const body = { ...asked, loanId: undefined }
  const key = { scope: `library-desk-returns:${actor.userId}`, key: idempotencyKey, body }
  return once(db, key, now, async (tx) => {
    const { barcode } = asked
    const loanId = (await findLoanOfCopy(tx, barcode)) ?? asked.loanId
    if (loanId === undefined) return refused('copy_not_on_loan')
    // What the catalogue says may be older than the return of this very copy, and so may what was read before the lock.
    const lent = await lockLoanAndFees(tx, loanId)
    if (lent && !(await mayBeOut(tx, lent.loan, barcode))) return refused('copy_not_on_loan')
    const effectiveAt = asked.effectiveAt ?? beganAt(asked.scannedAt, now)
    const result = await takeBack(tx, {
      actor,
      loanId,
      asked: { copies: 1, barcode, effectiveAt },
      now,
      scanned: inHand,
      answerableId,
    })
    if (result.kind === 'refused') return result
    const { loan } = result.view
    const [awaited, balance] = [await isAwaited(tx, loan.book.id), await balanceOf(tx, loan.patronId)]
    return { kind: 'answered', status: 200, body: { ...result.view, awaited, balance } }
  })
}

/** The clock of a device may be ahead of ours; nothing comes back in the future. */
function beganAt(scannedAt: string | undefined, now: Temporal.Instant): string | undefined {
  if (scannedAt === undefined) return undefined
  const scanned = Temporal.Instant.from(scannedAt)
  return (Temporal.Instant.compare(scanned, now) > 0 ? now : scanned).toString()
}

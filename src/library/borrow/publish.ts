import {
  type LoanFact,
  loanActivated,
  loanBorrowed,
  loanCancelled,
  loanCancelling,
  loanDueSoon,
  loanExpired,
  loanFound,
  loanLost,
  loanRenewed,
  loanReturned,
} from '../../contracts/library/loan-events.ts'
import { openingChanged } from '../../contracts/library/opening-events.ts'
import type { Tx } from '../../platform/database/database.ts'
import type { NewEvent } from '../../platform/events/event.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import type { Won } from '../../platform/money.ts'
import {
  type ActiveLoan,
  type CancelledLoan,
  type CancellingLoan,
  copiesOut,
  type Loan,
  type LostLoan,
  lateFeesOf,
  type OverdueLoan,
  type PendingLoan,
  type ReturnedLoan,
  type RunningLoan,
} from './rules/loan.ts'
import type { Opening } from './rules/opening.ts'

const SOURCE = 'library/borrow'

function factOf(loan: Loan): LoanFact {
  return {
    loanId: loan.id,
    patronId: loan.patronId,
    bookId: loan.bookId,
    title: loan.title,
    state: loan.state,
    quantity: loan.quantity,
    out: copiesOut(loan),
    borrowedAt: loan.borrowedAt.toString(),
    dueOn: loan.dueOn.toString(),
    dueVersion: loan.dueVersion,
    lateFees: lateFeesOf(loan),
  }
}

/** Tells when the library is open from now on. */
export async function publishOpening(
  tx: Tx,
  { version, closedWeekdays, closedOnHolidays, days }: Opening & { version: number },
  at: Temporal.Instant,
): Promise<void> {
  const opening = {
    version,
    closedWeekdays: [...closedWeekdays],
    closedOnHolidays,
    days: days.map((day) => ({ ...day })),
  }
  await publish(tx, at, openingChanged.of('opening', version, { opening }))
}

const publish = (tx: Tx, at: Temporal.Instant, event: NewEvent) => appendEvents(tx, SOURCE, at, [event])

/**
 * A loan was asked for; the catalogue is to answer.
 * @param barcode the copy that lies on the desk; without it any copy will do
 */
export const publishBorrowed = (
  tx: Tx,
  loan: PendingLoan,
  { at = loan.borrowedAt, barcode }: { at?: Temporal.Instant; barcode?: string | undefined } = {},
) =>
  publish(
    tx,
    at,
    loanBorrowed.of(loan.id, loan.version, {
      loan: factOf(loan),
      ...(barcode === undefined ? {} : { barcode }),
    }),
  )

/** The loan is to end before it ran; the catalogue gives back what it took. */
export const publishCancelling = (
  tx: Tx,
  loan: CancellingLoan,
  at: Temporal.Instant,
  { scanned = false, undone = false }: { scanned?: boolean; undone?: boolean } = {},
) =>
  publish(
    tx,
    at,
    loanCancelling.of(loan.id, loan.version, {
      loan: factOf(loan),
      reason: loan.reason,
      ...(scanned ? { scanned } : {}),
      ...(undone ? { undone } : {}),
    }),
  )

/** The loan runs, or has come to nothing. */
export const publishSettled = (tx: Tx, loan: ActiveLoan | CancelledLoan, at: Temporal.Instant) =>
  publish(
    tx,
    at,
    loan.state === 'active'
      ? loanActivated.of(loan.id, loan.version, { loan: factOf(loan) })
      : loanCancelled.of(loan.id, loan.version, { loan: factOf(loan), reason: loan.reason }),
  )

/** The loan is due later. */
export const publishRenewed = (tx: Tx, loan: ActiveLoan, at: Temporal.Instant) =>
  publish(tx, at, loanRenewed.of(loan.id, loan.version, { loan: factOf(loan) }))

/** The due date is near. */
export const publishDueSoon = (tx: Tx, loan: ActiveLoan, at: Temporal.Instant) =>
  publish(tx, at, loanDueSoon.of(loan.id, loan.version, { loan: factOf(loan), copies: copiesOut(loan) }))

/** The due date has passed with copies out. */
export const publishExpired = (tx: Tx, loan: OverdueLoan, at: Temporal.Instant) =>
  publish(tx, at, loanExpired.of(loan.id, loan.version, { loan: factOf(loan), copies: copiesOut(loan) }))

/** Copies came back, some or the last. */
export const publishReturned = (
  tx: Tx,
  loan: RunningLoan | ReturnedLoan,
  {
    scanned,
    undone,
    ...back
  }: {
    returned: number
    lateDays: number
    fee: Won
    effectiveAt: Temporal.Instant
    barcodes: string[]
    /** A librarian has the copies in hand. */
    scanned: boolean
    /** The loan was a slip of the hand. */
    undone: boolean
  },
  at: Temporal.Instant,
) =>
  publish(
    tx,
    at,
    loanReturned.of(loan.id, loan.version, {
      loan: factOf(loan),
      returnNo: loan.returns,
      ...back,
      effectiveAt: back.effectiveAt.toString(),
      ...(scanned ? { scanned } : {}),
      ...(undone ? { undone } : {}),
    }),
  )

/** The copies still out are given up; their replacement is charged. */
export const publishLost = (tx: Tx, loan: LostLoan, copies: number) =>
  publish(
    tx,
    loan.lostAt,
    loanLost.of(loan.id, loan.version, { loan: factOf(loan), copies, charge: loan.replacement }),
  )

/** Copies that were given up came back, and what was charged for them may be given back. */
export const publishFound = (tx: Tx, loan: ReturnedLoan, copies: number, refund: Won) =>
  publish(tx, loan.closedAt, loanFound.of(loan.id, loan.version, { loan: factOf(loan), copies, refund }))

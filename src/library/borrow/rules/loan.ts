/**
 * The life of a loan: a type per state, so that what a state does not have cannot be read in it, and a step that is not
 * possible from a state does not compile. Steps are pure: they return the loan as it becomes. Each raises `version` by
 * one, because each is told in one event.
 *
 *   pending ─ stock taken ─▶ active ─ due date passed ─▶ overdue ─ given up ─▶ lost
 *      │  │                  │  ▲  └─ last copies back ─┐   │                   │
 *      │  │                  └──┘ renew                 ▼   ▼                   ▼
 *      │  └─ out of stock ─▶ cancelled               returned ◀───────────── found
 *      └─ cancel, timeout ─▶ cancelling ─ released ─▶ cancelled
 */
import { type Won, ZERO_WON } from '../../../platform/money.ts'
import type { PolicyStamp } from './policy.ts'

export const LOAN_STATES = [
  'pending',
  'active',
  'overdue',
  'cancelling',
  'cancelled',
  'returned',
  'lost',
] as const
export type LoanState = (typeof LOAN_STATES)[number]

export type CancelReason = 'out_of_stock' | 'patron' | 'timeout'
/** Why the catalogue could not give the copies. */
export type NoStock = 'not_enough' | 'held_for_others' | 'book_unknown' | 'book_withdrawn'

/** What every loan has in every state. */
export interface LoanBasis {
  readonly id: string
  readonly patronId: string
  readonly bookId: string
  /** Null while nobody could say. */
  readonly title: string | null
  readonly quantity: number
  /** Number of the latest event about this loan. */
  readonly version: number
  readonly borrowedAt: Temporal.Instant
  /** The last day in Seoul on which a return is in time. */
  readonly dueOn: Temporal.PlainDate
  /** Raised by every renewal. */
  readonly dueVersion: number
  readonly renewals: number
  readonly policy: PolicyStamp
  readonly settleBy: Temporal.Instant
}

/** What of the copies has come back so far. */
export interface Returns {
  readonly returned: number
  /** How many returns there were. */
  readonly returns: number
  readonly lateFees: Won
}

export type PendingLoan = LoanBasis & { readonly state: 'pending' }
export type CancellingLoan = LoanBasis & { readonly state: 'cancelling'; readonly reason: CancelReason }
export type CancelledLoan = LoanBasis & {
  readonly state: 'cancelled'
  readonly reason: CancelReason
  readonly noStock: NoStock | null
  readonly closedAt: Temporal.Instant
}
export type ActiveLoan = LoanBasis & Returns & { readonly state: 'active' }
export type OverdueLoan = LoanBasis & Returns & { readonly state: 'overdue' }
/** The patron has copies. */
export type RunningLoan = ActiveLoan | OverdueLoan
interface GivenUp {
  readonly lostAt: Temporal.Instant
  /** Charged for the copies, in won. */
  readonly replacement: Won
}
export type LostLoan = LoanBasis & Returns & GivenUp & { readonly state: 'lost' }
export type ReturnedLoan = LoanBasis &
  Returns & {
    readonly state: 'returned'
    readonly closedAt: Temporal.Instant
    /** Of a loan that was given up before its copies were found. */
    readonly givenUp: GivenUp | null
  }

export type Loan = PendingLoan | CancellingLoan | CancelledLoan | RunningLoan | LostLoan | ReturnedLoan

/** Copies the patron has. Those of a loan given up count no more. */
export function copiesOut(loan: Loan): number {
  return loan.state === 'active' || loan.state === 'overdue' ? loan.quantity - loan.returned : 0
}

/** What late returns of a loan cost so far. */
export function lateFeesOf(loan: Loan): Won {
  return 'lateFees' in loan ? loan.lateFees : ZERO_WON
}

const next = <L extends LoanBasis>(loan: L) => ({ ...loan, version: loan.version + 1 })

/** The catalogue took the copies. */
export function activateLoan(loan: PendingLoan, title: string): ActiveLoan {
  return { ...next(loan), state: 'active', title, returned: 0, returns: 0, lateFees: ZERO_WON }
}

/** The catalogue had none. */
export function cancelWithoutStock(
  loan: PendingLoan,
  noStock: NoStock,
  title: string | null,
  at: Temporal.Instant,
): CancelledLoan {
  return {
    ...next(loan),
    state: 'cancelled',
    title: title ?? loan.title,
    reason: 'out_of_stock',
    noStock,
    closedAt: at,
  }
}

/** The patron wants it no more, or nobody answered in time: the copies are to be released, if any were taken. */
export function askRelease(loan: PendingLoan, reason: 'patron' | 'timeout'): CancellingLoan {
  return { ...next(loan), state: 'cancelling', reason }
}

/** No copy is taken for the loan any more. */
export function settleCancel(loan: CancellingLoan, at: Temporal.Instant): CancelledLoan {
  return { ...next(loan), state: 'cancelled', noStock: null, closedAt: at }
}

/** The patron is told that the due date is near; nothing else changes. */
export function noteReminder(loan: ActiveLoan): ActiveLoan {
  return next(loan)
}

/** Whether the day has come to tell a patron of the due date, and it has not passed. @param daysBefore 0: never */
export function isDueSoon(loan: LoanBasis, daysBefore: number, today: Temporal.PlainDate): boolean {
  const left = today.until(loan.dueOn, { largestUnit: 'days' }).days
  return left >= 0 && left <= daysBefore && daysBefore > 0
}

/** The due date passed with copies out. */
export function passDueDate(loan: ActiveLoan): OverdueLoan {
  return { ...next(loan), state: 'overdue' }
}

/** Whether the due date has passed: on the day itself a return is in time to its end. */
export function isPastDue(loan: Pick<LoanBasis, 'dueOn'>, today: Temporal.PlainDate): boolean {
  return Temporal.PlainDate.compare(loan.dueOn, today) < 0
}

/** What the catalogue answers about a loan. */
export type StockReply =
  | { readonly kind: 'decreased'; readonly title: string }
  | { readonly kind: 'out'; readonly reason: NoStock; readonly title: string | null }
  | { readonly kind: 'released' }

/**
 * An answer of the catalogue, in whatever order and however often it comes. `ignored`: it changes nothing; a stock that
 * was taken for a loan being cancelled is released on the request that is under way already.
 */
export function onStockReply(
  loan: Loan,
  reply: StockReply,
  at: Temporal.Instant,
): { kind: 'changed'; loan: ActiveLoan | CancelledLoan } | { kind: 'ignored' } {
  if (loan.state === 'pending' && reply.kind === 'decreased')
    return { kind: 'changed', loan: activateLoan(loan, reply.title) }
  if (loan.state === 'pending' && reply.kind === 'out')
    return { kind: 'changed', loan: cancelWithoutStock(loan, reply.reason, reply.title, at) }
  if (loan.state === 'cancelling' && reply.kind !== 'decreased')
    return { kind: 'changed', loan: settleCancel(loan, at) }
  return { kind: 'ignored' }
}

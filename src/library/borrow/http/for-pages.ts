import { untoldSince } from '../../../platform/events/lag.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import type { Answer } from '../../../platform/http/idempotency.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { type FeesView, feesOf } from '../desk/fees.ts'
import { type BorrowBook, borrowBook } from '../lending/borrow-book.ts'
import { cancelLoan } from '../lending/cancel-loan.ts'
import type { LendingDeps } from '../lending/deps.ts'
import { type LendingGuide, lendingGuide } from '../lending/lending-guide.ts'
import { listLoans, nextDue } from '../lending/list-loans.ts'
import { type LoanView, loanView } from '../lending/loan-view.ts'
import { renewLoan } from '../lending/renew-loan.ts'
import { type ReturnCopies, type ReturnView, returnCopies } from '../lending/return-copies.ts'
import type { LendingPolicy } from '../rules/policy.ts'
import type { StockPort } from '../stock-port.ts'
import { findLoan } from '../store/loan-store.ts'
import { findPatron } from '../store/patron-store.ts'
import { currentPolicy } from '../store/policy-store.ts'

/** What readers do with their loans in a browser: the use cases of the API, for oneself. */
export interface LendingForPages {
  /** The rules new loans are made under. */
  rules(): Promise<LendingPolicy>
  /** What readers should know before they borrow. */
  guide(): Promise<LendingGuide>
  /** For each of these titles the day on which the next of its copies is due. */
  nextDue(bookIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Refusals: those of `borrowBook`. */
  borrow(
    wish: Omit<BorrowBook, 'asked'> & { asked: { bookId: string; copies: number } },
  ): Promise<Answer<LoanView> | Refused>
  /** Refusals: those of `returnCopies`. */
  giveBack(
    wish: Omit<ReturnCopies, 'asked'> & { asked: { copies: number } },
  ): Promise<Answer<ReturnView> | Refused>
  /** Refusals: those of `renewLoan`. */
  renew(wish: { actor: Actor; loanId: string; idempotencyKey: string }): Promise<Answer<LoanView> | Refused>
  /** Refusals: those of `cancelLoan`. */
  cancel(wish: { actor: Actor; loanId: string }): Promise<{ kind: 'loan'; loan: LoanView } | Refused>
  /** Refusal: not_found, also for somebody else's, whatever the role. */
  get(actor: Actor, loanId: string): Promise<LoanView | Refused>
  /** One's own loans, newest first: those still open, or those that are over. */
  list(
    actor: Actor,
    which: { open: boolean; page: number; size: number },
  ): Promise<{ loans: LoanView[]; totalElements: number }>
  /** The number on one's member card; undefined until the library has heard of the account. */
  card(actor: Actor): Promise<string | undefined>
  /** When the oldest news of loans happened that nobody elsewhere has been told of yet; undefined: all is told. */
  untoldSince(): Promise<Temporal.Instant | undefined>
  /** What one owes, and of what it is made. */
  fees(actor: Actor): Promise<FeesView>
}

/** What the pages do with loans. */
export function lendingForPages(deps: LendingDeps & { stock: StockPort }): LendingForPages {
  const { db, clock } = deps
  return {
    rules: async () => (await currentPolicy(db, clock.today())).rules,
    guide: () => lendingGuide(deps),
    nextDue: (bookIds) => nextDue(db, bookIds),
    borrow: (wish) => borrowBook(deps, wish),
    giveBack: (wish) => returnCopies(deps, wish),
    renew: (wish) => renewLoan(deps, { ...wish, override: undefined }),
    cancel: (wish) => cancelLoan(deps, wish),
    get: async (actor, loanId) => {
      const lent = await findLoan(db, loanId)
      const seen = owned(actor, lent && { ...lent, ownerId: lent.loan.patronId })
      return 'kind' in seen ? seen : loanView(seen, clock.today())
    },
    list: (actor, which) => listLoans(db, { patronId: actor.userId, ...which }, clock.today()),
    card: async (actor) => (await findPatron(db, actor.userId))?.card,
    untoldSince: () => untoldSince(db, 'library.loan.'),
    fees: (actor) => feesOf(db, actor.userId),
  }
}

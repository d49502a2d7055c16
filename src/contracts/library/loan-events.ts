import Type, { type Static } from 'typebox'
import { defineEvent } from '../../platform/events/event.ts'
import { Id, Instant, Money } from '../values.ts'

/**
 * What loans tell: facts of the service that lends. Subject = loan id, subject version = the loan row's `version`.
 *
 * Every event carries the whole loan as it has become, so a reader that keeps the newest version of each loan is right
 * whatever was repeated, late or left out before; what only this event knows stands beside it.
 */

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'Calendar day in Seoul' })
const Copies = Type.Integer({ minimum: 1 })

export const LOAN_STATES = [
  'pending',
  'active',
  'overdue',
  'cancelling',
  'cancelled',
  'returned',
  'lost',
] as const

/** A loan as it stands after the event. */
export const LoanFact = Type.Object({
  loanId: Id,
  patronId: Id,
  bookId: Id,
  title: Type.Union([Type.String(), Type.Null()], {
    description: 'Null while nobody could say: the catalogue did not answer when it was borrowed',
  }),
  state: Type.Enum(LOAN_STATES),
  quantity: Copies,
  out: Type.Integer({ minimum: 0, description: 'Copies the patron has; 0 before they were handed over' }),
  borrowedAt: Instant,
  dueOn: Day,
  dueVersion: Type.Integer({ minimum: 1, description: 'Raised by every renewal' }),
  lateFees: Type.Integer({
    minimum: 0,
    description: 'Won, charged at returns so far; payment changes nothing',
  }),
})
export type LoanFact = Static<typeof LoanFact>

export const loanBorrowed = defineEvent(
  'library.loan.borrowed',
  1,
  Type.Object(
    {
      loan: LoanFact,
      barcode: Type.Optional(
        Type.String({ description: 'The very copy that lies on the desk; without it any copy will do' }),
      ),
    },
    { description: 'BookBorrowed: a loan was accepted; the copies are asked for and not handed over yet.' },
  ),
)

export const loanActivated = defineEvent(
  'library.loan.activated',
  1,
  Type.Object(
    { loan: LoanFact },
    { description: 'The copies were put aside for the patron: the loan runs.' },
  ),
)

/** Why a loan came to nothing. */
export const CANCEL_REASONS = ['out_of_stock', 'patron', 'timeout'] as const

export const loanCancelling = defineEvent(
  'library.loan.cancelling',
  1,
  Type.Object(
    {
      loan: LoanFact,
      reason: Type.Enum(CANCEL_REASONS),
      scanned: Type.Optional(
        Type.Boolean({ description: 'A librarian has the copy in hand that was asked for' }),
      ),
      undone: Type.Optional(
        Type.Boolean({ description: 'The loan was a slip of the hand: nothing of it counts' }),
      ),
    },
    {
      description:
        'The loan will not be: copies taken for it, also by an answer still under way, are to be released.',
    },
  ),
)

export const loanCancelled = defineEvent(
  'library.loan.cancelled',
  1,
  Type.Object(
    { loan: LoanFact, reason: Type.Enum(CANCEL_REASONS) },
    { description: 'BorrowCancelled: the loan has come to nothing, and no copy is taken for it.' },
  ),
)

export const loanReturned = defineEvent(
  'library.loan.returned',
  1,
  Type.Object(
    {
      loan: LoanFact,
      returnNo: Type.Integer({ minimum: 1, description: 'Counts the returns of this loan' }),
      returned: Copies,
      lateDays: Type.Integer({ minimum: 0 }),
      fee: Money,
      effectiveAt: Type.String({ description: 'RFC 3339; earlier than the event for a book drop' }),
      barcodes: Type.Optional(
        Type.Array(Type.String(), { description: 'The very copies that came back, where they were scanned' }),
      ),
      scanned: Type.Optional(
        Type.Boolean({ description: 'A librarian has the copies in hand; else they came by themselves' }),
      ),
      undone: Type.Optional(
        Type.Boolean({ description: 'The loan was a slip of the hand: nothing of it counts' }),
      ),
    },
    { description: 'BookReturned: some copies came back, or all.' },
  ),
)

export const loanRenewed = defineEvent(
  'library.loan.renewed',
  1,
  Type.Object(
    { loan: LoanFact },
    { description: 'The loan was prolonged. An earlier BookExpired with a smaller due version is void.' },
  ),
)

export const loanDueSoon = defineEvent(
  'library.loan.due-soon',
  1,
  Type.Object(
    { loan: LoanFact, copies: Copies },
    { description: 'The due date is near and copies are out. Once for each due version.' },
  ),
)

export const loanExpired = defineEvent(
  'library.loan.expired',
  1,
  Type.Object(
    { loan: LoanFact, copies: Copies },
    { description: 'BookExpired: the due date passed with copies out. Once for each due version.' },
  ),
)

export const loanLost = defineEvent(
  'library.loan.lost',
  1,
  Type.Object(
    { loan: LoanFact, copies: Copies, charge: Money },
    { description: 'The copies still out are given up for lost.' },
  ),
)

export const loanFound = defineEvent(
  'library.loan.found',
  1,
  Type.Object(
    { loan: LoanFact, copies: Copies, refund: Money },
    { description: 'Copies that were given up came back.' },
  ),
)

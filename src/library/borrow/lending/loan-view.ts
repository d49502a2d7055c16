import Type, { type Static } from 'typebox'
import { Instant, orNull } from '../../../platform/http/schemas.ts'
import { BUSINESS_TIME_ZONE } from '../../../platform/time/clock.ts'
import { endOfDay } from '../../../platform/time/opening-calendar.ts'
import { lateDays, lateFee } from '../rules/late-fee.ts'
import { copiesOut, LOAN_STATES, lateFeesOf } from '../rules/loan.ts'
import type { LentUnder } from '../store/loan-row.ts'

export const LoanStateSchema = Type.Enum(LOAN_STATES)

export const LoanSchema = Type.Object({
  id: Type.String(),
  patronId: Type.String(),
  book: Type.Object({ id: Type.String(), title: orNull(Type.String()) }),
  quantity: Type.Integer({ minimum: 1 }),
  out: Type.Integer({ minimum: 0, description: 'Copies the patron has' }),
  returned: Type.Integer({ minimum: 0 }),
  state: LoanStateSchema,
  borrowedAt: Instant(),
  dueOn: Type.String({ format: 'date', description: 'Last day in Seoul on which a return is in time' }),
  dueAt: Type.String({ format: 'date-time', description: 'The end of that day' }),
  renewals: Type.Integer({ minimum: 0 }),
  lateFees: Type.Integer({ minimum: 0, description: 'Won, charged at returns so far' }),
  wouldBe: orNull(
    Type.Object({
      lateDays: Type.Integer({ minimum: 1 }),
      fee: Type.Integer({ minimum: 0, description: 'Won' }),
    }),
  ),
  replacement: orNull(Type.Integer({ minimum: 0, description: 'Won, charged for copies given up' })),
  reason: orNull(
    Type.Enum(['out_of_stock', 'held_for_others', 'book_unknown', 'book_withdrawn', 'patron', 'timeout'], {
      description: 'Why it came to nothing',
    }),
  ),
  offers: Type.Array(Type.Enum(['join_queue']), { description: 'What can be done instead' }),
  policyVersion: Type.Integer({ minimum: 1 }),
  closedAt: orNull(Instant()),
})
export type LoanView = Static<typeof LoanSchema>

/**
 * A loan as its patron sees it. `wouldBe` is what a return today would cost while copies are late; it is charged at the
 * return only, and never summed.
 */
export function loanView({ loan, policy }: LentUnder, today: Temporal.PlainDate): LoanView {
  const out = copiesOut(loan)
  const late = out > 0 ? lateDays(loan.dueOn, today) : 0
  const givenUp = loan.state === 'lost' ? loan : loan.state === 'returned' ? loan.givenUp : null
  return {
    id: loan.id,
    patronId: loan.patronId,
    book: { id: loan.bookId, title: loan.title },
    quantity: loan.quantity,
    out,
    returned: 'returned' in loan ? loan.returned : 0,
    state: loan.state,
    borrowedAt: loan.borrowedAt.toString(),
    dueOn: loan.dueOn.toString(),
    dueAt: endOfDay(loan.dueOn, BUSINESS_TIME_ZONE).toString(),
    renewals: loan.renewals,
    lateFees: lateFeesOf(loan),
    wouldBe: late > 0 ? { lateDays: late, fee: lateFee(policy.lateFee, late) } : null,
    replacement: givenUp?.replacement ?? null,
    reason: reasonOf(loan),
    offers: loan.state === 'cancelled' && isShort(loan.noStock) ? ['join_queue'] : [],
    policyVersion: loan.policy.version,
    closedAt: 'closedAt' in loan ? loan.closedAt.toString() : null,
  }
}

const isShort = (noStock: string | null) => noStock === 'not_enough' || noStock === 'held_for_others'

function reasonOf(loan: LentUnder['loan']): LoanView['reason'] {
  if (loan.state === 'cancelling') return loan.reason
  if (loan.state !== 'cancelled') return null
  return loan.noStock === null || loan.noStock === 'not_enough' ? loan.reason : loan.noStock
}

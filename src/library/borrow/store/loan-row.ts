import type { Won } from '../../../platform/money.ts'
import type { CancelReason, Loan, LoanBasis, LoanState, NoStock, Returns } from '../rules/loan.ts'
import type { LendingPolicy } from '../rules/policy.ts'

/** A row of `borrow.loan` with the rules it was made under. */
export interface LoanRow {
  id: string
  patron_id: string
  book_id: string
  title: string | null
  quantity: number
  state: LoanState
  version: number
  borrowed_at: Temporal.Instant
  due_on: Temporal.PlainDate
  due_version: number
  renewals: number
  policy_id: string
  policy_version: number
  settle_by: Temporal.Instant
  returned: number
  returns: number
  late_fees: Won
  replacement: Won | null
  lost_at: Temporal.Instant | null
  cancel_reason: CancelReason | null
  no_stock: NoStock | null
  closed_at: Temporal.Instant | null
}

/** A loan and the rules it was made under. */
export interface LentUnder {
  loan: Loan
  policy: LendingPolicy
}

/** The loan as its state's type. What a state must have and the row lacks is a bug (the table's checks forbid it). */
export function loanOf(row: LoanRow): Loan {
  const basis = basisOf(row)
  const returns: Returns = { returned: row.returned, returns: row.returns, lateFees: row.late_fees }
  const { state } = row
  switch (state) {
    case 'pending':
      return { ...basis, state }
    case 'cancelling':
      return { ...basis, state, reason: present(row.cancel_reason, row) }
    case 'cancelled':
      return {
        ...basis,
        state,
        reason: present(row.cancel_reason, row),
        noStock: row.no_stock,
        closedAt: present(row.closed_at, row),
      }
    case 'active':
    case 'overdue':
      return { ...basis, ...returns, state }
    case 'lost':
      return { ...basis, ...returns, state, ...givenUpOf(row) }
    case 'returned':
      return {
        ...basis,
        ...returns,
        state,
        closedAt: present(row.closed_at, row),
        givenUp: row.lost_at === null ? null : givenUpOf(row),
      }
  }
}

function basisOf(row: LoanRow): LoanBasis {
  return {
    id: row.id,
    patronId: row.patron_id,
    bookId: row.book_id,
    title: row.title,
    quantity: row.quantity,
    version: row.version,
    borrowedAt: row.borrowed_at,
    dueOn: row.due_on,
    dueVersion: row.due_version,
    renewals: row.renewals,
    policy: { id: row.policy_id, version: row.policy_version },
    settleBy: row.settle_by,
  }
}

const givenUpOf = (row: LoanRow) => ({
  lostAt: present(row.lost_at, row),
  replacement: present(row.replacement, row),
})

function present<T>(value: T | null, row: LoanRow): T {
  if (value === null) throw new Error(`loan ${row.id} lacks what the state ${row.state} must have`)
  return value
}

/** The columns that tell a loan's state; what the state does not have is null or nothing. */
export function stateColumns(loan: Loan) {
  const givenUp = loan.state === 'lost' ? loan : loan.state === 'returned' ? loan.givenUp : null
  return {
    state: loan.state,
    version: loan.version,
    title: loan.title,
    due_on: loan.dueOn,
    due_version: loan.dueVersion,
    renewals: loan.renewals,
    returned: 'returned' in loan ? loan.returned : 0,
    returns: 'returns' in loan ? loan.returns : 0,
    late_fees: 'lateFees' in loan ? loan.lateFees : 0,
    replacement: givenUp?.replacement ?? null,
    lost_at: givenUp?.lostAt ?? null,
    cancel_reason: 'reason' in loan ? loan.reason : null,
    no_stock: loan.state === 'cancelled' ? loan.noStock : null,
    closed_at: 'closedAt' in loan ? loan.closedAt : null,
  }
}

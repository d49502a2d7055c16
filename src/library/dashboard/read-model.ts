import { sql } from 'kysely'
import type { LoanFact } from '../../contracts/library/loan-events.ts'
import type { Tx } from '../../platform/database/database.ts'
import { WITH_COMMIT } from '../../platform/database/prepared-statements.ts'

/** An event about a loan as it arrives. */
export interface LoanNews {
  type: string
  version: number
  time: Temporal.Instant
  loan: LoanFact
  /** What only this event tells. */
  detail: object
}

/**
 * Takes an event in. The event is kept; the loan shown is the newest version known of it. So an event that comes twice,
 * late or before an earlier one leaves the same as all of them in order. One statement: every loan makes two events.
 */
export async function takeInNews(tx: Tx, news: LoanNews, now: Temporal.Instant): Promise<void> {
  const { loan } = news
  await sql`
    ${sql.raw(WITH_COMMIT)} with fresh as (
      insert into dashboard.loan_event (loan_id, version, type, occurred_at, received_at, patron_id, loan, detail)
      values (${loan.loanId}, ${news.version}, ${news.type}, ${news.time}, ${now}, ${loan.patronId},
              ${JSON.stringify(loan)}::jsonb, ${JSON.stringify(news.detail)}::jsonb)
      on conflict do nothing returning loan_id, version, patron_id, occurred_at, received_at),
    shown as (
      insert into dashboard.loan (loan_id, version, patron_id, book_id, title, state, quantity, copies_out,
                                  borrowed_at, due_on, late_fees)
      select loan_id, version, patron_id, ${loan.bookId}::uuid, ${loan.title}, ${loan.state}, ${loan.quantity}::int,
             ${loan.out}::int, ${loan.borrowedAt}::timestamptz, ${loan.dueOn}::date, ${loan.lateFees}::bigint
      from fresh
      on conflict (loan_id) do update set
        version = excluded.version, title = excluded.title, state = excluded.state,
        copies_out = excluded.copies_out, due_on = excluded.due_on, late_fees = excluded.late_fees
      where loan.version < excluded.version)
    insert into dashboard.patron (patron_id, revision, as_of, changed_at)
    select patron_id, 1, occurred_at, received_at from fresh
    on conflict (patron_id) do update set
      revision = patron.revision + 1, as_of = greatest(patron.as_of, excluded.as_of),
      changed_at = excluded.changed_at`.execute(tx)
}

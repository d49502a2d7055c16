import { sql } from 'kysely'
import { type Db, transact } from '../../platform/database/database.ts'

/** What a rebuild did. */
export interface Rebuilt {
  /** Loans shown now. */
  loans: number
  /** Loans that were shown otherwise before. */
  corrected: number
}

/**
 * Makes the read model anew from the events that were kept. Readers see the old one until the new one is there; events
 * that arrive meanwhile wait. Rows that are right already are not touched, and nothing is needed but the right to read
 * and write: the role of the service owns no table.
 */
export async function rebuildDashboard(db: Db): Promise<Rebuilt> {
  return transact(db, async (tx) => {
    // Longer than any request: all of the past is read.
    await sql`set local statement_timeout = '30min'`.execute(tx)
    // Readers go on, writers wait. One rebuild at a time.
    await sql`lock table dashboard.loan_event in share row exclusive mode`.execute(tx)
    const { rows } = await sql<Rebuilt>`
      with newest as materialized (
        select distinct on (loan_id) loan_id, version, patron_id, (loan->>'bookId')::uuid as book_id,
               loan->>'title' as title, loan->>'state' as state, (loan->>'quantity')::int as quantity,
               (loan->>'out')::int as copies_out, (loan->>'borrowedAt')::timestamptz as borrowed_at,
               (loan->>'dueOn')::date as due_on, (loan->>'lateFees')::bigint as late_fees
        from dashboard.loan_event order by loan_id, version desc),
      gone as (
        delete from dashboard.loan old where not exists (select from newest where newest.loan_id = old.loan_id)
        returning 1),
      written as (
        insert into dashboard.loan as old (loan_id, version, patron_id, book_id, title, state, quantity, copies_out,
                                           borrowed_at, due_on, late_fees)
        select * from newest
        on conflict (loan_id) do update
        set version = excluded.version, patron_id = excluded.patron_id, book_id = excluded.book_id,
            title = excluded.title, state = excluded.state, quantity = excluded.quantity,
            copies_out = excluded.copies_out, borrowed_at = excluded.borrowed_at, due_on = excluded.due_on,
            late_fees = excluded.late_fees
        where old.* is distinct from excluded.*
        returning 1)
      select (select count(*)::int from newest) as loans,
             (select count(*)::int from gone) + (select count(*)::int from written) as corrected`.execute(tx)
    await sql`
      update dashboard.patron set revision = revision + 1
      where patron_id in (select distinct patron_id from dashboard.loan)`.execute(tx)
    return rows[0] ?? { loans: 0, corrected: 0 }
  })
}

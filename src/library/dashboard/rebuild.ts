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
 * Makes the read model anew from the events that were kept, in a table beside the old one, and switches. Readers see the
 * old one until the new one is there; events that arrive meanwhile wait for the switch, which takes no longer than
 * copying the newest version of each loan.
 */
export async function rebuildDashboard(db: Db): Promise<Rebuilt> {
  return transact(db, async (tx) => {
    // Longer than any request: all of the past is read.
    await sql`set local statement_timeout = '30min'`.execute(tx)
    // Readers go on, writers wait. One rebuild at a time.
    await sql`lock table dashboard.loan_event in share row exclusive mode`.execute(tx)
    await sql`create table dashboard.loan_new (like dashboard.loan including all)`.execute(tx)
    await sql`
      insert into dashboard.loan_new (loan_id, version, patron_id, book_id, title, state, quantity, copies_out,
                                      borrowed_at, due_on, late_fees)
      select distinct on (loan_id) loan_id, version, patron_id, (loan->>'bookId')::uuid,
             loan->>'title',
             loan->>'state', (loan->>'quantity')::int, (loan->>'out')::int,
             (loan->>'borrowedAt')::timestamptz, (loan->>'dueOn')::date, (loan->>'lateFees')::bigint
      from dashboard.loan_event order by loan_id, version desc`.execute(tx)
    const { rows } = await sql<Rebuilt>`
      select count(new.loan_id)::int as loans,
             count(*) filter (where new is distinct from old)::int as corrected
      from dashboard.loan_new new full join dashboard.loan old using (loan_id)`.execute(tx)
    await sql`drop table dashboard.loan`.execute(tx)
    await sql`alter table dashboard.loan_new rename to loan`.execute(tx)
    await sql`
      update dashboard.patron set revision = revision + 1
      where patron_id in (select distinct patron_id from dashboard.loan)`.execute(tx)
    return rows[0] ?? { loans: 0, corrected: 0 }
  })
}

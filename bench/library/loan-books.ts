import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'

/** What the database says of the loans that were asked for, all old ones left out. */
export interface LoanBooks {
  readonly loans: number
  /** Loans that lack their event or their key. */
  readonly incomplete: number
  readonly pending: number
  /** Copies of loans that run, copies the catalogue has given away, and copies the dashboards show. */
  readonly lent: number
  readonly gone: number
  readonly shown: number
}

/** Counts the loans that were made in this database. */
export async function countLoans(db: Db): Promise<LoanBooks> {
  const { rows } = await sql<LoanBooks>`
    with made as (select * from borrow.loan where state <> 'returned')
    select (select count(*) from made)::int as loans,
           (select count(*) from made where not exists (
              select 1 from platform.event where subject = made.id::text and type = 'library.loan.borrowed')
            or not exists (
              select 1 from platform.idempotency_key k where k.scope = 'library-loans:' || made.patron_id
                and k.answer ->> 'id' = made.id::text))::int as incomplete,
           (select count(*) from made where state = 'pending')::int as pending,
           (select coalesce(sum(quantity - returned), 0) from made where state in ('active', 'overdue'))::int as lent,
           (select count(*) from book.copy where state = 'on_loan')::int as gone,
           (select coalesce(sum(copies_out), 0) from dashboard.shown_loan)::int as shown`.execute(db)
  const [books] = rows
  if (books === undefined) throw new Error('no books')
  return books
}

/** How long loans of the last seconds were pending, in milliseconds: two events, one there and one back. */
export async function pendingTimes(db: Db, seconds: number): Promise<{ p50: number; p99: number }> {
  const { rows } = await sql<{ p50: number | null; p99: number | null }>`
    select percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
    from (
      select 1000 * extract(epoch from a.occurred_at - b.occurred_at)::float8 as ms
      from platform.event b join platform.event a on a.subject = b.subject and a.type = 'library.loan.activated'
      where b.type = 'library.loan.borrowed' and b.occurred_at > now() - make_interval(secs => ${seconds})) as loan`.execute(
    db,
  )
  const { p50 = null, p99 = null } = rows[0] ?? {}
  if (p50 === null || p99 === null) throw new Error('no loan was activated')
  return { p50, p99 }
}

const SETTLED_WITHIN_MS = 300_000
const POLL_MS = 100

/** Waits until the catalogue has answered every loan and everybody has heard of it. @returns the seconds it took */
export async function settled(db: Db): Promise<number> {
  const from = performance.now()
  for (;;) {
    const { rows } = await sql`
      (select 1 from borrow.loan where state = 'pending' limit 1)
      union all (select 1 from platform.undelivered limit 1)`.execute(db)
    const seconds = (performance.now() - from) / 1_000
    if (rows.length === 0) return seconds
    if (seconds * 1_000 > SETTLED_WITHIN_MS) throw new Error('loans are not settled')
    await new Promise((done) => setTimeout(done, POLL_MS))
  }
}

import { sql } from 'kysely'
import type { Tx } from '../../platform/database/database.ts'
import { WITH_COMMIT } from '../../platform/database/prepared-statements.ts'
import type { LoanNews } from './loan-news.ts'

const COLUMNS =
  'loan_id, version, patron_id, book_id, title, state, quantity, copies_out, borrowed_at, due_on, late_fees'
const LOAN_COLUMNS = sql.raw(COLUMNS)
const EXCLUDED_COLUMNS = sql.raw(COLUMNS.replaceAll(/\w+/g, 'excluded.$&'))

/** What is written of a loan: whichever event comes last, the newest version stays. */
const NEWEST_STAYS = sql.raw(`
  on conflict (loan_id) do update set
    version = excluded.version, title = excluded.title, state = excluded.state,
    copies_out = excluded.copies_out, due_on = excluded.due_on, late_fees = excluded.late_fees
  where old.version < excluded.version`)

/**
 * Takes an event in. The event is kept; the loan shown is the newest version known of it. So an event that comes twice,
 * late or before an earlier one leaves the same as all of them in order. One statement: every loan makes two events.
 *
 * While a rebuild needs `dashboard.loan_b`, a trigger takes the event in there too (migration 0004): so does the news of
 * a process of an older release.
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
      insert into dashboard.loan as old (${LOAN_COLUMNS})
      select loan_id, version, patron_id, ${loan.bookId}::uuid, ${loan.title}::text, ${loan.state}::text,
             ${loan.quantity}::int, ${loan.out}::int, ${loan.borrowedAt}::timestamptz, ${loan.dueOn}::date,
             ${loan.lateFees}::bigint
      from fresh ${NEWEST_STAYS})
    insert into dashboard.patron (patron_id, revision, as_of, changed_at)
    select patron_id, 1, occurred_at, received_at from fresh
    on conflict (patron_id) do update set
      revision = patron.revision + 1, as_of = greatest(patron.as_of, excluded.as_of),
      changed_at = excluded.changed_at`.execute(tx)
}

/**
 * Keeps events as they are told again: what was lost of those kept is there again, what differed is put right.
 * @returns how many were, and whose pages show it
 */
export async function keepAgain(
  tx: Tx,
  all: readonly LoanNews[],
  now: Temporal.Instant,
): Promise<{ repaired: number; patrons: string[] }> {
  const told = all.map(({ type, version, time, loan, detail }) => ({
    loan_id: loan.loanId,
    version,
    type,
    occurred_at: time,
    patron_id: loan.patronId,
    loan,
    detail,
  }))
  const { rows } = await sql<{ repaired: number; patrons: string[] | null }>`
    with told as materialized (
      select distinct on (loan_id, version) *
      from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as told
        (loan_id uuid, version int, type text, occurred_at timestamptz, patron_id uuid, loan jsonb, detail jsonb)
      order by loan_id, version),
    kept as (
      insert into dashboard.loan_event as old
        (loan_id, version, type, occurred_at, received_at, patron_id, loan, detail)
      select loan_id, version, type, occurred_at, ${now}::timestamptz, patron_id, loan, detail from told
      order by loan_id, version
      on conflict (loan_id, version) do update set
        type = excluded.type, occurred_at = excluded.occurred_at, patron_id = excluded.patron_id,
        loan = excluded.loan, detail = excluded.detail
      where (old.type, old.occurred_at, old.patron_id, old.loan, old.detail) is distinct from
            (excluded.type, excluded.occurred_at, excluded.patron_id, excluded.loan, excluded.detail)
      returning loan_id, version, patron_id),
    -- Also who was shown an event that is another's.
    patrons as (
      select patron_id from kept
      union select old.patron_id from dashboard.loan_event old join kept using (loan_id, version))
    select (select count(*)::int from kept) as repaired,
           (select array_agg(patron_id order by patron_id) from patrons) as patrons`.execute(tx)
  const { repaired = 0, patrons } = rows[0] ?? {}
  return { repaired, patrons: patrons ?? [] }
}

/**
 * Counts a change of what these patrons see, so that whoever has seen less is told, and says of when the newest news of
 * them is. In the order in which news locks their lines.
 */
export async function countChange(tx: Tx, patrons: readonly string[], now: Temporal.Instant): Promise<void> {
  const newest = (patron: string) =>
    sql`(select max(occurred_at) from dashboard.loan_event e where e.patron_id = ${sql.raw(patron)})`
  await sql`
    insert into dashboard.patron as old (patron_id, revision, as_of, changed_at)
    select id, 1, coalesce(${newest('id')}, ${now}::timestamptz), ${now}::timestamptz
    from unnest(${patrons}::uuid[]) as id order by id
    on conflict (patron_id) do update set
      revision = old.revision + 1,
      as_of = greatest(old.as_of, ${newest('old.patron_id')})`.execute(tx)
}

/**
 * Makes some of the loans of `dashboard.loan_b` of the events kept, in the order of their ids.
 * @param after the id behind which to begin
 * @returns the last id that was looked at; undefined when there are no more: of what comes meanwhile news takes care, and
 *   an end that was run after would never be reached
 */
export async function makeLoans(tx: Tx, after: string, atMost: number): Promise<string | undefined> {
  const { rows } = await sql<{ last: string | null }>`
    with next as materialized (
      select distinct loan_id from dashboard.loan_event where loan_id > ${after}::uuid order by loan_id limit ${atMost}),
    made as (
      insert into dashboard.loan_b as old (${LOAN_COLUMNS})
      select distinct on (loan_id) loan_id, version, patron_id, (loan->>'bookId')::uuid, loan->>'title', loan->>'state',
             (loan->>'quantity')::int, (loan->>'out')::int, (loan->>'borrowedAt')::timestamptz,
             (loan->>'dueOn')::date, (loan->>'lateFees')::bigint
      from dashboard.loan_event join next using (loan_id)
      order by loan_id, version desc ${NEWEST_STAYS})
    select max(loan_id::text) as last from next having count(*) = ${atMost}`.execute(tx)
  return rows[0]?.last ?? undefined
}

/**
 * Puts some loans of `dashboard.loan` right by those of `dashboard.loan_b`, in the order of their ids. News writes the first
 * before the second: with the lines of the second locked, nothing newer than they are is overwritten.
 * @param after the id behind which to begin
 * @returns the last id that was looked at, undefined when there are no more, and how many differed
 */
export async function copyLoans(
  tx: Tx,
  after: string,
  atMost: number,
): Promise<{ last: string | undefined; differed: number }> {
  const some = (table: string) =>
    sql`(select loan_id from ${sql.raw(table)} where loan_id > ${after}::uuid order by loan_id limit ${atMost})`
  const { rows } = await sql<{ last: string | null; differed: number }>`
    with next as materialized (
      select loan_id from (${some('dashboard.loan')} union ${some('dashboard.loan_b')}) ids
      order by loan_id limit ${atMost}),
    differing as materialized (
      select b.* from next join dashboard.loan_b b using (loan_id) left join dashboard.loan a using (loan_id)
      where a.* is distinct from b.* order by loan_id for share of b),
    written as (
      insert into dashboard.loan (${LOAN_COLUMNS}) select ${LOAN_COLUMNS} from differing
      on conflict (loan_id) do update set
        (${LOAN_COLUMNS}) = row(${EXCLUDED_COLUMNS})
      returning loan_id),
    gone as (
      delete from dashboard.loan a using next
      where a.loan_id = next.loan_id and not exists (select from dashboard.loan_b b where b.loan_id = a.loan_id)
      returning a.loan_id)
    select (select max(loan_id::text) from next having count(*) = ${atMost}) as last,
           (select count(*) from written)::int + (select count(*) from gone)::int as differed`.execute(tx)
  const { last, differed = 0 } = rows[0] ?? {}
  return { last: last ?? undefined, differed }
}

import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../platform/database/database.ts'
import { WITH_COMMIT } from '../../platform/database/prepared-statements.ts'
import type { LoanNews } from './loan-news.ts'

/** There are two read models: one is shown, and a rebuild makes the other. */
export type Model = 'a' | 'b'

export const TABLES: Readonly<Record<Model, RawBuilder<unknown>>> = {
  a: sql.raw('dashboard.loan'),
  b: sql.raw('dashboard.loan_b'),
}

/** What is written of a loan: whichever event comes last, the newest version stays. */
export const LOAN_COLUMNS = sql.raw(
  'loan_id, version, patron_id, book_id, title, state, quantity, copies_out, borrowed_at, due_on, late_fees',
)

const NEWEST_STAYS = sql.raw(`
  on conflict (loan_id) do update set
    version = excluded.version, title = excluded.title, state = excluded.state,
    copies_out = excluded.copies_out, due_on = excluded.due_on, late_fees = excluded.late_fees
  where old.version < excluded.version`)

/**
 * Takes an event in. The event is kept; the loan shown is the newest version known of it. So an event that comes twice,
 * late or before an earlier one leaves the same as all of them in order. One statement: every loan makes two events.
 *
 * While a rebuild makes the other model, news goes into both. That there is one is read by this statement, after it has
 * its lock on the events kept; the rebuild begins under a lock that waits for this one (see rebuild.ts).
 */
export async function takeInNews(tx: Tx, news: LoanNews, now: Temporal.Instant): Promise<void> {
  const { loan } = news
  await sql`
    ${sql.raw(WITH_COMMIT)} with model as (select shown, building from dashboard.read_model),
    fresh as (
      insert into dashboard.loan_event (loan_id, version, type, occurred_at, received_at, patron_id, loan, detail)
      values (${loan.loanId}, ${news.version}, ${news.type}, ${news.time}, ${now}, ${loan.patronId},
              ${JSON.stringify(loan)}::jsonb, ${JSON.stringify(news.detail)}::jsonb)
      on conflict do nothing returning loan_id, version, patron_id, occurred_at, received_at),
    newest as (
      select loan_id, version, patron_id, ${loan.bookId}::uuid, ${loan.title}::text, ${loan.state}::text,
             ${loan.quantity}::int, ${loan.out}::int, ${loan.borrowedAt}::timestamptz, ${loan.dueOn}::date,
             ${loan.lateFees}::bigint
      from fresh),
    in_a as (
      insert into dashboard.loan as old (${LOAN_COLUMNS})
      select newest.* from newest, model where 'a' in (shown, building) ${NEWEST_STAYS}),
    in_b as (
      insert into dashboard.loan_b as old (${LOAN_COLUMNS})
      select newest.* from newest, model where 'b' in (shown, building) ${NEWEST_STAYS})
    insert into dashboard.patron (patron_id, revision, as_of, changed_at)
    select patron_id, 1, occurred_at, received_at from fresh
    on conflict (patron_id) do update set
      revision = patron.revision + 1, as_of = greatest(patron.as_of, excluded.as_of),
      changed_at = excluded.changed_at`.execute(tx)
}

/**
 * Keeps events as they are told again: what was lost of those kept is there again, what differed is put right.
 * @returns how many were
 */
export async function keepAgain(tx: Tx, all: readonly LoanNews[], now: Temporal.Instant): Promise<number> {
  const told = all.map(({ type, version, time, loan, detail }) => ({
    loan_id: loan.loanId,
    version,
    type,
    occurred_at: time,
    patron_id: loan.patronId,
    loan,
    detail,
  }))
  const { numAffectedRows } = await sql`
    insert into dashboard.loan_event as old (loan_id, version, type, occurred_at, received_at, patron_id, loan, detail)
    select distinct on (loan_id, version) loan_id, version, type, occurred_at, ${now}::timestamptz, patron_id, loan, detail
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as told
      (loan_id uuid, version int, type text, occurred_at timestamptz, patron_id uuid, loan jsonb, detail jsonb)
    order by loan_id, version
    on conflict (loan_id, version) do update set
      type = excluded.type, occurred_at = excluded.occurred_at, patron_id = excluded.patron_id,
      loan = excluded.loan, detail = excluded.detail
    where (old.type, old.occurred_at, old.patron_id, old.loan, old.detail) is distinct from
          (excluded.type, excluded.occurred_at, excluded.patron_id, excluded.loan, excluded.detail)`.execute(
    tx,
  )
  return Number(numAffectedRows ?? 0n)
}

/**
 * Makes some of a model's loans of the events kept, in the order of their ids.
 * @param after the id behind which to begin
 * @returns the last id that was looked at; undefined when there was none
 */
export async function makeLoans(
  tx: Tx,
  model: Model,
  after: string,
  atMost: number,
): Promise<string | undefined> {
  const { rows } = await sql<{ last: string | null }>`
    with next as materialized (
      select distinct loan_id from dashboard.loan_event where loan_id > ${after}::uuid order by loan_id limit ${atMost}),
    made as (
      insert into ${TABLES[model]} as old (${LOAN_COLUMNS})
      select distinct on (loan_id) loan_id, version, patron_id, (loan->>'bookId')::uuid, loan->>'title', loan->>'state',
             (loan->>'quantity')::int, (loan->>'out')::int, (loan->>'borrowedAt')::timestamptz,
             (loan->>'dueOn')::date, (loan->>'lateFees')::bigint
      from dashboard.loan_event join next using (loan_id)
      order by loan_id, version desc ${NEWEST_STAYS})
    select max(loan_id::text) as last from next`.execute(tx)
  return rows[0]?.last ?? undefined
}

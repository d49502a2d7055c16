import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../src/platform/database/database.ts'
import type { LibraryService } from './fleet.ts'

/** A loan as lending has it; of the same loan the catalogue and the dashboard have rows of their own. */
export interface LoanRow {
  id: string
  patronId: string
  bookId: string
  quantity: number
  state: string
  version: number
  returned: number
  returns: number
  renewals: number
  lateFees: number
  dueOn: string
  replacement: number | null
}

export interface EventRow {
  id: string
  type: string
  source: string
  subject: string
  version: number
}

/** Everything that must fit together, read at rest from all databases. */
export interface Snapshot {
  loans: LoanRow[]
  returns: { loanId: string; no: number; copies: number; lateDays: number; fee: number }[]
  fees: {
    id: string
    patronId: string
    kind: string
    amount: number
    loanId: string | null
    returnNo: number | null
  }[]
  /** Copies of a loan by barcode, as lending knows them; the number of the return, null while it is out. */
  loanCopies: { loanId: string; barcode: string; backNo: number | null }[]
  /** Copies each may have at a time. */
  limits: { patronId: string; limit: number }[]
  /** Who waits for what, as lending has heard. */
  heardHolds: { holdId: string; waiting: boolean }[]
  copies: { barcode: string; bookId: string; state: string; loanId: string | null; holdId: string | null }[]
  loanStock: { loanId: string; state: string; taken: number; back: number; lost: number }[]
  moves: { loanId: string; kind: string; no: number; copies: number }[]
  holds: { id: string; bookId: string; patronId: string; state: string }[]
  /** Loans on the dashboard, and the events it was made of. */
  shown: { loanId: string; state: string; quantity: number; out: number; lateFees: number; dueOn: string }[]
  shownEvents: { loanId: string; version: number }[]
  /** What lending told of loans, in the order in which it was told. */
  told: {
    loanId: string
    patronId: string
    version: number
    type: string
    state: string
    quantity: number
    out: number
  }[]
  /** By the name of a database: its log, and what has not been taken from it. */
  logs: Map<string, EventRow[]>
  undelivered: { place: string; subscriber: string | null; eventId: string }[]
  parked: { place: string; subscriber: string; eventId: string; state: string; reason: string }[]
  inbox: { place: string; subscriber: string; eventId: string }[]
  /** What each subscriber wants. */
  wanted: { place: string; subscriber: string; type: string }[]
  /** Kept answers: of which operation, and the id they tell of. */
  keys: { scope: string; key: string; about: string | null }[]
  accounts: string[]
}

/** The databases of the services; one and the same where they share it. */
export type Databases = Readonly<Record<LibraryService, Db>>

/** Reads all databases. */
export async function readSnapshot(databases: Databases): Promise<Snapshot> {
  return {
    ...(await readBorrow(databases.borrow)),
    ...(await readBook(databases.book)),
    ...(await readDashboard(databases.dashboard)),
    ...(await readEvents(databases)),
    accounts: (
      await rowsOf(
        databases.identity,
        sql<{ email: string }>`select email from identity.account where status = 'active'`,
      )
    ).map(({ email }) => email),
  }
}

async function readBorrow(db: Db) {
  return {
    loans: await rowsOf(
      db,
      sql<LoanRow>`
      select id, patron_id as "patronId", book_id as "bookId", quantity, state, version, returned, returns, renewals,
        late_fees as "lateFees", due_on::text as "dueOn", replacement
      from borrow.loan order by id`,
    ),
    returns: await rowsOf(
      db,
      sql<Snapshot['returns'][number]>`
      select loan_id as "loanId", no, copies, late_days as "lateDays", fee from borrow.loan_return`,
    ),
    fees: await rowsOf(
      db,
      sql<Snapshot['fees'][number]>`
      select id, patron_id as "patronId", kind, amount, loan_id as "loanId", return_no as "returnNo"
      from borrow.fee_entry`,
    ),
    loanCopies: await rowsOf(
      db,
      sql<Snapshot['loanCopies'][number]>`
      select loan_id as "loanId", barcode, back_no as "backNo" from borrow.loan_copy`,
    ),
    limits: await rowsOf(
      db,
      sql<Snapshot['limits'][number]>`
      select p.id as "patronId", (r.rules -> 'copiesPerPatron' ->> p.category)::int as limit
      from borrow.patron p, (select rules from borrow.policy order by version desc limit 1) r`,
    ),
    heardHolds: await rowsOf(
      db,
      sql<Snapshot['heardHolds'][number]>`select hold_id as "holdId", waiting from borrow.waiting_hold`,
    ),
    told: await rowsOf(
      db,
      sql<Snapshot['told'][number]>`
      select subject as "loanId", data -> 'loan' ->> 'patronId' as "patronId", subject_version as version, type,
        data -> 'loan' ->> 'state' as state, (data -> 'loan' ->> 'quantity')::int as quantity,
        (data -> 'loan' ->> 'out')::int as out
      from platform.event where source = 'library/borrow' and type like 'library.loan.%' order by pending, position`,
    ),
  }
}

async function readBook(db: Db) {
  return {
    copies: await rowsOf(
      db,
      sql<Snapshot['copies'][number]>`
      select barcode, book_id as "bookId", state, loan_id as "loanId", hold_id as "holdId" from book.copy`,
    ),
    loanStock: await rowsOf(
      db,
      sql<Snapshot['loanStock'][number]>`
      select loan_id as "loanId", state, taken, back, lost from book.loan_stock`,
    ),
    moves: await rowsOf(
      db,
      sql<Snapshot['moves'][number]>`select loan_id as "loanId", kind, no, copies from book.stock_move`,
    ),
    holds: await rowsOf(
      db,
      sql<Snapshot['holds'][number]>`
      select id, book_id as "bookId", patron_id as "patronId", state from book.hold`,
    ),
  }
}

async function readDashboard(db: Db) {
  return {
    shown: await rowsOf(
      db,
      sql<Snapshot['shown'][number]>`
      select loan_id as "loanId", state, quantity, copies_out as out, late_fees as "lateFees", due_on::text as "dueOn"
      from dashboard.shown_loan`,
    ),
    shownEvents: await rowsOf(
      db,
      sql<Snapshot['shownEvents'][number]>`select loan_id as "loanId", version from dashboard.loan_event`,
    ),
  }
}

/** Scopes of the answers that are kept for readers and librarians. */
const SCOPES = [
  'library-loans:%',
  'library-returns:%',
  'library-renewals:%',
  'library-desk-returns:%',
  'library-fees:%',
  'library-holds:%',
]

async function readEvents(databases: Databases) {
  const places = [...new Map(Object.entries(databases).map(([name, db]) => [db, name]))]
  const logs = new Map<string, EventRow[]>()
  const found: Pick<Snapshot, 'undelivered' | 'parked' | 'inbox' | 'wanted' | 'keys'> = {
    undelivered: [],
    parked: [],
    inbox: [],
    wanted: [],
    keys: [],
  }
  for (const [db, place] of places) {
    const here = <T extends object>(rows: T[]) => rows.map((row) => ({ place, ...row }))
    logs.set(
      place,
      await rowsOf(
        db,
        sql<EventRow>`
        select event_id as id, type, source, subject, subject_version as version from platform.event_log order by seq`,
      ),
    )
    found.undelivered.push(
      ...here(
        await rowsOf(
          db,
          sql<{ subscriber: string | null; eventId: string }>`
          select subscriber, event_id as "eventId" from platform.undelivered`,
        ),
      ),
    )
    found.parked.push(
      ...here(
        await rowsOf(
          db,
          sql<{ subscriber: string; eventId: string; state: string; reason: string }>`
          select subscriber, event_id as "eventId", state, reason from platform.parked_event`,
        ),
      ),
    )
    found.inbox.push(
      ...here(
        await rowsOf(
          db,
          sql<{ subscriber: string; eventId: string }>`
          select subscriber, event_id as "eventId" from platform.inbox`,
        ),
      ),
    )
    found.wanted.push(
      ...here(
        await rowsOf(
          db,
          sql<{ subscriber: string; type: string }>`select subscriber, type from platform.subscription`,
        ),
      ),
    )
    found.keys.push(
      ...(await rowsOf(
        db,
        sql<Snapshot['keys'][number]>`
        select split_part(scope, ':', 1) as scope, key, case when answer ? 'returnNo' then (answer -> 'loan' ->> 'id') || '/' || (answer ->> 'returnNo')
                         else answer ->> 'id' end as about
        from platform.idempotency_key where scope like any (${SCOPES}::text[])`,
      )),
    )
  }
  return { logs, ...found }
}

async function rowsOf<T>(db: Db, query: RawBuilder<T>): Promise<T[]> {
  return (await query.execute(db)).rows
}

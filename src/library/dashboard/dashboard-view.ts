import { sql } from 'kysely'
import Type, { type Static } from 'typebox'
import type { Db, Tx } from '../../platform/database/database.ts'
import { parkedSince, waitingSince } from '../../platform/events/lag.ts'
import { Instant, orNull } from '../../platform/http/schemas.ts'

const Count = Type.Integer({ minimum: 0 })

export const DashboardSchema = Type.Object({
  borrowed: Type.Integer({ minimum: 0, description: 'Copies one has now' }),
  pending: Type.Integer({ minimum: 0, description: 'Copies asked for and not handed over yet' }),
  overdue: Type.Integer({ minimum: 0, description: 'Copies late, of those one has' }),
  lateFees: Type.Integer({ minimum: 0, description: 'Won, charged at all returns; payment changes nothing' }),
  loans: Type.Array(
    Type.Object({
      loanId: Type.String(),
      book: Type.Object({ id: Type.String(), title: orNull(Type.String()) }),
      state: Type.Enum(['pending', 'active', 'overdue', 'cancelling']),
      quantity: Count,
      out: Count,
      borrowedAt: Instant(),
      dueOn: Type.String({ format: 'date' }),
    }),
    { description: 'Current loans, the ones due first in front' },
  ),
  history: Type.Array(
    Type.Object({
      loanId: Type.String(),
      title: orNull(Type.String()),
      what: Type.Enum([
        'borrowed',
        'activated',
        'cancelling',
        'cancelled',
        'returned',
        'renewed',
        'expired',
        'lost',
        'found',
      ]),
      at: Instant(),
      copies: orNull(Type.Integer({ minimum: 1, description: 'Copies that came back or went' })),
      fee: orNull(Type.Integer({ minimum: 0, description: 'Won, of a return' })),
    }),
    { description: 'What happened, newest first' },
  ),
  revision: Type.Integer({ minimum: 0, description: 'Grows with every change; the event id of the stream' }),
  asOf: orNull(Type.String({ format: 'date-time', description: 'When the newest news shown here happened' })),
  waitingSince: orNull(
    Type.String({
      format: 'date-time',
      description:
        'When the oldest news of loans happened that has come here and is not shown yet, or that is about the reader and could not be taken in; null: none',
    }),
  ),
  lagMs: orNull(
    Type.Integer({ minimum: 0, description: 'How long that news took to get here, in milliseconds' }),
  ),
})
export type Dashboard = Static<typeof DashboardSchema>

/** What this is made of, and who hears it. */
const NEWS = 'library.loan.'
export const SUBSCRIBER = 'dashboard.loans'

const MOST_LOANS = 200
const MOST_HISTORY = 50

interface LoanRow {
  loan_id: string
  book_id: string
  title: string | null
  state: Dashboard['loans'][number]['state']
  quantity: number
  copies_out: number
  borrowed_at: Temporal.Instant
  due_on: Temporal.PlainDate
}

interface EventRow {
  loan_id: string
  title: string | null
  type: Dashboard['history'][number]['what']
  occurred_at: Temporal.Instant
  detail: { returned?: number; copies?: number; fee?: number }
}

/** What a patron sees, all of one moment: numbers, lists and the revision that says how new they are. */
export function readDashboard(db: Db, patronId: string): Promise<Dashboard> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((tx) => readOf(tx, patronId))
}

async function readOf(tx: Tx, patronId: string): Promise<Dashboard> {
  const patron = await sql<{ revision: number; as_of: Temporal.Instant; changed_at: Temporal.Instant }>`
    select revision, as_of, changed_at from dashboard.patron where patron_id = ${patronId}`.execute(tx)
  const sums = await sql<{ borrowed: number; pending: number; overdue: number; fees: number }>`
    select coalesce(sum(copies_out), 0)::int as borrowed,
           coalesce(sum(quantity) filter (where state = 'pending'), 0)::int as pending,
           coalesce(sum(copies_out) filter (where state = 'overdue'), 0)::int as overdue,
           (select coalesce(sum(late_fees), 0)::bigint from dashboard.shown_loan
            where patron_id = ${patronId} and late_fees > 0) as fees
    from dashboard.shown_loan
    where patron_id = ${patronId} and state in ('pending', 'active', 'overdue', 'cancelling')`.execute(tx)
  const loans = await sql<LoanRow>`
    select loan_id, book_id, title, state, quantity, copies_out, borrowed_at, due_on from dashboard.shown_loan
    where patron_id = ${patronId} and state in ('pending', 'active', 'overdue', 'cancelling')
    order by due_on, loan_id limit ${MOST_LOANS}`.execute(tx)
  const events = await sql<EventRow>`
    select loan_id, loan->>'title' as title, type, occurred_at, detail from dashboard.loan_event
    where patron_id = ${patronId}
    order by occurred_at desc, loan_id, version desc limit ${MOST_HISTORY}`.execute(tx)
  const coming = await waitingSince(tx, NEWS, SUBSCRIBER)
  const parked = await parkedSince(tx, NEWS, SUBSCRIBER, { loan: { patronId } })
  const [waiting] = [coming, parked].flatMap((at) => at ?? []).toSorted(Temporal.Instant.compare)
  const sum = sums.rows[0]
  const known = patron.rows[0]
  return {
    borrowed: sum?.borrowed ?? 0,
    pending: sum?.pending ?? 0,
    overdue: sum?.overdue ?? 0,
    lateFees: sum?.fees ?? 0,
    loans: loans.rows.map((row) => ({
      loanId: row.loan_id,
      book: { id: row.book_id, title: row.title },
      state: row.state,
      quantity: row.quantity,
      out: row.copies_out,
      borrowedAt: row.borrowed_at.toString(),
      dueOn: row.due_on.toString(),
    })),
    history: events.rows.map((row) => ({
      loanId: row.loan_id,
      title: row.title,
      what: row.type,
      at: row.occurred_at.toString(),
      copies: row.detail.returned ?? row.detail.copies ?? null,
      fee: row.detail.fee ?? null,
    })),
    revision: known?.revision ?? 0,
    asOf: known?.as_of.toString() ?? null,
    waitingSince: waiting?.toString() ?? null,
    lagMs: known ? Math.max(0, known.changed_at.epochMilliseconds - known.as_of.epochMilliseconds) : null,
  }
}

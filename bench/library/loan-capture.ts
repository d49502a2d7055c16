import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../../src/platform/database/database.ts'
import { capture } from '../measure/capture.ts'
import { withServices } from '../measure/in-process.ts'
import type { House } from './house.ts'

/** Patrons of the yardstick, and what must be new in every transaction. */
const PATRONS = 5_000
const FIRST = 100_000_000_000
const ID = '0192f000-0000-7000-8000-'

/** What pgbench sets before each transaction. */
export const PRELUDE = [
  String.raw`\set bench_patron random(${FIRST}, ${FIRST + PATRONS - 1})`,
  String.raw`\set bench_loan random(100000000000, 999999999999)`,
  String.raw`\set bench_event random(100000000000, 999999999999)`,
] as const

/** The statements of a loan, with variables in the place of everything that may exist only once. */
export interface LoanStatements {
  /** As the real route sends them. */
  readonly sent: readonly string[]
  /** Those without which a loan could be made twice, go beyond a limit, or be told to nobody. */
  readonly least: readonly string[]
}

/** The statements of loans of some titles, from the real route on a database that is listened to. */
export async function captureLoans(house: House, titles: readonly string[]): Promise<LoanStatements[]> {
  await addPatrons(house.db)
  const patronId = `${ID}${FIRST}`
  const actor = { userId: patronId, roles: ['customer'] as const, sessionId: 'bench' }
  return withServices(house, actor, async (app) => {
    const loans: LoanStatements[] = []
    for (const bookId of titles) {
      const key = randomUUID()
      let body = ''
      const heard = await capture(async () => {
        const answer = await app.inject({
          method: 'POST',
          url: '/api/loans',
          headers: { authorization: 'Bearer bench', 'idempotency-key': key },
          payload: { bookId },
        })
        body = answer.body
      })
      const { id } = JSON.parse(body) as { id?: string }
      if (id === undefined) throw new Error(`not lent: ${body}`)
      const eventId = await eventOf(house.db, id)
      const sent = heard
        // Loans made at the same time share one wake-up.
        .filter((statement) => !statement.includes('pg_notify'))
        .map((statement) =>
          statement
            .replaceAll(id, `${id.slice(0, -12)}:bench_loan`)
            .replaceAll(eventId, `${eventId.slice(0, -12)}:bench_event`)
            .replaceAll(patronId, `${ID}:bench_patron`)
            .replaceAll(key, 'bench-:bench_loan-:bench_event'),
        )
      loans.push({ sent, least: sent.filter(isNeeded) })
    }
    return loans
  })
}

/** What the catalogue says binds nobody, and the kept answer could be written with its key. */
const isNeeded = (statement: string) =>
  !statement.includes('book.title') && !/update\s+platform\.idempotency_key/.test(statement)

async function addPatrons(db: Db): Promise<void> {
  await sql`
    insert into borrow.patron (id, category, state, created_at)
    select (${ID} || n)::uuid, 'staff', 'active', now()
    from generate_series(${FIRST}::bigint, ${FIRST + PATRONS - 1}::bigint) n on conflict do nothing`.execute(
    db,
  )
}

async function eventOf(db: Db, loanId: string): Promise<string> {
  const { rows } = await sql<{ event_id: string }>`
    select event_id from platform.event where subject = ${loanId} and type = 'library.loan.borrowed'`.execute(
    db,
  )
  const [row] = rows
  if (rows.length !== 1 || row === undefined) throw new Error(`${rows.length} events of loan ${loanId}`)
  return row.event_id
}

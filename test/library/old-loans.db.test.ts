import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { borrowBook } from '../../src/library/borrow/lending/borrow-book.ts'
import { listLoans } from '../../src/library/borrow/lending/list-loans.ts'
import { readDashboard } from '../../src/library/dashboard/dashboard-view.ts'
import { type Database, openDatabase } from '../../src/platform/database/database.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LibraryWorld, openLibraryWorld } from './world.ts'

const OLD_LOANS = 10_000
/** Some of them were late once. */
const LATE = 40
/** What a page may look at, however long somebody has been a reader. */
const MOST_ROWS = 150

let world: LibraryWorld
/** One connection: what it has read is told by the database. */
let alone: Database
const reader = newId()
beforeAll(async () => {
  world = await openLibraryWorld()
  alone = openDatabase({ url: world.url, poolSize: 1, statementTimeoutMs: 20_000 })
  await world.borrow(world.actor(reader), await world.addBook(2), 2)
  await sql`
    insert into borrow.loan (id, patron_id, book_id, title, quantity, state, version, borrowed_at, due_on, due_version,
                             renewals, policy_id, policy_version, settle_by, returned, returns, closed_at)
    select gen_random_uuid(), ${reader}, gen_random_uuid(), '옛 책', 1, 'returned', 3, at, (at + interval '14 days')::date,
           1, 0, 'lending', 1, at + interval '1 day', 1, 1, at + interval '7 days'
    from (select timestamptz '2026-10-01' - n * interval '8 hours' as at from generate_series(1, ${OLD_LOANS}) n) x`.execute(
    world.db,
  )
  for (const model of ['loan', 'loan_b'])
    await sql`
      insert into ${sql.table(`dashboard.${model}`)}
      select gen_random_uuid(), 3, ${reader}, gen_random_uuid(), '옛 책', 'returned', 1, 0, now(), '2026-01-01',
             case when n <= ${LATE} then 500 else 0 end
      from generate_series(1, ${OLD_LOANS}) n`.execute(world.db)
  await sql`analyze`.execute(world.db)
  // Of others, so that the reader's loans are a part of the table.
  await world.deliver(...(await world.events()))
})
afterAll(async () => {
  await alone?.close()
  await world?.drop()
})

/** How many rows and entries of indexes of these tables are read. */
async function readBy(tables: readonly string[], work: () => Promise<unknown>): Promise<number> {
  const { db } = alone
  const told = async () => {
    await sql`select pg_stat_force_next_flush()`.execute(db)
    const { rows } = await sql<{ n: number }>`
      select (select sum(seq_tup_read) from pg_stat_user_tables where schemaname || '.' || relname = any(${tables}::text[]))
           + (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname || '.' || relname = any(${tables}::text[]))
             as n`.execute(db)
    return Number(rows[0]?.n)
  }
  const before = await told()
  await work()
  return (await told()) - before
}

it('whoever has borrowed for years borrows and sees their own at no greater cost than others', async () => {
  const { db } = alone
  const bookId = await world.addBook(2)
  const loans = ['borrow.loan']
  const borrowing = () =>
    borrowBook(
      { ...world.deps, db },
      { actor: world.actor(reader), idempotencyKey: newId(), asked: { bookId, copies: 1 } },
    )
  expect(await readBy(loans, borrowing)).toBeLessThan(MOST_ROWS)
  const today = world.clock.today()
  const open = () => listLoans(db, { patronId: reader, open: true, page: 1, size: 100 }, today)
  expect((await open()).totalElements).toBe(2)
  expect(await readBy(loans, open)).toBeLessThan(MOST_ROWS)
  const shown = () => readDashboard(db, reader)
  expect(await shown()).toMatchObject({ lateFees: LATE * 500 })
  expect(await readBy(['dashboard.loan', 'dashboard.loan_b'], shown)).toBeLessThan(MOST_ROWS)
  // The count of what is over goes up to where pages end, and no further.
  const past = () => listLoans(db, { patronId: reader, open: false, page: 1, size: 20 }, today)
  expect((await past()).totalElements).toBe(OLD_LOANS)
  // It can tell.
  expect(await readBy(loans, past)).toBeGreaterThan(OLD_LOANS)
})

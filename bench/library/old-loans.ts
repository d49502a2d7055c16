import { sql } from 'kysely'
import { type Db, transact } from '../../src/platform/database/database.ts'

/** A patron who has always borrowed, and may have as much as they like. */
export const REGULAR = '0192f000-0000-7000-8000-000000000001'
const OLD_LOANS = 10_000
const NO_LIMIT = 1_000_000

/** Writes loans that were made and returned long ago by one patron; those that are there stay. */
export async function writeOldLoans(db: Db): Promise<void> {
  const { rows } = await sql`select 1 from borrow.patron where id = ${REGULAR}`.execute(db)
  if (rows.length > 0) return
  await transact(db, async (tx) => {
    await sql`
      insert into borrow.patron (id, category, state, created_at)
      values (${REGULAR}, 'staff', 'active', now() - interval '10 years')`.execute(tx)
    await sql`
      insert into borrow.policy (id, version, rules, published_at)
      select id, version + 1, jsonb_set(rules, '{copiesPerPatron,staff}', to_jsonb(${NO_LIMIT}::int)), now()
      from borrow.policy order by version desc limit 1`.execute(tx)
    await sql`
      insert into borrow.loan (id, patron_id, book_id, title, quantity, state, version, borrowed_at, due_on,
                               due_version, renewals, policy_id, policy_version, settle_by, returned, returns, closed_at)
      select gen_random_uuid(), ${REGULAR}, t.id, t.title, 1, 'returned', 3, at, (at + interval '14 days')::date,
             1, 0, 'lending', 1, at + interval '1 day', 1, 1, at + interval '7 days'
      from (select id, title, row_number() over (order by id) as n from book.title limit ${OLD_LOANS}) t,
           lateral (select now() - interval '30 days' - t.n * interval '8 hours' as at) x`.execute(tx)
  })
}

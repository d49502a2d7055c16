import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Patron } from '../rules/borrowing.ts'
import type { PatronCategory } from '../rules/policy.ts'

interface PatronRow {
  id: string
  category: PatronCategory
  state: 'active' | 'inactive'
  blocked_reason: string | null
}

const patronOf = (row: PatronRow | undefined): Patron | undefined =>
  row && { id: row.id, category: row.category, state: row.state, blockedReason: row.blocked_reason }

/** Whoever has an account may borrow. The row is made when their account is told of, or, before that came, when needed. */
export async function ensurePatron(tx: Tx, id: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into borrow.patron (id, category, state, created_at) values (${id}, 'adult', 'active', ${now})
    on conflict do nothing`.execute(tx)
}

/** Locks a patron until the end of the transaction: what is counted of their loans meanwhile stays true. */
export async function lockPatron(tx: Tx, id: string): Promise<Patron | undefined> {
  const { rows } =
    await sql<PatronRow>`select * from borrow.patron where id = ${id} for no key update`.execute(tx)
  return patronOf(rows[0])
}

/** The patron, not locked. */
export async function findPatron(db: Db | Tx, id: string): Promise<Patron | undefined> {
  const { rows } = await sql<PatronRow>`select * from borrow.patron where id = ${id}`.execute(db)
  return patronOf(rows[0])
}

/** The account is gone: no new loans, also when the first one is still on its way. Copies out are still to be returned. */
export async function retirePatron(tx: Tx, id: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into borrow.patron (id, category, state, created_at) values (${id}, 'adult', 'inactive', ${now})
    on conflict (id) do update set state = 'inactive'`.execute(tx)
}

/** Writes what librarians decide of a patron; the row is locked by the caller. */
export async function savePatron(
  tx: Tx,
  { id, category, blockedReason }: Pick<Patron, 'id' | 'category' | 'blockedReason'>,
): Promise<void> {
  await sql`
    update borrow.patron set category = ${category}, blocked_reason = ${blockedReason} where id = ${id}`.execute(
    tx,
  )
}

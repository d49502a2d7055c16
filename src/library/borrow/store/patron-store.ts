import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Patron } from '../rules/borrowing.ts'
import type { PatronCategory } from '../rules/policy.ts'

interface PatronRow {
  id: string
  category: PatronCategory
  state: 'active' | 'inactive'
  blocked_reason: string | null
  card: string
}

/** A patron with the number on their card. */
export interface CardHolder extends Patron {
  readonly card: string
}

const patronOf = (row: PatronRow | undefined): CardHolder | undefined =>
  row && {
    id: row.id,
    category: row.category,
    state: row.state,
    blockedReason: row.blocked_reason,
    card: row.card,
  }

/**
 * Whoever has an account may borrow. The row is made when their account is told of, or, before that came, when needed.
 * @returns who was not known before, locked as whatever a transaction has written is
 */
export async function ensurePatron(
  tx: Tx,
  id: string,
  now: Temporal.Instant,
): Promise<CardHolder | undefined> {
  const { rows } = await sql<PatronRow>`
    insert into borrow.patron (id, category, state, created_at) values (${id}, 'adult', 'active', ${now})
    on conflict do nothing returning *`.execute(tx)
  return patronOf(rows[0])
}

/** Locks a patron until the end of the transaction: what is counted of their loans meanwhile stays true. */
export async function lockPatron(tx: Tx, id: string): Promise<CardHolder | undefined> {
  const { rows } =
    await sql<PatronRow>`select * from borrow.patron where id = ${id} for no key update`.execute(tx)
  return patronOf(rows[0])
}

/** The same for somebody who may not be known yet; they are from now on. */
export async function welcomePatron(
  tx: Tx,
  id: string,
  now: Temporal.Instant,
): Promise<CardHolder | undefined> {
  return (await ensurePatron(tx, id, now)) ?? lockPatron(tx, id)
}

/** The patron, not locked. */
export async function findPatron(db: Db | Tx, id: string): Promise<CardHolder | undefined> {
  const { rows } = await sql<PatronRow>`select * from borrow.patron where id = ${id}`.execute(db)
  return patronOf(rows[0])
}

/** Whose card it is. */
export async function findByCard(db: Db | Tx, card: string): Promise<CardHolder | undefined> {
  const { rows } = await sql<PatronRow>`select * from borrow.patron where card = ${card}`.execute(db)
  return patronOf(rows[0])
}

/** The cards of patrons, by their ids. */
export async function cardsOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; card: string }>`
    select id, card from borrow.patron where id = any(${[...ids]}::uuid[])`.execute(db)
  return new Map(rows.map(({ id, card }) => [id, card]))
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

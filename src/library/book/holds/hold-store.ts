import { type Selectable, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { HoldTable } from '../tables.ts'

export type HoldRow = Selectable<HoldTable>

/** The hold, not locked. */
export async function findHold(db: Db | Tx, id: string): Promise<HoldRow | undefined> {
  const { rows } = await sql<HoldRow>`select * from book.hold where id = ${id}`.execute(db)
  return rows[0]
}

/** @returns undefined when the patron waits for the title already */
export async function insertHold(
  tx: Tx,
  hold: { id: string; bookId: string; patronId: string; at: Temporal.Instant },
): Promise<HoldRow | undefined> {
  const { rows } = await sql<HoldRow>`
    insert into book.hold (id, book_id, patron_id, state, version, placed_at)
    values (${hold.id}, ${hold.bookId}, ${hold.patronId}, 'waiting', 1, ${hold.at})
    on conflict (book_id, patron_id) where state in ('waiting', 'shelved') do nothing
    returning *`.execute(tx)
  return rows[0]
}

/** Who waits longest for a title, which is locked. */
export async function nextWaiting(tx: Tx, bookId: string): Promise<HoldRow | undefined> {
  const { rows } = await sql<HoldRow>`
    select * from book.hold where book_id = ${bookId} and state = 'waiting' order by place limit 1`.execute(
    tx,
  )
  return rows[0]
}

/** The hold of a patron for whom a copy of the title stands on the shelf. */
export async function shelvedFor(tx: Tx, bookId: string, patronId: string): Promise<HoldRow | undefined> {
  const { rows } = await sql<HoldRow>`
    select * from book.hold
    where book_id = ${bookId} and patron_id = ${patronId} and state = 'shelved'`.execute(tx)
  return rows[0]
}

/** All that wait for a title or have a copy of it on the shelf. */
export async function openHolds(tx: Tx, bookId: string): Promise<HoldRow[]> {
  const { rows } = await sql<HoldRow>`
    select * from book.hold where book_id = ${bookId} and state in ('waiting', 'shelved') order by place`.execute(
    tx,
  )
  return rows
}

/** All titles a patron waits for or has on the shelf, in the order in which titles are locked. */
export async function openHoldsOf(tx: Tx, patronId: string): Promise<HoldRow[]> {
  const { rows } = await sql<HoldRow>`
    select * from book.hold where patron_id = ${patronId} and state in ('waiting', 'shelved') order by book_id`.execute(
    tx,
  )
  return rows
}

/** Writes a change of state: compare-and-set on the version. The title is locked, so a miss is a bug and throws. */
export async function saveHold(
  tx: Tx,
  hold: HoldRow,
  to:
    | { state: 'shelved'; shelfUntil: Temporal.Instant }
    | { state: 'collected' | 'expired' | 'cancelled'; at: Temporal.Instant },
): Promise<HoldRow> {
  const shelfUntil = to.state === 'shelved' ? to.shelfUntil : hold.shelf_until
  const closedAt = to.state === 'shelved' ? null : to.at
  const { rows } = await sql<HoldRow>`
    update book.hold set state = ${to.state}, version = version + 1, shelf_until = ${shelfUntil},
                         closed_at = ${closedAt}
    where id = ${hold.id} and version = ${hold.version} returning *`.execute(tx)
  const [saved] = rows
  if (!saved) throw new Error(`hold ${hold.id} is not as it was read (${hold.state})`)
  return saved
}

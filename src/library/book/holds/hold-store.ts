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

/** The hold that a loan has collected. */
export async function collectedBy(tx: Tx, loanId: string): Promise<HoldRow | undefined> {
  const { rows } = await sql<HoldRow>`
    select * from book.hold where collected_by = ${loanId} and state = 'collected'`.execute(tx)
  return rows[0]
}

/** Whether a patron waits for a title, or has a copy of it on the shelf. */
export async function hasOpenHold(tx: Tx, bookId: string, patronId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from book.hold
    where book_id = ${bookId} and patron_id = ${patronId} and state in ('waiting', 'shelved')`.execute(tx)
  return rows.length > 0
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
    | { state: 'waiting' }
    | { state: 'shelved'; shelfUntil: Temporal.Instant }
    | { state: 'collected'; at: Temporal.Instant; loanId: string }
    | { state: 'expired' | 'cancelled'; at: Temporal.Instant },
): Promise<HoldRow> {
  const kept = to.state === 'waiting' ? null : hold.shelf_until
  const shelfUntil = to.state === 'shelved' ? to.shelfUntil : kept
  const closedAt = 'at' in to ? to.at : null
  const collectedBy = to.state === 'collected' ? to.loanId : null
  const { rows } = await sql<HoldRow>`
    update book.hold set state = ${to.state}, version = version + 1, shelf_until = ${shelfUntil},
                         closed_at = ${closedAt}, collected_by = ${collectedBy}
    where id = ${hold.id} and version = ${hold.version} returning *`.execute(tx)
  const [saved] = rows
  if (!saved) throw new Error(`hold ${hold.id} is not as it was read (${hold.state})`)
  return saved
}

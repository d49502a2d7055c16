import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'

/** Keeps what was last told of a hold; an older event than the one known changes nothing. */
export async function keepHold(
  tx: Tx,
  hold: { holdId: string; bookId: string; patronId: string },
  version: number,
  waiting: boolean,
): Promise<void> {
  await sql`
    insert into borrow.waiting_hold (hold_id, book_id, patron_id, version, waiting)
    values (${hold.holdId}, ${hold.bookId}, ${hold.patronId}, ${version}, ${waiting})
    on conflict (hold_id) do update set version = excluded.version, waiting = excluded.waiting
    where waiting_hold.version < excluded.version`.execute(tx)
}

/** Whether somebody waits for a title. */
export async function isAwaited(db: Db | Tx, bookId: string): Promise<boolean> {
  const { rows } =
    await sql`select 1 from borrow.waiting_hold where book_id = ${bookId} and waiting limit 1`.execute(db)
  return rows.length > 0
}

/** How many wait for a title. */
export async function countWaiting(db: Db, bookId: string): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::int as waiting from borrow.waiting_hold where book_id = ${bookId} and waiting`.execute(
    db,
  )
  return rows[0]?.waiting ?? 0
}

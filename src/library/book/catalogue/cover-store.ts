import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'

/** Notes that a cover was sent, before its files are written. @returns false while its files are being removed */
export async function noteCover(db: Db, id: string, at: Temporal.Instant): Promise<boolean> {
  const { rows } = await sql`
    insert into book.picture (id, touched_at) values (${id}, ${at})
    on conflict (id) do update set touched_at = excluded.touched_at where not picture.leaving
    returning id`.execute(db)
  return rows.length > 0
}

/**
 * Notes that a title begins or ceases to show a cover. The row is changed, so that who is about to remove it sees it.
 * @returns false when it is not there any more
 */
export async function touchCover(tx: Tx, id: string, at: Temporal.Instant): Promise<boolean> {
  const { rows } = await sql`
    update book.picture set touched_at = ${at} where id = ${id} and not leaving returning id`.execute(tx)
  return rows.length > 0
}

/** Whether a title shows it. */
export async function isShown(db: Db, id: string): Promise<boolean> {
  const { rows } = await sql`select 1 from book.title where picture = ${id} limit 1`.execute(db)
  return rows.length > 0
}

/** Marks covers that no title shows and nobody has touched since, and those a removal that was cut off has left. */
export async function markLeaving(db: Db, untouchedSince: Temporal.Instant, most: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update book.picture set leaving = true
    where id in (
      select id from book.picture
      where touched_at < ${untouchedSince}
        and not exists (select 1 from book.title where picture = book.picture.id)
      order by touched_at limit ${most} for update skip locked)
    returning id`.execute(db)
  return rows.map(({ id }) => id)
}

/** Forgets a cover whose files are gone. */
export async function deleteCover(db: Db, id: string): Promise<void> {
  await sql`delete from book.picture where id = ${id} and leaving`.execute(db)
}

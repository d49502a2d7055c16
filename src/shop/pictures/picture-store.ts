import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { Picture } from '../../platform/pictures/picture.ts'

/** What a picture is of. */
export interface PictureUser {
  readonly type: 'item' | 'review' | 'banner'
  readonly id: string
}

/** Notes that a picture was sent, before its files are written. @returns false while its files are being removed */
export async function notePicture(
  db: Db,
  { id, width, height }: Picture,
  at: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await sql`
    insert into pictures.picture (id, width, height, touched_at) values (${id}, ${width}, ${height}, ${at})
    on conflict (id) do update set touched_at = excluded.touched_at where not picture.leaving
    returning id`.execute(db)
  return rows.length > 0
}

/**
 * Notes what a picture is used for; again changes nothing. The row is changed, too, so that who is about to remove the
 * picture sees it has been wanted meanwhile.
 * @returns false when it is not there any more
 */
export async function insertUse(
  tx: Tx,
  id: string,
  user: PictureUser,
  at: Temporal.Instant,
): Promise<boolean> {
  const { rows } = await sql`
    update pictures.picture set touched_at = ${at} where id = ${id} and not leaving returning id`.execute(tx)
  if (rows.length === 0) return false
  await sql`
    insert into pictures.use (picture_id, user_type, user_id) values (${id}, ${user.type}, ${user.id})
    on conflict do nothing`.execute(tx)
  return true
}

/** Writes whether everybody may see what a user shows. */
export async function updateShown(tx: Tx, user: PictureUser, isShown: boolean): Promise<void> {
  await sql`
    update pictures.use set shown = ${isShown}
    where user_type = ${user.type} and user_id = ${user.id}`.execute(tx)
}

/** What shows a picture to everybody: a review only where nothing else does; undefined when nothing does. */
export async function shownBy(db: Db, id: string): Promise<PictureUser['type'] | undefined> {
  const { rows } = await sql<{ by: PictureUser['type'] }>`
    select user_type as by from pictures.use
    where picture_id = ${id} and shown order by user_type = 'review' limit 1`.execute(db)
  return rows[0]?.by
}

/** Ends a use. */
export async function deleteUse(tx: Tx, id: string, user: PictureUser, at: Temporal.Instant): Promise<void> {
  await sql`
    with ended as (
      delete from pictures.use
      where picture_id = ${id} and user_type = ${user.type} and user_id = ${user.id} returning picture_id)
    update pictures.picture set touched_at = ${at} where id in (select picture_id from ended)`.execute(tx)
}

/**
 * Marks pictures that nobody uses and nobody has touched since, and those a removal that was cut off has left marked.
 * From now on nobody begins to use them.
 */
export async function markLeaving(db: Db, untouchedSince: Temporal.Instant, most: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update pictures.picture set leaving = true
    where id in (
      select id from pictures.picture
      where touched_at < ${untouchedSince}
        and not exists (select 1 from pictures.use where picture_id = picture.id)
      order by touched_at limit ${most} for update skip locked)
    returning id`.execute(db)
  return rows.map(({ id }) => id)
}

/** Forgets a picture whose files are gone. */
export async function deletePicture(db: Db, id: string): Promise<void> {
  await sql`delete from pictures.picture where id = ${id} and leaving`.execute(db)
}

import { sql } from 'kysely'
import type { Db, Tx } from '../database/database.ts'
import type { MaintenanceWindow } from './window.ts'

interface Row {
  id: string
  starts_at: Temporal.Instant
  ends_at: Temporal.Instant
  text_ko: string
  text_en: string
}

const windowOf = ({ id, starts_at, ends_at, text_ko, text_en }: Row): MaintenanceWindow => ({
  id,
  startsAt: starts_at,
  endsAt: ends_at,
  text: { ko: text_ko, en: text_en },
})

/** The one that was set last, also when it is over. */
export async function readWindow(db: Db): Promise<MaintenanceWindow | undefined> {
  const { rows } = await sql<Row>`
    select id, starts_at, ends_at, text_ko, text_en from platform.maintenance`.execute(db)
  return rows[0] && windowOf(rows[0])
}

/** The same, which nobody else changes until the end of the transaction. */
export async function lockWindow(tx: Tx): Promise<MaintenanceWindow | undefined> {
  const { rows } = await sql<Row>`
    select id, starts_at, ends_at, text_ko, text_en from platform.maintenance for update`.execute(tx)
  return rows[0] && windowOf(rows[0])
}

/**
 * Writes a window in the place of the one that was locked, or as the first.
 * @returns false when there was none to lock, and somebody else was faster
 */
export async function writeWindow(
  tx: Tx,
  locked: MaintenanceWindow | undefined,
  { id, startsAt, endsAt, text }: MaintenanceWindow,
): Promise<boolean> {
  const { rows } = await sql`
    insert into platform.maintenance as known (id, starts_at, ends_at, text_ko, text_en)
    values (${id}, ${startsAt}, ${endsAt}, ${text.ko}, ${text.en})
    on conflict (only_one) do update set id = excluded.id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
      text_ko = excluded.text_ko, text_en = excluded.text_en
    where known.id = ${locked?.id ?? null}::uuid
    returning known.id`.execute(tx)
  return rows.length > 0
}

/** Removes the one that was locked. */
export async function deleteWindow(tx: Tx, id: string): Promise<void> {
  await sql`delete from platform.maintenance where id = ${id}`.execute(tx)
}

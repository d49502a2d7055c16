import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { Banner, BannerContent } from './banner.ts'

interface Row {
  id: string
  title_ko: string
  title_en: string
  text_ko: string
  text_en: string
  target_kind: Banner['target']['kind']
  target: string
  tone: Banner['tone']
  picture_id: string | null
  starts_at: Temporal.Instant
  ends_at: Temporal.Instant
  hidden: boolean
  version: number
}

const bannerOf = (row: Row): Banner => ({
  id: row.id,
  title: { ko: row.title_ko, en: row.title_en },
  text: { ko: row.text_ko, en: row.text_en },
  target: { kind: row.target_kind, value: row.target },
  tone: row.tone,
  pictureId: row.picture_id,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  isHidden: row.hidden,
  version: row.version,
})

/** All of them, in their order. */
export async function readBanners(db: Db | Tx): Promise<Banner[]> {
  const { rows } = await sql<Row>`
    select id, title_ko, title_en, text_ko, text_en, target_kind, target, tone, picture_id, starts_at, ends_at, hidden,
      version
    from banners.banner order by position`.execute(db)
  return rows.map(bannerOf)
}

/** One of them, which nobody else changes until the end of the transaction. */
export async function lockBanner(tx: Tx, id: string): Promise<Banner | undefined> {
  const { rows } = await sql<Row>`
    select id, title_ko, title_en, text_ko, text_en, target_kind, target, tone, picture_id, starts_at, ends_at, hidden,
      version
    from banners.banner where id = ${id} for update`.execute(tx)
  return rows[0] && bannerOf(rows[0])
}

/** How many there are and in which order is changed by one at a time. */
export async function lockBanners(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('banners'))`.execute(tx)
}

/** Keeps a new one, as the last. */
export async function insertBanner(
  tx: Tx,
  id: string,
  { title, text, target, tone, startsAt, endsAt, isHidden }: BannerContent,
  made: { by: string; at: Temporal.Instant },
): Promise<void> {
  await sql`
    insert into banners.banner (id, position, title_ko, title_en, text_ko, text_en, target_kind, target, tone, starts_at,
      ends_at, hidden, created_by, created_at)
    values (${id}, (select coalesce(max(position), 0) + 1 from banners.banner), ${title.ko}, ${title.en}, ${text.ko},
      ${text.en}, ${target.kind}, ${target.value}, ${tone}, ${startsAt}, ${endsAt}, ${isHidden}, ${made.by}, ${made.at})`.execute(
    tx,
  )
}

/** Writes a locked one anew, as its next version. */
export async function saveBanner(tx: Tx, banner: Banner): Promise<void> {
  const { id, title, text, target, tone, pictureId, startsAt, endsAt, isHidden, version } = banner
  await sql`
    update banners.banner set title_ko = ${title.ko}, title_en = ${title.en}, text_ko = ${text.ko}, text_en = ${text.en},
      target_kind = ${target.kind}, target = ${target.value}, tone = ${tone}, picture_id = ${pictureId},
      starts_at = ${startsAt}, ends_at = ${endsAt}, hidden = ${isHidden}, version = ${version}
    where id = ${id}`.execute(tx)
}

/** Removes one. */
export async function deleteBanner(tx: Tx, id: string): Promise<void> {
  await sql`delete from banners.banner where id = ${id}`.execute(tx)
}

/** Gives all of them the order of the ids. */
export async function writeOrder(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`
    update banners.banner b set position = place.n
    from unnest(${ids}::uuid[]) with ordinality as place (id, n) where b.id = place.id`.execute(tx)
}

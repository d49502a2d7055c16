import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { addressOf, type Pictures } from '../../pictures/index.ts'
import { adminItem, picturesOfItem } from '../browse/item-detail.ts'
import type { AdminItem } from '../browse/item-json.ts'
import { type Alt, arranged, type ItemPictures, withoutPicture, withPicture } from '../rules/item-pictures.ts'
import { publishChange } from './change-item.ts'

export interface PictureChangeDeps {
  readonly db: Db
  readonly clock: Clock
  readonly pictures: Pick<Pictures, 'takeIn' | 'use' | 'letGo'>
  /** Called after the commit, to forget cached lists. */
  committed(): Promise<void>
}

interface Asked {
  readonly itemId: string
  readonly actorId: string
}

type Changed = { kind: 'changed'; item: AdminItem }

/**
 * Adds a picture as the last of an item; sent again, it changes nothing. It is looked at and written before the item is
 * locked. Refusals: not_found, too_many_pictures, and those of `takeIn`.
 */
export async function addPicture(
  deps: PictureChangeDeps,
  { bytes, ...asked }: Asked & { readonly bytes: Buffer },
): Promise<Changed | Refused<'not_found' | 'too_many_pictures'> | RefusedBy<Pictures['takeIn']>> {
  if ((await adminItem(deps.db, asked.itemId)) === undefined) return refused('not_found')
  const taken = await deps.pictures.takeIn(bytes, asked.actorId)
  if (taken.kind === 'refused') return taken
  return changePictures(deps, asked, (pictures) => withPicture(pictures, taken.picture))
}

/**
 * Gives the pictures of an item another order and other words for those who do not see them. The first one becomes the
 * main one. Refusals: not_found, pictures_changed_meanwhile.
 */
export async function arrangePictures(
  deps: PictureChangeDeps,
  { wish, ...asked }: Asked & { readonly wish: readonly { readonly id: string; readonly alt: Alt }[] },
): Promise<Changed | Refused<'not_found' | 'pictures_changed_meanwhile' | 'pictures_busy'>> {
  return changePictures(deps, asked, (pictures) => arranged(pictures, wish))
}

/** Removes a picture of an item; again changes nothing. Refusals: not_found. */
export async function removePicture(
  deps: PictureChangeDeps,
  { pictureId, ...asked }: Asked & { readonly pictureId: string },
): Promise<Changed | Refused<'not_found' | 'pictures_busy'>> {
  return changePictures(deps, asked, (pictures) => withoutPicture(pictures, pictureId))
}

/** Decides about the pictures of a locked item, and writes what became of them, in one transaction. */
async function changePictures<Code extends string>(
  deps: PictureChangeDeps,
  asked: Asked,
  decide: (pictures: ItemPictures) => ItemPictures | Refused<Code>,
): Promise<Changed | Refused<Code | 'not_found' | 'pictures_busy'>> {
  const result = await transact<Changed | Refused<Code | 'not_found' | 'pictures_busy'>>(
    deps.db,
    async (tx, rollback) => {
      const locked = await sql`
        select 1 from catalog.item where id = ${asked.itemId} for no key update`.execute(tx)
      if (locked.rows.length === 0) return refused('not_found')
      const before = await picturesOfItem(tx, asked.itemId)
      const after = decide(before)
      if ('kind' in after) return after
      if (!isDeepStrictEqual(before, after)) {
        const busy = await keepChange(tx, deps, asked, before, after)
        if (busy) return rollback(busy)
      }
      const item = await adminItem(tx, asked.itemId)
      if (item === undefined) throw new Error(`item ${asked.itemId} vanished while it was locked`)
      return { kind: 'changed', item }
    },
  )
  if (result.kind === 'changed') await deps.committed()
  return result
}

async function keepChange(
  tx: Tx,
  { clock, pictures }: PictureChangeDeps,
  { itemId, actorId }: Asked,
  before: ItemPictures,
  after: ItemPictures,
): Promise<Refused<'pictures_busy'> | undefined> {
  const now = clock.now()
  const user = { type: 'item', id: itemId } as const
  const [was, is] = [idsOf(before), idsOf(after)]
  for (const id of is.filter((candidate) => !was.includes(candidate))) {
    const used = await pictures.use(tx, id, user)
    if (used.kind === 'refused') return used
  }
  await writePictures(tx, itemId, after)
  for (const id of was.filter((candidate) => !is.includes(candidate))) await pictures.letGo(tx, id, user)
  const thumbnail = is[0] === undefined ? null : addressOf(is[0], 320)
  await sql`update catalog.item set thumbnail = ${thumbnail} where id = ${itemId}`.execute(tx)
  await publishChange(tx, [itemId], ['picture'], now)
  await writeAudit(tx, now, {
    actorId,
    action: 'item.pictures_changed',
    subject: user,
    before: { pictures: was },
    after: { pictures: is },
  })
  return undefined
}

const idsOf = (pictures: ItemPictures) => pictures.map(({ id }) => id)

async function writePictures(tx: Tx, itemId: string, pictures: ItemPictures): Promise<void> {
  await sql`
    delete from catalog.item_picture
    where item_id = ${itemId} and picture_id <> all (${idsOf(pictures)}::text[])`.execute(tx)
  const rows = pictures.map(({ id, width, height, alt }, index) => ({
    id,
    position: index + 1,
    width,
    height,
    ko: alt.ko,
    en: alt.en,
  }))
  await sql`
    insert into catalog.item_picture (item_id, picture_id, position, width, height, alt_ko, alt_en)
    select ${itemId}, id, position, width, height, ko, en
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as row (id text, position smallint, width int, height int, ko text, en text)
    on conflict (item_id, picture_id) do update
      set position = excluded.position, alt_ko = excluded.alt_ko, alt_en = excluded.alt_en`.execute(tx)
}

import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { Catalog } from '../catalog/index.ts'

/** More than anybody looks through; keeps one account from filling the table. */
export const MOST_WISHES = 200

export interface WishDeps {
  db: Db
  clock: Clock
  catalog: Pick<Catalog, 'itemsForSale'>
}

export interface Wish {
  itemId: string
  wishedAt: Temporal.Instant
  /** What the item is called; null when the catalogue does not know it any more. */
  name: string | null
  /** False: off sale, perhaps for good. */
  isSold: boolean
}

/** One's own wishes, newest first; those off sale stay, so that they can be taken off. */
export async function listWishes(
  { db, catalog }: Pick<WishDeps, 'db' | 'catalog'>,
  accountId: string,
): Promise<Wish[]> {
  const { rows } = await sql<Pick<Wish, 'itemId' | 'wishedAt'>>`
    select item_id as "itemId", wished_at as "wishedAt" from wishes.wish
    where account_id = ${accountId} order by wished_at desc, item_id limit ${MOST_WISHES}`.execute(db)
  const found = await catalog.itemsForSale(
    db,
    rows.map(({ itemId }) => itemId),
  )
  const items = new Map(found.map((item) => [item.id, item]))
  return rows.map((row) => {
    const item = items.get(row.itemId)
    return { ...row, name: item?.name ?? null, isSold: item !== undefined && item.status !== 'hidden' }
  })
}

/**
 * Puts an item on one's list; one that is there already stays where it is.
 * Refusals: not_found, item_no_longer_sold (off sale), too_many_wishes.
 */
export async function addWish(
  { db, clock, catalog }: WishDeps,
  { accountId, itemId }: { accountId: string; itemId: string },
): Promise<{ kind: 'wished' } | Refused<'not_found' | 'item_no_longer_sold' | 'too_many_wishes'>> {
  const [item] = await catalog.itemsForSale(db, [itemId])
  if (!item) return refused('not_found')
  if (item.status === 'hidden') return refused('item_no_longer_sold')
  return transact<{ kind: 'wished' } | Refused<'too_many_wishes'>>(db, async (tx) => {
    // Two tabs take turns, so that the list never holds more than it may.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`wishes ${accountId}`}, 0))`.execute(tx)
    const { rows } = await sql<{ full: boolean; known: boolean }>`
      select count(*) >= ${MOST_WISHES} as "full", coalesce(bool_or(item_id = ${itemId}), false) as known
      from wishes.wish where account_id = ${accountId}`.execute(tx)
    if (rows[0]?.known) return { kind: 'wished' }
    if (rows[0]?.full) return refused('too_many_wishes')
    await sql`
      insert into wishes.wish (account_id, item_id, wished_at)
      values (${accountId}, ${itemId}, ${clock.now()}) on conflict do nothing`.execute(tx)
    return { kind: 'wished' }
  })
}

/** Takes an item off one's list; one that is not there is off it already. */
export async function removeWish(
  db: Db,
  { accountId, itemId }: { accountId: string; itemId: string },
): Promise<void> {
  await sql`delete from wishes.wish where account_id = ${accountId} and item_id = ${itemId}`.execute(db)
}

/** Whoever has left wishes nothing. */
export async function forgetWishes(tx: Tx, accountId: string): Promise<void> {
  await sql`delete from wishes.wish where account_id = ${accountId}`.execute(tx)
}

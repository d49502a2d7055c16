/**
 * Shelves: the copies of items that lists are read from. Two locks keep them equal to the originals whoever writes at
 * the same time: prices, dates and places follow under the locks of the item's row and its numbers, counts under the
 * lock of its numbers alone.
 */
import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { WITH_COMMIT } from '../../../platform/database/prepared-statements.ts'

/**
 * Puts items on the shelves they belong on now, with today's price and numbers, and takes them off all others.
 * To be called after the item rows were written in the same transaction.
 */
export async function placeOnShelves(tx: Tx, itemIds: readonly string[]): Promise<void> {
  if (itemIds.length === 0) return
  await lockNumbers(tx, itemIds)
  await sql`
    delete from catalog.shelf as placed where placed.item_id = any(${itemIds}::uuid[]) and not exists (
      select 1 from catalog.item where id = placed.item_id and status <> 'hidden'
        and (placed.shelf = 'ALL' or placed.shelf::text = any(categories)))`.execute(tx)
  await sql`
    insert into catalog.shelf (shelf, item_id, enterprise, real_price, discount_permille, listed_on,
      sales_count, view_count, review_count, rating)
    select place::catalog.shelf_name, item.id, enterprise, real_price, discount_permille, listed_on,
      sales_count, view_count, review_count, ${ratingOf}
    from catalog.item
      join catalog.item_numbers as numbers on numbers.item_id = item.id
      cross join lateral unnest(array['ALL'] || categories) as place
    where item.id = any(${itemIds}::uuid[]) and status <> 'hidden'
    on conflict (shelf, item_id) do update set
      enterprise = excluded.enterprise, real_price = excluded.real_price, discount_permille = excluded.discount_permille,
      listed_on = excluded.listed_on`.execute(tx)
}

/** What happened to an item; each number is a difference and may be negative. */
export interface NumbersChange {
  readonly itemId: string
  /** Pieces sold. */
  readonly sales?: number
  /** Further unique visitors. */
  readonly views?: number
  readonly reviews?: number
  /** Sum of the stars of all reviews: an edit from 5 to 3 stars is −2. */
  readonly stars?: number
}

/**
 * Adds to the numbers of items, exactly, whoever else adds at the same time. Unknown items are ignored; several
 * changes of one item add up.
 */
export async function changeNumbers(tx: Tx, changes: readonly NumbersChange[]): Promise<void> {
  if (changes.length === 0) return
  const itemIds = [...new Set(changes.map((change) => change.itemId))]
  await lockNumbers(tx, itemIds)
  await sql`
    update catalog.item_numbers as numbers set
      sales_count = sales_count + change.sales, view_count = view_count + change.views,
      review_count = review_count + change.reviews, star_sum = star_sum + change.stars
    from (
      select "itemId" as item_id, coalesce(sum(sales), 0) as sales, coalesce(sum(views), 0) as views,
        coalesce(sum(reviews), 0) as reviews, coalesce(sum(stars), 0) as stars
      from json_to_recordset(${JSON.stringify(changes)}::json)
        as c("itemId" uuid, sales int, views int, reviews int, stars int)
      group by "itemId") as change
    where numbers.item_id = change.item_id`.execute(tx)
  // A statement of its own: it must also see a shelf that was filled while this transaction waited for the lock.
  await sql`
    ${sql.raw(WITH_COMMIT)} update catalog.shelf as placed set sales_count = numbers.sales_count, view_count = numbers.view_count,
      review_count = numbers.review_count, rating = ${ratingOf}
    from catalog.item_numbers as numbers
    where numbers.item_id = any(${itemIds}::uuid[]) and placed.item_id = numbers.item_id`.execute(tx)
}

/** Star average in hundredths, half up, of a row of `numbers`; 0 without reviews. */
export const ratingOf = sql`case when numbers.review_count = 0 then 0
  else (numbers.star_sum * 200 + numbers.review_count) / (numbers.review_count * 2) end`

/** Locks the numbers of items, in the order in which everybody does. */
export async function lockNumbers(tx: Tx, itemIds: readonly string[]): Promise<void> {
  await sql`select 1 from catalog.item_numbers where item_id = any(${itemIds}::uuid[])
    order by item_id for no key update`.execute(tx)
}

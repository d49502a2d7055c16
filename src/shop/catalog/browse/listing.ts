/**
 * Lists of items: filters that combine, sorts with a tie-break, pages by number. A page is a short walk along the
 * index of its shelf and sort; only its own rows are then looked up in wider tables.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { PLANNED_EACH_TIME } from '../../../platform/database/prepared-statements.ts'
import { withoutInvisible } from '../../../platform/text/typed-text.ts'
import type { Category } from '../rules/categories.ts'
import type { ItemStatus } from '../rules/item-change.ts'
import { type DiscountRate, percentOf } from '../rules/price.ts'
import { askedBy } from '../search/asked.ts'
import { type ShelfName, type ShelfTable, shownStatus } from '../tables.ts'
import type { ItemList, ItemSummary } from './item-json.ts'
import { ratingOf } from './shelves.ts'

/** Which rows; every part may be left out and all given parts must hold. */
export interface ItemFilter {
  readonly category?: Category
  /** Exact name of the maker. */
  readonly brand?: string
  /** Won, both ends included, compared with the real price. */
  readonly minPrice?: number
  readonly maxPrice?: number
  /** True: only items with a discount. False: only items without one. */
  readonly onSale?: boolean
  /** Searched in name and brand; see korean-search.ts. Blank filters nothing; without letters or digits nothing is found. */
  readonly keyword?: string
}

export const itemSorts = [
  'sales',
  'views',
  'newest',
  'price_asc',
  'price_desc',
  'discount_asc',
  'discount_desc',
  'reviews',
  'rating',
] as const
export type ItemSort = (typeof itemSorts)[number]
/** What lists may be asked for: what fits a search best first, or one of the sorts of shelves. */
export const listSorts = ['relevance', ...itemSorts] as const
export type ListSort = (typeof listSorts)[number]

const orders: Readonly<Record<ItemSort, readonly [column: keyof ShelfTable, direction?: 'asc']>> = {
  sales: ['sales_count'],
  views: ['view_count'],
  newest: ['listed_on'],
  price_asc: ['real_price', 'asc'],
  price_desc: ['real_price'],
  discount_asc: ['discount_permille', 'asc'],
  discount_desc: ['discount_permille'],
  reviews: ['review_count'],
  rating: ['rating'],
}

/** Sort column and direction. With the item as tie-break every order is total: no item is on two pages or on none. */
function orderOf(sort: ItemSort): { column: RawBuilder<unknown>; direction: RawBuilder<unknown> } {
  const [column, direction = 'desc'] = orders[sort]
  return { column: sql.ref(`listed.${column}`), direction: sql.raw(direction) }
}

export interface ItemQuery extends ItemFilter {
  /** Left out: what fits best for a search, else best sellers. */
  readonly sort?: ListSort | undefined
  /** From 1. */
  readonly page: number
  readonly size: number
}

/**
 * Rows of a whole category or brand that can be paged through, and up to which they are counted: neither a page nor a
 * count ever reads more.
 */
export const maxListed = 10_000
/** The same for lists with further filters, which cost more a row. Who wants to see further back filters more. */
export const maxFound = 1_000

/** How deep the list of a filter goes. */
export function depthOf({ minPrice, maxPrice, onSale, keyword }: ItemFilter): number {
  return [minPrice, maxPrice, onSale, keyword].every((part) => part === undefined) ? maxListed : maxFound
}

/** Whether a filter searches for text. */
export function isSearch(filter: ItemFilter): boolean {
  return patternsOf(filter).length > 0
}

/** The sort a query asks for; what is not searched for has no relevance. */
export function sortOf(query: ItemQuery): ListSort {
  const { sort } = query
  if (isSearch(query)) return sort ?? 'relevance'
  return sort === undefined || sort === 'relevance' ? 'sales' : sort
}

/** Whether something is searched for that no text can hold: signs and pictures only. */
export function searchesNothing(filter: ItemFilter): boolean {
  return withoutInvisible(filter.keyword ?? '').trim() !== '' && !isSearch(filter)
}

const patternsOf = ({ keyword = '' }: ItemFilter) => askedBy(keyword).patterns

/**
 * What a condition leaves decides how a list is best read, and only its value tells. There are also more combinations
 * than are worth remembering.
 */
const plannedAnew = (condition: RawBuilder<unknown>) => sql`${sql.raw(PLANNED_EACH_TIME)} ${condition}`

/** Conditions on columns that a shelf and an item both have. */
function sharedConditions(filter: ItemFilter): RawBuilder<unknown>[] {
  const given = [
    ...(filter.minPrice === undefined ? [] : [sql`listed.real_price >= ${filter.minPrice}`]),
    ...(filter.maxPrice === undefined ? [] : [sql`listed.real_price <= ${filter.maxPrice}`]),
    ...(filter.onSale === undefined
      ? []
      : [filter.onSale ? sql`listed.discount_permille > 0` : sql`listed.discount_permille = 0`]),
    ...(filter.brand === undefined ? [] : [sql`listed.enterprise = ${filter.brand}`]),
  ]
  return given.map(plannedAnew)
}

/** What an item's search document must hold. */
export const searchConditions = (filter: ItemFilter) =>
  patternsOf(filter).map((any) => plannedAnew(sql`search_doc like any (${any}::text[])`))

export type SummaryRow = {
  id: string
  name: string
  enterprise: string
  thumbnail: string | null
  categories: Category[]
  origin_price: number
  discount_permille: DiscountRate
  discount_price: number
  real_price: number
  /** As text: it is only shown, and making dates of all of a list takes longer than all else that is made of its rows. */
  registered_date: string | null
  status: ItemStatus
  sales_count: number
  view_count: number
  review_count: number
  rating: number
  available: number
}

/** An item of a list, out of its row. */
export function summaryOf(row: SummaryRow): ItemSummary {
  return {
    id: row.id,
    name: row.name,
    enterprise: row.enterprise,
    thumbnail: row.thumbnail,
    categories: row.categories,
    originPrice: row.origin_price,
    discountPercent: percentOf(row.discount_permille),
    discountPrice: row.discount_price,
    realPrice: row.real_price,
    salesCount: row.sales_count,
    viewCount: row.view_count,
    starAverage: row.rating / 100,
    reviewCount: row.review_count,
    registeredDate: row.registered_date,
    status: shownStatus(row.status, row.available) === 'on_sale' ? 'on_sale' : 'sold_out',
  }
}

/** Where in a list: rows offset..offset + limit. */
export interface Window {
  readonly limit: number
  readonly offset?: number
  /**
   * For searches: how many rows the filter finds, as counted by {@link countItems}. Decides how the list is read: what
   * is found often is met soon on a walk in the order of the list, what is rare is found first and then sorted.
   */
  readonly found?: number
}

/** On a walk, one row in so many must be a hit to be cheaper than reading all hits. */
const worthwhileWalk = 40

/** The ids of a window of a list, in order, with their sort key. */
function chosenIds(filter: ItemFilter, sort: ItemSort, window: Window): RawBuilder<unknown> {
  const { column, direction } = orderOf(sort)
  const { limit, offset = 0, found = maxFound + 1 } = window
  const searched = searchConditions(filter)
  const listed = sql`catalog.shelf as listed`
  const onShelf = sql.join(
    [sql`shelf = ${filter.category ?? 'ALL'}`, ...sharedConditions(filter)],
    sql` and `,
  )
  const order = sql`order by ${column} ${direction}, listed.item_id ${direction} limit ${limit} offset ${offset}`
  const key = sql`listed.item_id, ${column} as sort_key`
  if (searched.length === 0) return sql`select ${key} from ${listed} where ${onShelf} ${order}`

  // A subquery for each row, and `offset 0`, keep the planner from choosing otherwise: its guess of how often a text occurs is a poor one.
  const hits = sql.join(searched, sql` and `)
  const walk = found > maxFound || found > worthwhileWalk * (limit + offset)
  return walk
    ? sql`select ${key} from ${listed}
        where ${onShelf} and (select ${hits} from catalog.item where id = listed.item_id) ${order}`
    : sql`select listed.item_id, sort_key from (select id from catalog.item where ${hits} offset 0) as hit
        cross join lateral (
          select ${key} from ${listed} where item_id = hit.id and ${onShelf} offset 0) as listed
        order by sort_key ${direction}, listed.item_id ${direction} limit ${limit} offset ${offset}`
}

/** Ranks stand above any number of sales. */
const RANK = 1_000_000_000_000

/**
 * How well a search document fits what is searched for: the name is what was typed (4), begins with it (3), or holds all
 * its words (2); then the brand begins with it (1); then all others.
 */
function rankOf({ keyword = '' }: ItemFilter): RawBuilder<unknown> {
  const { patterns, whole } = askedBy(keyword)
  const begins = whole.map((term) => `${term}%`)
  const name = sql`split_part(search_doc, ' ', 1)`
  const inName = patterns.map((any) => sql`${name} like any (${any}::text[])`)
  return sql`case
      when ${name} = any (${whole}::text[]) then 4
      when search_doc like any (${begins}::text[]) then 3
      when ${sql.join(inName, sql` and `)} then 2
      when split_part(search_doc, ' ', 2) like any (${begins}::text[]) then 1
      else 0 end`
}

/** The ids of a window of what a search finds, what fits best first. Among equals best sellers first. */
function relevantIds(filter: ItemFilter, { limit, offset = 0 }: Window): RawBuilder<unknown> {
  const onShelf = sql.join(
    [sql`shelf = ${filter.category ?? 'ALL'}`, ...sharedConditions(filter)],
    sql` and `,
  )
  return sql`select listed.item_id, rank * ${RANK}::bigint + sales_count as sort_key
    from (select id, ${rankOf(filter)} as rank from catalog.item where ${sql.join(searchConditions(filter), sql` and `)} offset 0) as hit
      cross join lateral (
        select listed.item_id, listed.sales_count from catalog.shelf as listed
        where item_id = hit.id and ${onShelf} offset 0) as listed
    order by sort_key desc, listed.item_id desc limit ${limit} offset ${offset}`
}

/** Of what finds too much to be ranked, the best sellers fit best. */
const isRanked = (filter: ItemFilter, sort: ListSort, { found = maxFound + 1 }: Window) =>
  sort === 'relevance' && isSearch(filter) && found <= maxFound

/** The ids and sort keys of a window of a list, in any order. */
function chosenBy(filter: ItemFilter, sort: ListSort, window: Window): RawBuilder<unknown> {
  return isRanked(filter, sort, window)
    ? relevantIds(filter, window)
    : chosenIds(filter, shelfSortOf(sort), window)
}

const shelfSortOf = (sort: ListSort): ItemSort => (sort === 'relevance' ? 'sales' : sort)

/** A window of a list, as customers see it. */
export function listItems(db: Db | Tx, filter: ItemFilter, sort: ListSort, window: Window) {
  const { direction } = orderOf(shelfSortOf(sort))
  return summariesOf(db, sql`(${chosenBy(filter, sort, window)})`, direction)
}

/** The ids of a window of a list, in its order. */
export async function findItems(
  db: Db | Tx,
  filter: ItemFilter,
  sort: ListSort,
  window: Window,
): Promise<string[]> {
  const { direction } = orderOf(shelfSortOf(sort))
  const { rows } = await sql<{ item_id: string }>`
    select item_id from (${chosenBy(filter, sort, window)}) as chosen
    order by sort_key ${direction}, item_id ${direction}`.execute(db)
  return rows.map((row) => row.item_id)
}

/** Items as customers see them now, in the order of their ids; those that are hidden or gone are left out. */
export function itemsOf(db: Db | Tx, ids: readonly string[]): Promise<ItemSummary[]> {
  const chosen = sql`unnest(${ids}::uuid[]) with ordinality`
  return summariesOf(db, chosen, sql`asc`)
}

/**
 * The page is chosen first, by narrow rows or the index alone; its items are then looked up by key. `offset 0` says just
 * that to the planner, which else weighs every order of joining: that took longer than the query.
 * @param chosen ids and what they are sorted by
 */
async function summariesOf(
  db: Db | Tx,
  chosen: RawBuilder<unknown>,
  direction: RawBuilder<unknown>,
): Promise<ItemSummary[]> {
  const { rows } = await sql<SummaryRow>`
    select item.*, numbers.*, stock.*
    from ${chosen} as chosen(item_id, sort_key)
      cross join lateral (
        select id, name, enterprise, thumbnail, categories, origin_price, discount_permille, discount_price,
          real_price, registered_date::text, status
        from catalog.item where id = chosen.item_id and status <> 'hidden' offset 0) as item
      cross join lateral (
        select sales_count, view_count, review_count, ${ratingOf} as rating
        from catalog.item_numbers as numbers where item_id = chosen.item_id offset 0) as numbers
      cross join lateral (
        select on_hand - held as available from catalog.stock where item_id = chosen.item_id offset 0) as stock
    order by chosen.sort_key ${direction}, chosen.item_id ${direction}`.execute(db)
  return rows.map(summaryOf)
}

/** How many items a filter finds, counted no further than {@link depthOf} + 1. */
export async function countItems(db: Db | Tx, filter: ItemFilter): Promise<number> {
  const searched = searchConditions(filter)
  const { category } = filter
  // A search is counted where its index is; everything else on the narrow shelf.
  const from =
    searched.length > 0
      ? sql`catalog.item as listed where status <> 'hidden' and ${sql.join(
          [
            ...searched,
            ...sharedConditions(filter),
            ...(category === undefined ? [] : [sql`${category} = any(categories)`]),
          ],
          sql` and `,
        )}`
      : sql`catalog.shelf as listed where ${sql.join([sql`shelf = ${category ?? 'ALL'}`, ...sharedConditions(filter)], sql` and `)}`
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (select 1 from ${from} limit ${depthOf(filter) + 1}) as found`.execute(db)
  return rows[0]?.count ?? 0
}

/** Names and makers of all visible items. Reads them all: to be asked every minute, not for every request. */
export async function readNames(db: Db | Tx): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name || ' ' || enterprise as name from catalog.item where status <> 'hidden'`.execute(db)
  return rows.map(({ name }) => name)
}

/** Visible items on each shelf. Reads one whole index: to be asked every few seconds, not for every request. */
export async function countCategories(db: Db | Tx): Promise<Map<ShelfName, number>> {
  const { rows } = await sql<{ shelf: ShelfName; count: number }>`
    select shelf::text as shelf, count(*) as count from catalog.shelf group by shelf`.execute(db)
  return new Map(rows.map(({ shelf, count }) => [shelf, count]))
}

/** The page object of a list. `found` as counted by {@link countItems}. */
export function pageOfItems(query: ItemQuery, found: number): ItemList['page'] {
  const depth = depthOf(query)
  const totalElements = Math.min(found, depth)
  return {
    number: query.page,
    size: query.size,
    totalElements,
    totalPages: Math.ceil(totalElements / query.size),
    totalIsLowerBound: found > depth,
  }
}

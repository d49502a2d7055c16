/**
 * Lists of items: filters that combine, sorts with a tie-break, pages by number. A page is a short walk along the
 * index of its shelf and sort; only its own rows are then looked up in wider tables.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { Category } from './categories.ts'
import type { ItemList, ItemSummary } from './item-json.ts'
import { likePattern, searchTermsOf } from './korean-search.ts'
import { type DiscountRate, percentOf } from './price.ts'
import { type ItemStatus, type ShelfName, shownStatus } from './tables.ts'

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
  /** Searched in name and brand; see korean-search.ts. Text without letters or digits filters nothing. */
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

const columns = {
  sales: 'sales_count',
  views: 'view_count',
  newest: 'listed_on',
  price: 'real_price',
  discount: 'discount_permille',
  reviews: 'review_count',
  rating: 'rating',
} as const

/** `key asc|desc, item_id asc|desc`: one total order, so no item is on two pages or on none. */
function orderOf(sort: ItemSort): RawBuilder<unknown> {
  const [key = 'sales', given] = sort.split('_')
  const column = Object.entries(columns).find(([name]) => name === key)?.[1] ?? columns.sales
  const direction = sql.raw(given === 'asc' ? 'asc' : 'desc')
  return sql`${sql.ref(`shelf.${column}`)} ${direction}, shelf.item_id ${direction}`
}

export interface ItemQuery extends ItemFilter {
  readonly sort: ItemSort
  /** From 1. */
  readonly page: number
  readonly size: number
}

/**
 * Rows that can be paged through, and up to which they are counted: neither a page nor a count ever reads more. Who
 * wants to see further back narrows the filters.
 */
export const maxListed = 10_000

function matching(filter: ItemFilter): RawBuilder<unknown> {
  const terms = searchTermsOf(filter.keyword ?? '')
  const needsItem = filter.brand !== undefined || terms.length > 0
  const conditions = [
    sql`shelf.shelf = ${filter.category ?? 'ALL'}`,
    ...(filter.minPrice === undefined ? [] : [sql`shelf.real_price >= ${filter.minPrice}`]),
    ...(filter.maxPrice === undefined ? [] : [sql`shelf.real_price <= ${filter.maxPrice}`]),
    ...(filter.onSale === undefined
      ? []
      : [filter.onSale ? sql`shelf.discount_permille > 0` : sql`shelf.discount_permille = 0`]),
    ...(filter.brand === undefined ? [] : [sql`item.enterprise = ${filter.brand}`]),
    ...terms.map((group) => sql`item.search_doc like any (${group.map(likePattern)}::text[])`),
  ]
  const join = needsItem ? sql`join catalog.item on item.id = shelf.item_id` : sql``
  return sql`from catalog.shelf ${join} where ${sql.join(conditions, sql` and `)}`
}

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
  registered_date: Temporal.PlainDate | null
  status: ItemStatus
  sales_count: number
  view_count: number
  review_count: number
  rating: number
  available: number
}

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
    registeredDate: row.registered_date?.toString() ?? null,
    status: shownStatus(row.status, row.available) === 'on_sale' ? 'on_sale' : 'sold_out',
  }
}

/** The items from..from+limit of a list, as customers see them. */
export async function listItems(
  db: Db | Tx,
  filter: ItemFilter,
  sort: ItemSort,
  limit: number,
  offset = 0,
): Promise<ItemSummary[]> {
  const order = orderOf(sort)
  // The page is chosen first, among narrow rows; prices are those of the item itself, so that they are never older
  // than on its own page.
  const { rows } = await sql<SummaryRow>`
    select item.id, name, enterprise, thumbnail, categories, origin_price, item.discount_permille, discount_price,
      item.real_price, registered_date, status, sales_count, view_count, review_count, rating,
      on_hand - held as available
    from (select shelf.* ${matching(filter)} order by ${order} limit ${limit} offset ${offset}) as shelf
      join catalog.item on item.id = shelf.item_id
      join catalog.stock on stock.item_id = shelf.item_id
    order by ${order}`.execute(db)
  return rows.map(summaryOf)
}

/** How many items a filter finds, counted no further than {@link maxListed} + 1. */
export async function countItems(db: Db | Tx, filter: ItemFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (select 1 ${matching(filter)} limit ${maxListed + 1}) as found`.execute(db)
  return rows[0]?.count ?? 0
}

/** Visible items on each shelf. Reads one whole index: to be asked every few seconds, not for every request. */
export async function countCategories(db: Db | Tx): Promise<Map<ShelfName, number>> {
  const { rows } = await sql<{ shelf: ShelfName; count: number }>`
    select shelf::text as shelf, count(*) as count from catalog.shelf group by shelf`.execute(db)
  return new Map(rows.map(({ shelf, count }) => [shelf, count]))
}

/** The page object of a list. `found` as counted by {@link countItems}. */
export function pageOf(query: Pick<ItemQuery, 'page' | 'size'>, found: number): ItemList['page'] {
  const totalElements = Math.min(found, maxListed)
  return {
    number: query.page,
    size: query.size,
    totalElements,
    totalPages: Math.ceil(totalElements / query.size),
    totalIsLowerBound: found > maxListed,
  }
}

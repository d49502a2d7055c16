import { type SummaryRow, summaryOf } from '../../src/shop/catalog/browse/listing.ts'

/** Where a list is sorted by which column of the shelf; all but prices and discounts that rise are told from the top. */
const COLUMNS = {
  sales: 'sales_count',
  views: 'view_count',
  newest: 'listed_on',
  price_asc: 'real_price',
  price_desc: 'real_price',
  discount_asc: 'discount_permille',
  discount_desc: 'discount_permille',
  reviews: 'review_count',
  rating: 'rating',
} as const
type Sort = keyof typeof COLUMNS
export const SORTS = Object.keys(COLUMNS) as Sort[]

/** The column a list is sorted by, and its direction. */
export function orderOf(sort: Sort): { column: string; direction: string } {
  return { column: COLUMNS[sort], direction: sort.endsWith('_asc') ? 'asc' : 'desc' }
}

/**
 * The least SQL for a page of a list: its ids by whatever chooses them, then its rows alone, by key. A shelf has the
 * numbers of an item beside what it is sorted by.
 * @param chosen gives `item_id` and `sort_key`
 */
export function leastList(shelf: string, chosen: string, direction: string): string {
  return `
    select i.id, i.name, i.enterprise, i.thumbnail, i.categories, i.origin_price, i.discount_permille,
      i.discount_price, i.real_price, i.registered_date::text, i.status,
      s.sales_count, s.view_count, s.review_count, s.rating, t.on_hand - t.held as available
    from (${chosen}) as chosen
      join catalog.shelf s on s.shelf = '${shelf}' and s.item_id = chosen.item_id
      join catalog.item i on i.id = chosen.item_id
      join catalog.stock t on t.item_id = chosen.item_id
    order by chosen.sort_key ${direction}, chosen.item_id ${direction}`
}

/** What a list shows. */
export const listShown = (body: string): unknown => (JSON.parse(body) as { data: unknown }).data
/** The same out of rows. */
export const listShownOf = (rows: readonly SummaryRow[]): unknown => rows.map(summaryOf)

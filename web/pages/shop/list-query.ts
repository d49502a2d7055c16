import { type ItemQuery, isCategory, type ListSort, listSorts } from '../../../src/shop/catalog/index.ts'
import { pageIn } from '../frame/visit.ts'

/** Whole rows of two, three and four. */
const PAGE_SIZE = 24
const MOST_WON = 100_000_000
const LONGEST = 100

/** What of an address chooses items; anything else in it is left alone, and nonsense is as if it were not there. */
export function queryOf(address: URLSearchParams): ItemQuery {
  const category = address.get('category')
  const brand = address.get('brand')?.trim().slice(0, LONGEST)
  const keyword = address.get('keyword')?.trim().slice(0, LONGEST)
  const [one, other] = [wonIn(address.get('min')), wonIn(address.get('max'))]
  // Typed the wrong way round, they still mean a range.
  const isReversed = one !== undefined && other !== undefined && one > other
  const [minPrice, maxPrice] = isReversed ? [other, one] : [one, other]
  return {
    ...(isCategory(category) ? { category } : {}),
    ...(brand ? { brand } : {}),
    ...(keyword ? { keyword } : {}),
    ...(minPrice === undefined ? {} : { minPrice }),
    ...(maxPrice === undefined ? {} : { maxPrice }),
    ...(address.get('sale') === '1' ? { onSale: true } : {}),
    sort: sortIn(address.get('sort'), Boolean(keyword)),
    page: pageIn(address),
    size: PAGE_SIZE,
  }
}

/** How items are sorted when nothing is said: by what fits a search best, else best sellers first. */
export const usualSort = (isSearch: boolean): ListSort => (isSearch ? 'relevance' : 'sales')

function sortIn(text: string | null, isSearch: boolean): ListSort {
  const asked = listSorts.find((sort) => sort === text)
  return asked === undefined || (asked === 'relevance' && !isSearch) ? usualSort(isSearch) : asked
}

function wonIn(text: string | null): number | undefined {
  const digits = text?.replaceAll(/[,\s원₩]/g, '') ?? ''
  return /^\d{1,9}$/.test(digits) ? Math.min(Number(digits), MOST_WON) : undefined
}

/** The part of an address that chooses these items; what is the default is left out. */
export function pickedBy(query: Partial<ItemQuery>): string {
  const address = new URLSearchParams()
  if (query.keyword) address.set('keyword', query.keyword)
  if (query.category) address.set('category', query.category)
  if (query.brand) address.set('brand', query.brand)
  if (query.minPrice !== undefined) address.set('min', String(query.minPrice))
  if (query.maxPrice !== undefined) address.set('max', String(query.maxPrice))
  if (query.onSale) address.set('sale', '1')
  if (query.sort && query.sort !== usualSort(Boolean(query.keyword))) address.set('sort', query.sort)
  if (query.page && query.page > 1) address.set('page', String(query.page))
  return address.toString()
}

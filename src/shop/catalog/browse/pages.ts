/**
 * What the public routes answer, as finished JSON texts. What everybody asks for (the first pages of every category
 * without further filters, the home lists) is made once and sent as it is, for at most a second. Prices in lists are
 * for showing; what is charged is always read anew when an order is placed.
 */
import type { Db } from '../../../platform/database/database.ts'
import { pageOf } from '../../../platform/http/app.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { categoryCodes, categoryNames } from '../rules/categories.ts'
import { knownWords, nearestQuery } from '../search/near-words.ts'
import { type Body, bodyOf } from './body.ts'
import { brandsStartingWith, readBrands } from './brands.ts'
import { itemDetail } from './item-detail.ts'
import type { BrandList, CategoryList, Home, ItemDetail, ItemList, ItemSummary } from './item-json.ts'
import type { Kept } from './kept.ts'
import {
  countCategories,
  countItems,
  depthOf,
  findItems,
  type ItemFilter,
  type ItemQuery,
  isSearch,
  itemsOf,
  listItems,
  pageOfItems,
  readNames,
  searchesNothing,
  sortOf,
} from './listing.ts'

/** A list that may be kept. */
export interface KeptList {
  /** What it is kept under. */
  readonly of: string
  /** Undefined while it is not there. */
  find(): Body<ItemList> | undefined
}

export interface Pages {
  /** A page of a list. price_range_reversed: min > max; page_too_deep: see {@link depthOf}. */
  list(query: ItemQuery): Promise<Body<ItemList> | Refused<'price_range_reversed' | 'page_too_deep'>>
  /** Prepares looking for the same in what is kept, at once. Undefined for what is read every time. */
  peekList(query: ItemQuery): KeptList | undefined
  home(): Promise<Body<Home>>
  homeNow(): Body<Home> | undefined
  categories(): Promise<Body<CategoryList>>
  brands(typed: string, page: number, size: number): Promise<Body<BrandList>>
  /** A hidden item is item_no_longer_sold. Never cached. */
  detail(itemId: string): Promise<Body<ItemDetail> | Refused<'not_found' | 'item_no_longer_sold'>>
}

const cachedPages = 5
const homeSize = 9

/** The public pages, with what is kept of them. */
export function createPages(db: Db, kept: Kept): Pages {
  const { lists, homes, totals, finds, reads, counts, brandIndex, words } = kept

  const total = (filter: ItemFilter) => totals.get(JSON.stringify(filter), () => countItems(db, filter))

  /**
   * A page of what a search finds. Finding and sorting takes longer than all else, and many people search for the same:
   * which items those are is kept for a few seconds, unless one changes.
   */
  async function search(query: ItemQuery, found: number): Promise<ItemSummary[]> {
    const { sort: _asked, page, size, ...filter } = query
    const sort = sortOf(query)
    const offset = (page - 1) * size
    if (offset >= found) return []
    const window = { limit: size, offset, found }
    const ids = await finds.get(JSON.stringify({ filter, sort, offset, size }), () =>
      findItems(db, filter, sort, window),
    )
    return itemsOf(db, ids)
  }

  async function readList(query: ItemQuery): Promise<Body<ItemList>> {
    const { sort: _asked, page, size, ...filter } = query
    const sort = sortOf(query)
    const offset = (page - 1) * size
    if (searchesNothing(filter)) return bodyOf<ItemList>({ data: [], page: pageOfItems(query, 0) })
    if (isSearch(filter)) {
      const found = await total(filter)
      if (found === 0) return readMeant(query)
      return bodyOf<ItemList>({ data: await search(query, found), page: pageOfItems(query, found) })
    }
    const data = await listItems(db, filter, sort, { limit: size, offset })
    // A page that is not full is the last one and proves the total by itself.
    const isLast = data.length < size && (data.length > 0 || page === 1)
    const found = isLast ? offset + data.length : await total(filter)
    return bodyOf<ItemList>({ data, page: pageOfItems(query, found) })
  }

  /** What is found for the words that were meant, when nothing is found for those that were typed. */
  async function readMeant(query: ItemQuery): Promise<Body<ItemList>> {
    const known = await words.get('all', async () => knownWords(await readNames(db)))
    const correctedKeyword = nearestQuery(query.keyword ?? '', known)
    const { sort: _asked, page, size, ...filter } = { ...query, keyword: correctedKeyword ?? '' }
    const found = correctedKeyword === undefined ? 0 : await total(filter)
    if (correctedKeyword === undefined || found === 0)
      return bodyOf<ItemList>({ data: [], page: pageOfItems(query, 0) })
    const data = await search({ ...filter, sort: sortOf(query), page, size }, found)
    return bodyOf<ItemList>({ data, correctedKeyword, page: pageOfItems(query, found) })
  }

  return {
    list: async (query) => {
      const { minPrice, maxPrice, page, size } = query
      if (minPrice !== undefined && maxPrice !== undefined && minPrice > maxPrice) {
        return refused('price_range_reversed')
      }
      if ((page - 1) * size >= depthOf(query)) return refused('page_too_deep')
      const key = keyOf(query)
      const read = () => readList(query)
      return key === undefined ? reads.get(JSON.stringify(query), read) : lists.get(key, read)
    },
    peekList: (query) => {
      const of = keyOf(query)
      return of === undefined ? undefined : { of, find: () => lists.peek(of) }
    },
    homeNow: () => homes.peek('home'),
    home: () =>
      homes.get('home', async () => {
        const [bestSellers, highestDiscounts, newArrivals] = await Promise.all([
          listItems(db, {}, 'sales', { limit: homeSize }),
          listItems(db, { onSale: true }, 'discount_desc', { limit: homeSize }),
          listItems(db, {}, 'newest', { limit: homeSize }),
        ])
        return bodyOf<Home>({ bestSellers, highestDiscounts, newArrivals })
      }),
    categories: () =>
      counts.get('categories', async () => {
        const found = await countCategories(db)
        const data = categoryCodes.map((code) => ({
          code,
          name: categoryNames[code],
          itemCount: found.get(code) ?? 0,
        }))
        return bodyOf<CategoryList>({ data })
      }),
    brands: async (typed, page, size) => {
      const found = brandsStartingWith(await brandIndex.get('all', () => readBrands(db)), typed)
      return bodyOf<BrandList>({
        data: found.slice((page - 1) * size, page * size),
        page: pageOf({ page, size }, found.length),
      })
    },
    detail: async (itemId) => {
      const item = await itemDetail(db, itemId)
      if (item === undefined) return refused('not_found')
      return item === 'hidden' ? refused('item_no_longer_sold') : bodyOf(item)
    },
  }
}

/** What a list is kept under; undefined for those that are read every time. */
function keyOf(query: ItemQuery): string | undefined {
  const { category, page, size } = query
  if (page > cachedPages || !isPlain(query)) return undefined
  return `${category ?? 'ALL'} ${sortOf(query)} ${page} ${size}`
}

/** Filtered by nothing but the category: what everybody asks for. */
function isPlain({ brand, minPrice, maxPrice, onSale, keyword }: ItemFilter): boolean {
  return (brand ?? minPrice ?? maxPrice ?? onSale ?? keyword) === undefined
}

import { likePattern, searchTermsOf, wholeTermsOf } from '../../src/shop/catalog/search/korean-search.ts'
import { encodeLetters } from '../../src/shop/catalog/search/search-encoding.ts'
import { leastList, orderOf } from './least-list.ts'

/** A keyword, and how many items it finds: a thousand at most are counted. */
export interface FoundBy {
  readonly keyword: string
  readonly found: number
  readonly isMore: boolean
}

const PAGE_SIZE = 12
/** Of a list that is walked in its order, so many rows for each that is found cost as much as reading all finds. */
const WALKED = 40
/** Ranks stand above any number of sales. */
const RANK = 1_000_000_000_000

/** Won; the dearest item that is shown. No search of a benchmark leaves anything out by it. */
export type MaxPrice = number

/** The least SQL for a page whose items are known. */
export function leastOf(ids: readonly string[]): string {
  const listed = ids.map((id, place) => `('${id}'::uuid, ${place})`).join(', ')
  return leastList('ALL', `select * from (values ${listed}) as known(item_id, sort_key)`, 'asc')
}

/** The least SQL for how many items a search finds, a thousand and one at most. */
export function leastCount({ keyword }: FoundBy, maxPrice: MaxPrice): string {
  return `select count(*) from (select 1 from catalog.item d
    where ${hitsOf(keyword)} and d.real_price <= ${maxPrice} and d.status <> 'hidden' limit 1001) as counted`
}

const hitsOf = (keyword: string) =>
  patternsOf(keyword)
    .map((any) => `d.search_doc like any (${any})`)
    .join(' and ')

/**
 * The least SQL for the first page of a search. What is found often is met soon on a walk along the list; what is rarer
 * is found by its index, then ranked or sorted.
 */
export function leastSearch(
  by: FoundBy,
  sort: 'relevance' | 'sales' | 'price_asc',
  maxPrice: MaxPrice,
): string {
  const order = orderOf(sort === 'relevance' ? 'sales' : sort)
  const { column, direction } = order
  const hits = hitsOf(by.keyword)
  const cheap = `l.real_price <= ${maxPrice}`
  const first = `order by sort_key ${direction}, item_id ${direction} limit ${PAGE_SIZE}`
  if (sort === 'relevance' && !by.isMore)
    return leastList(
      'ALL',
      `${found(hits, cheap, `${rankOf(by.keyword)} * ${RANK} + l.sales_count`)} ${first}`,
      direction,
    )
  if (by.isMore || by.found > WALKED * PAGE_SIZE)
    return leastList(
      'ALL',
      `select l.item_id, l.${column} as sort_key from catalog.shelf l
       where l.shelf = 'ALL' and ${cheap} and (select ${hits} from catalog.item d where d.id = l.item_id)
       order by l.${column} ${direction}, l.item_id ${direction} limit ${PAGE_SIZE}`,
      direction,
    )
  return leastList('ALL', `${found(hits, cheap, `l.${column}`)} ${first}`, direction)
}

const found = (hits: string, cheap: string, key: string) => `
  select l.item_id, ${key} as sort_key from (select id, search_doc from catalog.item d where ${hits} offset 0) as d
    join catalog.shelf l on l.shelf = 'ALL' and l.item_id = d.id and ${cheap}`

/** For every word of a keyword its spellings, one of which a document must hold. */
const patternsOf = (keyword: string) =>
  searchTermsOf(keyword).map((terms) => arrayOf(terms.map((term) => likePattern(encodeLetters(term)))))

/** The name is what was typed, begins with it, or holds its words; then the maker begins with it. */
function rankOf(keyword: string): string {
  const whole = wholeTermsOf(keyword).map(encodeLetters)
  const begins = arrayOf(whole.map((term) => `${term}%`))
  const name = `split_part(d.search_doc, ' ', 1)`
  const inName = patternsOf(keyword).map((any) => `${name} like any (${any})`)
  return `case
    when ${name} = any (${arrayOf(whole)}) then 4
    when d.search_doc like any (${begins}) then 3
    when ${inName.join(' and ')} then 2
    when split_part(d.search_doc, ' ', 2) like any (${begins}) then 1
    else 0 end`
}

const arrayOf = (texts: readonly string[]) =>
  `array[${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')}]::text[]`

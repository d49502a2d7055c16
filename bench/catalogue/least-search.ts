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

/**
 * The least SQL for the first page of a search. What is found often is met soon on a walk along the list; what is rarer
 * is found by its index, then ranked or sorted.
 */
export function leastSearch(by: FoundBy, sort: 'relevance' | 'sales' | 'price_asc'): string {
  const order = orderOf(sort === 'relevance' ? 'sales' : sort)
  const { column, direction } = order
  const hits = patternsOf(by.keyword)
    .map((any) => `d.search_doc like any (${any})`)
    .join(' and ')
  const first = `order by sort_key ${direction}, item_id ${direction} limit ${PAGE_SIZE}`
  if (sort === 'relevance' && !by.isMore)
    return leastList(
      'ALL',
      `${found(hits, `${rankOf(by.keyword)} * ${RANK} + l.sales_count`)} ${first}`,
      direction,
    )
  if (by.isMore || by.found > WALKED * PAGE_SIZE)
    return leastList(
      'ALL',
      `select l.item_id, l.${column} as sort_key from catalog.shelf l
       where l.shelf = 'ALL' and (select ${hits} from catalog.item d where d.id = l.item_id)
       order by l.${column} ${direction}, l.item_id ${direction} limit ${PAGE_SIZE}`,
      direction,
    )
  return leastList('ALL', `${found(hits, `l.${column}`)} ${first}`, direction)
}

const found = (hits: string, key: string) => `
  select l.item_id, ${key} as sort_key from (select id, search_doc from catalog.item d where ${hits} offset 0) as d
    join catalog.shelf l on l.shelf = 'ALL' and l.item_id = d.id`

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

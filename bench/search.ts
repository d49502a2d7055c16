import { listShown, listShownOf } from './catalogue/least-list.ts'
import { type FoundBy, leastCount, leastOf, leastSearch } from './catalogue/least-search.ts'
import type { Figure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'
import { MOST_PATHS, measureReads, type Read } from './reads.ts'

/** What people type: names, halves of names, initial consonants, Latin names, several words, a maker. */
const KEYWORDS = [
  '오메가3',
  'omega-3',
  '비타민',
  '홍삼',
  'ㅎㅅ',
  '유산균',
  '루테인',
  '루테ㅇ',
  '콜라겐',
  '칼슘',
  '밀크씨슬',
  '프로바이오틱스',
  '글루코사민',
  '아연',
  '마그네슘 정',
  '비타민 캡슐',
  'ㅂㅌㅁ',
  '오메ㄱ',
  '홍삼정',
  'probiotics',
]
const SORTS = ['relevance', 'sales', 'price_asc'] as const

/** Won; dearer is nothing that is sold, and below it are numbers enough for as many searches. */
const MAX_PRICE = 100_000_000

/**
 * Full-text search: what many search for, whose finds are kept for seconds and shown as they are now, and what nobody
 * has searched for before, here with a highest price of its own.
 */
export async function measureSearch(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const searches = (await finding(shop))
    .flatMap((by) => SORTS.map((sort) => ({ by, sort, path: pathOf(by.keyword, sort) })))
    .slice(0, MOST_PATHS)
  // One after the other: one address gets only its part of the server.
  const often: Read[] = []
  for (const { path } of searches) {
    const answer = await fetch(`${shop.url}${path}`)
    const { data } = (await answer.json()) as { data: { id: string }[] }
    often.push({ path, least: leastOf(data.map(({ id }) => id)) })
  }
  const anew = searches.map(({ by, sort, path }): Read => {
    const nth = (n: number) => `${path}&maxPrice=${MAX_PRICE - 1 - n}`
    return {
      path: `${path}&maxPrice=${MAX_PRICE}`,
      before: '/api/categories',
      nth,
      leastBefore: leastCount(by, MAX_PRICE),
      least: leastSearch(by, sort, MAX_PRICE),
    }
  })
  const measured = { shown: listShown, shownOf: listShownOf }
  return [
    ...(await measureReads(shop, { ...measured, name: 'search', reads: often }, options)),
    ...(await measureReads(shop, { ...measured, name: 'search, anew', reads: anew }, options)),
  ]
}

const pathOf = (keyword: string, sort: string) =>
  `/api/items?keyword=${encodeURIComponent(keyword)}&sort=${sort}`

/** The keywords that find something, and how much; at least half of them. */
async function finding(shop: Shop): Promise<FoundBy[]> {
  const found = await Promise.all(
    KEYWORDS.map(async (keyword): Promise<FoundBy[]> => {
      const answer = await fetch(`${shop.url}${pathOf(keyword, 'relevance')}`)
      const { page } = (await answer.json()) as {
        page: { totalElements: number; totalIsLowerBound: boolean }
      }
      return page.totalElements > 0
        ? [{ keyword, found: page.totalElements, isMore: page.totalIsLowerBound }]
        : []
    }),
  )
  const all = found.flat()
  if (all.length < KEYWORDS.length / 2)
    throw new Error(`only ${all.map(({ keyword }) => keyword).join(', ')} find anything`)
  return all
}

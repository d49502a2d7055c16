import { listShown, listShownOf } from './catalogue/least-list.ts'
import { type FoundBy, leastSearch } from './catalogue/least-search.ts'
import type { Figure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'
import { MOST_PATHS, measureReads } from './reads.ts'

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

/** Full-text search; never cached, whatever is searched. */
export async function measureSearch(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const found = await Promise.all(
    KEYWORDS.map(async (keyword): Promise<FoundBy[]> => {
      const answer = await fetch(`${shop.url}/api/items?keyword=${encodeURIComponent(keyword)}`)
      const { page } = (await answer.json()) as {
        page: { totalElements: number; totalIsLowerBound: boolean }
      }
      return page.totalElements > 0
        ? [{ keyword, found: page.totalElements, isMore: page.totalIsLowerBound }]
        : []
    }),
  )
  const finding = found.flat()
  if (finding.length < KEYWORDS.length / 2)
    throw new Error(`only ${finding.map(({ keyword }) => keyword).join(', ')} find anything`)
  const reads = finding
    .flatMap((by) => SORTS.map((sort) => ({ by, sort })))
    .slice(0, MOST_PATHS)
    .map(({ by, sort }) => ({
      path: `/api/items?keyword=${encodeURIComponent(by.keyword)}&sort=${sort}`,
      least: leastSearch(by, sort),
    }))
  return measureReads(shop, { name: 'search', reads, shown: listShown, shownOf: listShownOf }, options)
}

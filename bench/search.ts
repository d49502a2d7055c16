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
const SORTS = ['relevance', 'sales', 'price_asc']

/** Full-text search; never cached, whatever is searched. */
export async function measureSearch(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const found = await Promise.all(
    KEYWORDS.map(async (keyword) => {
      const answer = await fetch(`${shop.url}/api/items?keyword=${encodeURIComponent(keyword)}`)
      return hitsIn(await answer.text()) > 0 ? [keyword] : []
    }),
  )
  const keywords = found.flat()
  if (keywords.length < KEYWORDS.length / 2) throw new Error(`only ${keywords.join(', ')} find anything`)
  const paths = Array.from({ length: MOST_PATHS }, (_, n) => {
    const keyword = encodeURIComponent(keywords[n % keywords.length] ?? '')
    return `/api/items?keyword=${keyword}&sort=${SORTS[n % SORTS.length]}`
  })
  return measureReads(
    shop,
    { name: 'search', paths: [...new Set(paths)], isRight: (body) => hitsIn(body) > 0 },
    options,
  )
}

function hitsIn(body: string): number {
  return (JSON.parse(body) as { data: unknown[] }).data.length
}

import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase, transact } from '../../../platform/database/database.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { categoryCodes } from '../rules/categories.ts'
import { matches, searchDocumentOf, searchTermsOf } from '../search/korean-search.ts'
import type { ItemSummary } from './item-json.ts'
import { countItems, type ItemFilter, type ItemSort, itemSorts, listItems } from './listing.ts'
import { changeNumbers } from './shelves.ts'

let test: TestCatalog
let all: ItemSummary[] = []

beforeAll(async () => {
  test = await openCatalog()
  await test.catalog.seedDemo()
  await addItem(test, { name: '고려 홍삼정 골드', enterprise: '한국인삼' })
  await addItem(test, { name: '오메가-3 맥스', enterprise: '바다식품', registeredDate: null })
  await addItem(test, { name: '뼈튼튼 칼슘', enterprise: '바다식품' })
  await addItem(test, { name: '숨은 상품', offered: false })
  const { rows } = await sql<{ id: string }>`select id from catalog.item order by id`.execute(
    test.database.db,
  )
  const changes = rows.map(({ id }, index) => ({
    itemId: id,
    sales: (index * 7) % 13,
    views: (index * 31) % 50,
    reviews: index % 5,
    stars: Math.min((index % 5) * 5, (index % 5) + (index % 17)),
  }))
  await transact(test.database.db, (tx) => changeNumbers(tx, changes))
  all = await everything({}, 'sales')
})
afterAll(() => test.database.drop())

async function everything(
  filter: ItemFilter,
  sort: ItemSort,
  limit = 37,
  found = 1_000_000,
): Promise<ItemSummary[]> {
  const items: ItemSummary[] = []
  for (;;) {
    const page = await listItems(test.database.db, filter, sort, { limit, offset: items.length, found })
    items.push(...page)
    if (page.length < limit) return items
  }
}

/** The same list, made the plain way. */
function naive(filter: ItemFilter, sort: ItemSort): string[] {
  const terms = searchTermsOf(filter.keyword ?? '')
  const found = all.filter(
    (item) =>
      (filter.category === undefined || item.categories.includes(filter.category)) &&
      (filter.brand === undefined || item.enterprise === filter.brand) &&
      (filter.minPrice === undefined || item.realPrice >= filter.minPrice) &&
      (filter.maxPrice === undefined || item.realPrice <= filter.maxPrice) &&
      (filter.onSale === undefined || item.discountPercent > 0 === filter.onSale) &&
      matches(searchDocumentOf(item), terms),
  )
  const keys: Readonly<Record<ItemSort, (item: ItemSummary) => number | string>> = {
    sales: (item) => item.salesCount,
    views: (item) => item.viewCount,
    newest: (item) => item.registeredDate ?? '2026-11-21',
    price_asc: (item) => item.realPrice,
    price_desc: (item) => item.realPrice,
    discount_asc: (item) => item.discountPercent,
    discount_desc: (item) => item.discountPercent,
    reviews: (item) => item.reviewCount,
    rating: (item) => item.starAverage,
  }
  const key = keys[sort]
  const up = found.toSorted((a, b) =>
    key(a) < key(b) || (key(a) === key(b) && a.id < b.id) ? -1 : a.id === b.id ? 0 : 1,
  )
  return (sort.endsWith('_asc') ? up : up.toReversed()).map((item) => item.id)
}

describe('lists of items', () => {
  it('hold every visible item once, whatever the sort and the size of a page', async () => {
    expect(all).toHaveLength(308)
    for (const sort of itemSorts) {
      for (const size of [7, 100]) {
        const ids = (await everything({}, sort, size)).map((item) => item.id)
        expect(new Set(ids).size).toBe(308)
        expect(ids).toEqual(naive({}, sort))
      }
    }
  })

  it('agree with a naive list for every combination of filters and sorts', async () => {
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
    const brands = [...new Set(all.map((item) => item.enterprise))]
    const filters = fc
      .record({
        category: optional(fc.constantFrom(...categoryCodes)),
        brand: fc.option(fc.constantFrom(...brands), { nil: undefined, freq: 1 }),
        minPrice: optional(fc.integer({ min: 0, max: 60_000 })),
        maxPrice: optional(fc.integer({ min: 5_000, max: 160_000 })),
        onSale: optional(fc.boolean()),
        keyword: optional(
          fc.constantFrom('비타민', 'ㅎㅅ', '골드', '주', 'omega', '루테인 골', '!!', '오메ㄱ'),
        ),
      })
      .map((parts) => Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)))
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(...itemSorts), async (filter: ItemFilter, sort) => {
        const expected = naive(filter, sort)
        // Read as if the hits were common, and as if they were rare.
        for (const found of [1_000_000, 0]) {
          expect((await everything(filter, sort, 50, found)).map((item) => item.id)).toEqual(expected)
        }
        expect(await countItems(test.database.db, filter)).toBe(expected.length)
      }),
      { numRuns: 150 },
    )
  })

  it('understand how Korean is searched', async () => {
    const names = async (keyword: string) =>
      (await everything({ keyword }, 'newest')).map((item) => item.name)
    for (const keyword of [
      '오메ㄱ',
      '오메가3',
      'omega-3',
      'OMEGA 3',
      'ㅇㅁㄱ3',
      '오메가 3 맥스',
      '맥스 바다',
    ]) {
      expect(await names(keyword), keyword).toContain('오메가-3 맥스')
    }
    for (const keyword of ['ㅎㅅ', '홍삼', '홍삼 정', '고려홍ㅅ', 'red ginseng', '한국인삼 골드']) {
      expect(await names(keyword), keyword).toContain('고려 홍삼정 골드')
    }
    expect(await names('뼈')).toContain('뼈튼튼 칼슘')
    expect(await names('세상에없는이름')).toEqual([])
    expect(await names('숨은')).toEqual([])
    expect(await names("%_'\\")).toHaveLength(308)
  })
})

it('plans what is filtered for its values each time: a general plan reads everything for what is rare', async () => {
  const { url } = test.database
  const one = openDatabase({ url, poolSize: 1, statementTimeoutMs: 15_000 })
  const filters: ItemFilter[] = [
    { keyword: '홍삼' },
    { keyword: '홍삼 골드', category: 'EYE' },
    { brand: '한국인삼' },
    { category: 'EYE', minPrice: 10_000, maxPrice: 90_000, onSale: true },
  ]
  try {
    for (let n = 0; n < 3; n += 1) {
      for (const filter of filters) {
        await countItems(one.db, filter)
        for (const found of [1, 1_000_000]) await listItems(one.db, filter, 'sales', { limit: 5, found })
      }
      await countItems(one.db, {})
      for (const category of categoryCodes) await listItems(one.db, { category }, 'sales', { limit: 5 })
    }
    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(
      one.db,
    )
    expect(rows).toHaveLength(2)
    for (const { statement } of rows) expect(statement).not.toMatch(/search_doc|real_price >=|enterprise =/)
  } finally {
    await one.close()
  }
})

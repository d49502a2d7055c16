import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { createKept } from './kept.ts'
import { type ItemQuery, listItems, sortOf } from './listing.ts'
import { createPages } from './pages.ts'
import { changeNumbers } from './shelves.ts'

/** From what fits best to what fits least; sales run the other way. */
const NAMES = ['누룩', '누룩 골드', '누룩진액 플러스', '햇 누룩 분말', '보리 숭늉', '현미 숭늉']
const BRANDS = ['가람', '가람', '가람', '가람', '누룩당', '참누룩']

let test: TestCatalog
beforeAll(async () => {
  test = await openCatalog()
  for (const [index, name] of NAMES.entries())
    await addItem(test, { name, enterprise: BRANDS[index] ?? '가람' })
  await addItem(test, { name: 'Nuruk Omega-3', enterprise: '가람' })
  await addItem(test, { name: '오메가3 골드', enterprise: '가람' })
  const { rows } = await sql<{ id: string; name: string }>`select id, name from catalog.item`.execute(
    test.database.db,
  )
  const changes = rows.map(({ id, name }) => ({
    itemId: id,
    sales: NAMES.indexOf(name) + 2,
    views: 0,
    reviews: 0,
    stars: 0,
  }))
  await transact(test.database.db, (tx) => changeNumbers(tx, changes))
})
afterAll(() => test.database.drop())

const found = async (keyword: string, window: Partial<Parameters<typeof listItems>[3]> = {}) => {
  const items = await listItems(test.database.db, { keyword }, 'relevance', {
    limit: 10,
    found: 6,
    ...window,
  })
  return items.map(({ name }) => name)
}

it('what is searched for by name comes before its brand, and that before all others', async () => {
  const [exact = '', gold = '', extract = '', ...others] = NAMES
  // Both begin with it: the one that is sold more comes first.
  expect(await found('누룩')).toEqual([exact, extract, gold, ...others])
  expect((await found('누 룩')).at(0)).toBe('누룩')
  expect(await found('누룩 골드')).toEqual(['누룩 골드'])
  expect((await found('누루')).at(-1)).toBe('현미 숭늉')
})

it('pages follow one another, and an ingredient fits by any of its names', async () => {
  const all = await found('누룩')
  const paged = [await found('누룩', { limit: 4 }), await found('누룩', { limit: 4, offset: 4 })]
  expect(paged.flat()).toEqual(all)
  expect(await found('omega3')).toEqual(['오메가3 골드', 'Nuruk Omega-3'])
})

it('of more than can be ranked the best sellers come first', async () => {
  const walked = await found('누룩', { found: 1_001 })
  expect(walked).toEqual(NAMES.toReversed())
})

it('a search is sorted by relevance unless it asks otherwise, and nothing else ever is', () => {
  const page = { page: 1, size: 10 }
  const asked: [ItemQuery, string][] = [
    [{ ...page, keyword: '홍삼' }, 'relevance'],
    [{ ...page, keyword: '홍삼', sort: 'newest' }, 'newest'],
    [page, 'sales'],
    [{ ...page, sort: 'relevance' }, 'sales'],
    [{ ...page, keyword: '!!', sort: 'relevance' }, 'sales'],
  ]
  for (const [query, sort] of asked) expect(sortOf(query)).toBe(sort)
})

it('a slip of the finger finds what was meant and says so; what nobody sells is not made up', async () => {
  const pages = createPages(test.database.db, createKept(undefined))
  const answer = async (keyword: string, more: Partial<ItemQuery> = {}) => {
    const list = await pages.list({ keyword, page: 1, size: 10, ...more })
    if (list.kind === 'refused') throw new Error(list.code)
    return { ...list.value, names: list.value.data.map(({ name }) => name) }
  }
  const slip = await answer('누륙 골드')
  expect(slip).toMatchObject({ correctedKeyword: '누룩 골드', names: ['누룩 골드'] })
  expect(slip.page.totalElements).toBe(1)
  expect((await answer('누륙 골드', { page: 2 })).names).toEqual([])
  const plain = await answer('누룩 골드')
  expect(plain.names).toEqual(['누룩 골드'])
  expect(plain).not.toHaveProperty('correctedKeyword')
  for (const [keyword, more] of [
    ['자전거', {}],
    ['누룩 골드', { minPrice: 9_000_000 }],
    ['누륙 골드', { minPrice: 9_000_000 }],
  ] as const) {
    const nothing = await answer(keyword, more)
    expect(nothing).toMatchObject({ names: [], page: { totalElements: 0 } })
    expect(nothing).not.toHaveProperty('correctedKeyword')
  }
})

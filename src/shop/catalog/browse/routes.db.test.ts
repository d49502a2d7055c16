import { sql } from 'kysely'
import { Check } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from '../../../platform/http/app.ts'
import { buildServer } from '../../../platform/http/server.ts'
import { newId } from '../../../platform/ids.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics } from '../../../platform/telemetry/metrics.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { BrandList, CategoryList, Home, ItemDetail, ItemList } from './item-json.ts'
import { createKept } from './kept.ts'
import type { ItemQuery } from './listing.ts'
import { createPages } from './pages.ts'

let test: TestCatalog
let app: App
const merchantId = newId()

beforeAll(async () => {
  test = await openCatalog()
  app = await buildServer({
    log: createLog('silent'),
    metrics: createMetrics(),
    version: 'test',
    problems: [test.catalog.module.problems ?? {}],
    routes: [(scope) => test.catalog.module.routes?.(scope)],
    authenticate: async (token) =>
      token === 'merchant' || token === 'customer'
        ? { userId: merchantId, roles: [token], sessionId: newId() }
        : 'invalid',
    readiness: {},
    draining: () => false,
  })
  await test.catalog.seedDemo()
})
afterAll(async () => {
  await app.close()
  await test.database.drop()
})

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers })
const patch = (id: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'PATCH',
    url: `/api/admin/items/${id}`,
    headers: { authorization: 'Bearer merchant', ...headers },
    payload,
  })

describe('GET /api/items', () => {
  it.each(['🌿', '!!!', '%', '。'])('finds nothing for %j, which no name can hold', async (keyword) => {
    const answer = await get(`/api/items?keyword=${encodeURIComponent(keyword)}`)
    expect(answer.json()).toMatchObject({ data: [], page: { totalElements: 0 } })
  })

  it('lists for the merchant what is hidden, by status, name and number', async () => {
    await addItem(test, { name: '아직 값 없는 홍삼', offered: false })
    const list = async (query: string) =>
      (
        await app.inject({
          method: 'GET',
          url: `/api/admin/items?${query}`,
          headers: { authorization: 'Bearer merchant' },
        })
      ).json()
    const hidden = await list('status=hidden')
    expect(hidden).toMatchObject({
      data: [{ name: '아직 값 없는 홍삼', status: 'hidden', originPrice: 0, stock: { onHand: 0, held: 0 } }],
      page: { totalElements: 1, totalPages: 1 },
    })
    const number = hidden.data[0].statementNumber
    expect((await list(`keyword=${number}`)).data).toEqual(hidden.data)
    expect((await list(`keyword=${encodeURIComponent('없는 홍삼')}&status=hidden`)).data).toEqual(hidden.data)
    expect((await list(`keyword=${encodeURIComponent('!!')}`)).data).toEqual([])
    const all = await list('size=100')
    expect(all.page.totalElements).toBeGreaterThan(1)
    expect(all.data[0].id).toBe(hidden.data[0].id)
  })

  it('answers a page as documented, finished once and revalidated by its tag', async () => {
    const answer = await get('/api/items')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, no-cache',
      etag: expect.stringMatching(/^"[\w-]+"$/),
    })
    const list = answer.json()
    expect(Check(ItemList, list)).toBe(true)
    expect(list.page).toEqual({
      number: 1,
      size: 12,
      totalElements: 305,
      totalPages: 26,
      totalIsLowerBound: false,
    })
    expect(list.data).toHaveLength(12)
    for (const item of list.data) expect(item.originPrice - item.discountPrice).toBe(item.realPrice)

    const etag = String(answer.headers.etag)
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const same = await get('/api/items', { 'if-none-match': header })
      expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, '', etag])
    }
    expect((await get('/api/items', { 'if-none-match': '"other"' })).statusCode).toBe(200)
  })

  it('combines filters and answers empty lists well', async () => {
    const url = '/api/items?category=EYE&onSale=true&minPrice=10000&maxPrice=90000&sort=price_asc&size=100'
    const list = (await get(url)).json()
    expect(list.data.length).toBeGreaterThan(3)
    for (const item of list.data) {
      expect(item.categories).toContain('EYE')
      expect(item.discountPercent).toBeGreaterThan(0)
      expect(item.realPrice).toBeGreaterThanOrEqual(10_000)
      expect(item.realPrice).toBeLessThanOrEqual(90_000)
    }
    const prices = list.data.map((item: { realPrice: number }) => item.realPrice)
    expect(prices).toEqual(prices.toSorted((a: number, b: number) => a - b))
    const none = (await get(`/api/items?keyword=${encodeURIComponent('세상에없는')}`)).json()
    expect(none).toMatchObject({ data: [], page: { totalElements: 0, totalPages: 0 } })
    expect((await get('/api/items?page=400')).json()).toMatchObject({
      data: [],
      page: { number: 400, totalElements: 305 },
    })
  })

  it('has every item on one page only', async () => {
    const ids = new Set<string>()
    for (let page = 1; page <= 26; page += 1) {
      const list = (await get(`/api/items?sort=discount_desc&page=${page}`)).json()
      for (const item of list.data) ids.add(item.id)
    }
    expect(ids.size).toBe(305)
  })

  it('refuses weird input with the field and a reason in both languages', async () => {
    const bad = [
      ['page=0', 'query.page'],
      ['page=x', 'query.page'],
      ['size=101', 'query.size'],
      ['size=0', 'query.size'],
      ['category=NOSE', 'query.category'],
      ['sort=best', 'query.sort'],
      ['minPrice=-1', 'query.minPrice'],
      ['maxPrice=1.5', 'query.maxPrice'],
      ['onSale=maybe', 'query.onSale'],
      [`keyword=${'a'.repeat(101)}`, 'query.keyword'],
      ['brand=', 'query.brand'],
      ['colour=red', 'query.colour'],
    ] as const
    for (const [query, field] of bad) {
      const answer = await get(`/api/items?${query}`)
      expect([query, answer.statusCode, answer.json().code]).toEqual([query, 400, 'invalid_request'])
      expect(answer.json().errors[0].field).toBe(field)
    }
    const reversed = '/api/items?minPrice=2000&maxPrice=1000'
    expect((await get(reversed)).json()).toMatchObject({
      status: 400,
      code: 'price_range_reversed',
      title: '최저 가격이 최고 가격보다 큽니다.',
    })
    expect((await get(reversed, { 'accept-language': 'en' })).json().title).toMatch(/lowest price/)
    expect((await get('/api/items?page=101&size=100')).json()).toMatchObject({ code: 'page_too_deep' })
    expect((await get('/api/items?page=100&size=100')).statusCode).toBe(200)
    const search = `/api/items?size=100&keyword=${encodeURIComponent('비타민')}`
    expect((await get(`${search}&page=11`)).json()).toMatchObject({ code: 'page_too_deep' })
    expect((await get(`${search}&page=10`)).statusCode).toBe(200)
  })
})

describe('the other public reads', () => {
  it('shows one item with all fields and its stock', async () => {
    const id = await addItem(test, { originPrice: 10_005, discount: 125, stock: 4 })
    const answer = await get(`/api/items/${id}`)
    expect(Check(ItemDetail, answer.json())).toBe(true)
    expect(answer.json()).toMatchObject({
      id,
      originPrice: 10_005,
      discountPercent: 12.5,
      discountPrice: 1_251,
      realPrice: 8_754,
      status: 'on_sale',
      available: 4,
      mainFunction: '면역력 증진에 도움',
    })
    const etag = String(answer.headers.etag)
    expect((await get(`/api/items/${id}`, { 'if-none-match': etag })).statusCode).toBe(304)
    expect(answer.headers['cache-control']).toBe('public, no-cache')
  })

  it('knows no hidden, unknown or malformed item', async () => {
    const hidden = await addItem(test, { offered: false })
    for (const [id, code] of [
      [hidden, 'item_no_longer_sold'],
      [newId(), 'not_found'],
    ]) {
      const answer = await get(`/api/items/${id}`)
      expect([answer.statusCode, answer.json().code]).toEqual([404, code])
      expect(answer.headers['cache-control']).toBe('no-store')
    }
    expect((await get('/api/items/123')).json()).toMatchObject({ code: 'invalid_request' })
  })

  it('shows home, categories and brands', async () => {
    const home = (await get('/api/home')).json()
    expect(Check(Home, home)).toBe(true)
    expect(home.bestSellers).toHaveLength(9)
    expect(home.newArrivals).toHaveLength(9)
    const discounts = home.highestDiscounts.map((item: { discountPercent: number }) => item.discountPercent)
    expect(discounts).toHaveLength(9)
    expect(discounts).toEqual(discounts.toSorted((a: number, b: number) => b - a))

    const categories = (await get('/api/categories')).json()
    expect(Check(CategoryList, categories)).toBe(true)
    expect(categories.data.map((each: { code: string }) => each.code)).toHaveLength(9)
    for (const { code, itemCount } of categories.data) {
      expect((await get(`/api/items?category=${code}`)).json().page.totalElements).toBe(itemCount)
    }

    const all = (await get('/api/brands?size=100')).json()
    expect(Check(BrandList, all)).toBe(true)
    const [first] = all.data
    const typed = encodeURIComponent(first.name.replace('(주)', '').slice(0, 2))
    const found = (await get(`/api/brands?prefix=${typed}`)).json()
    expect(found.data[0]).toEqual(first)
    const ofBrand = (await get(`/api/items?brand=${encodeURIComponent(first.name)}`)).json()
    expect(ofBrand.page.totalElements).toBe(first.itemCount)
    expect((await get('/api/brands?prefix=zzzz')).json()).toMatchObject({ data: [] })
    expect((await get(`/api/brands?prefix=${'a'.repeat(101)}`)).statusCode).toBe(400)
  })
})

describe('PATCH /api/admin/items/{id}', () => {
  it('is for merchants', async () => {
    const id = await addItem(test)
    for (const method of ['GET', 'PATCH'] as const) {
      const url = `/api/admin/items/${id}`
      const payload = method === 'PATCH' ? { payload: { version: 1, status: 'hidden' } } : {}
      expect((await app.inject({ method, url, ...payload })).statusCode).toBe(401)
      const headers = { authorization: 'Bearer customer' }
      expect((await app.inject({ method, url, headers, ...payload })).json()).toMatchObject({
        status: 403,
        code: 'not_allowed',
      })
    }
    expect((await get(`/api/items/${id}`)).statusCode).toBe(200)
  })

  it('changes price, discount, status, pictures and stock, with one event a change', async () => {
    const id = await addItem(test, { stock: 5 })
    const answer = await patch(id, {
      version: 1,
      originPrice: 20_000,
      discountPercent: 12.5,
      status: 'on_sale',
      thumbnail: '/pictures/a.webp',
      stock: { delta: 7, reason: '입고' },
    })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers.etag).toBe('"2"')
    expect(answer.json()).toMatchObject({
      version: 2,
      realPrice: 17_500,
      thumbnail: '/pictures/a.webp',
      stock: { onHand: 12, held: 0 },
    })
    const hide = await patch(id, { status: 'hidden' }, { 'if-match': '"2"' })
    expect(hide.json()).toMatchObject({ version: 3, status: 'hidden' })
    expect((await get(`/api/items/${id}`)).statusCode).toBe(404)
    const read = await get(`/api/admin/items/${id}`, { authorization: 'Bearer merchant' })
    expect([read.statusCode, read.headers.etag]).toEqual([200, '"3"'])
    // What already is as wished is no change.
    expect((await patch(id, { version: 3, status: 'hidden' })).json()).toMatchObject({ version: 3 })
    const { rows } = await sql<{ subject_version: number; data: unknown }>`
      select subject_version, data from platform.outbox where subject = ${id} order by position`.execute(
      test.database.db,
    )
    expect(rows).toMatchObject([
      { subject_version: 2, data: { realPrice: 17_500, changed: ['price', 'picture', 'stock'] } },
      { subject_version: 3, data: { status: 'hidden', changed: ['status'] } },
    ])
    const adjustments = await sql`
      select delta, on_hand, reason, actor_id from catalog.stock_adjustment where item_id = ${id}`.execute(
      test.database.db,
    )
    expect(adjustments.rows).toEqual([{ delta: 7, on_hand: 12, reason: '입고', actor_id: merchantId }])
  })

  it('lets only one of several editors of the same version succeed', async () => {
    const id = await addItem(test)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => patch(id, { version: 1, originPrice: 5_000 + index })),
    )
    expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1)
    for (const answer of answers.filter((each) => each.statusCode !== 200)) {
      expect(answer.json()).toMatchObject({ status: 409, code: 'item_changed_meanwhile', version: 2 })
    }
  })

  it('refuses what makes no sense and then changes nothing', async () => {
    const id = await addItem(test, { stock: 5 })
    await sql`update catalog.stock set held = 3 where item_id = ${id}`.execute(test.database.db)
    const refusals = [
      [{ status: 'hidden' }, 400, 'item_version_required'],
      [{ version: 1 }, 400, 'nothing_to_change'],
      [{ version: 1, discountPercent: 12.55 }, 422, 'discount_rate_invalid'],
      [{ version: 1, discountPercent: 101 }, 400, 'invalid_request'],
      [{ version: 1, originPrice: 0 }, 422, 'item_without_price'],
      [{ version: 1, originPrice: '100' }, 400, 'invalid_request'],
      [{ version: 1, originPrice: 9_000, stock: { delta: -3, reason: '파손' } }, 409, 'stock_below_held'],
      [{ version: 1, stock: { delta: 1_000_000, reason: '입고' } }, 422, 'stock_too_large'],
      [{ version: 1, stock: { delta: 0, reason: '입고' } }, 400, 'invalid_request'],
      [{ version: 1, stock: { delta: 1, reason: ' ' } }, 400, 'invalid_request'],
      [{ version: 1, thumbnail: 'javascript:alert(1)' }, 400, 'invalid_request'],
      [{ version: 1, name: 'x' }, 400, 'invalid_request'],
    ] as const
    for (const [body, status, code] of refusals) {
      const answer = await patch(id, body)
      expect([body, answer.statusCode, answer.json().code]).toEqual([body, status, code])
    }
    const english = await patch(id, { version: 1, originPrice: 0 }, { 'accept-language': 'en' })
    expect(english.json().title).toBe('An item that customers can see must cost at least 1 won.')
    expect((await patch(newId(), { version: 1, status: 'hidden' })).json()).toMatchObject({
      code: 'not_found',
    })
    const read = await get(`/api/admin/items/${id}`, { authorization: 'Bearer merchant' })
    expect(read.json()).toMatchObject({ version: 1, originPrice: 10_000, stock: { onHand: 5, held: 3 } })
  })

  it('shows a new price in lists at once', async () => {
    const id = await addItem(test, { originPrice: 99_000_000, categories: ['ETC'] })
    const top = async () => (await get('/api/items?sort=price_desc&category=ETC')).json().data[0]
    // The page may have been kept from before the item was added; the change below must not be hidden by it.
    await top()
    await patch(id, { version: 1, originPrice: 99_000_001 })
    expect(await top()).toMatchObject({ id, realPrice: 99_000_001 })
    await patch(id, { version: 2, originPrice: 99_000_002 })
    expect(await top()).toMatchObject({ id, realPrice: 99_000_002 })
    expect((await get(`/api/items/${id}`)).json().realPrice).toBe(99_000_002)
  })
})

describe('cached pages', () => {
  it('are read once for all who ask at the same time', async () => {
    let queries = 0
    const counting = test.database.db.withPlugin({
      transformQuery: ({ node }) => {
        queries += 1
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const kept = createKept(undefined)
    const pages = createPages(counting, kept)
    const query = { category: 'EYE', sort: 'sales', page: 1, size: 12 } as const
    const answers = await Promise.all(Array.from({ length: 50 }, () => pages.list(query)))
    expect(new Set(answers).size).toBe(1)
    // One for the rows and one for the total.
    expect(queries).toBe(2)
    await pages.list(query)
    expect(queries).toBe(2)
    kept.clear()
    await pages.list(query)
    expect(queries).toBe(4)
    // Of a search its total and which items it finds are kept a little longer; what is shown of them is read every time.
    const search = { ...query, keyword: '비타민', size: 1 }
    const [found] = await Promise.all(Array.from({ length: 50 }, () => pages.list(search)))
    expect(queries).toBe(7)
    expect(await pages.list(search)).toEqual(found)
    expect(queries).toBe(8)
    expect(await pages.list({ ...search, sort: 'price_desc' })).not.toEqual(found)
    expect(queries).toBe(10)
    await pages.list({ ...query, page: 6 })
    expect(queries).toBe(11)
  })

  it('show of what a search found a moment ago only what may be seen now, and as it is now', async () => {
    const { db } = test.database
    const pages = createPages(db, createKept(undefined))
    const search = { keyword: '비타민', sort: 'sales', page: 1, size: 3 } as const
    const shown = async () => {
      const answer = await pages.list(search)
      if (answer.kind !== 'body') throw new Error(answer.kind)
      return answer.value.data
    }
    const before = await shown()
    const [first, second] = before
    if (!first || !second) throw new Error('too few items')
    const set = (id: string, status: string, price: number) =>
      sql`update catalog.item set status = ${status}, origin_price = ${price} where id = ${id}`.execute(db)
    try {
      await set(first.id, 'hidden', first.originPrice)
      await set(second.id, 'on_sale', second.originPrice + 1_000)
      const after = await shown()
      expect(after.map(({ id }) => id)).toEqual(before.slice(1).map(({ id }) => id))
      expect(after[0]?.originPrice).toBe(second.originPrice + 1_000)
    } finally {
      await set(first.id, 'on_sale', first.originPrice)
      await set(second.id, 'on_sale', second.originPrice)
    }
  })

  it('are never answered in the place of another that differs in anything', async () => {
    const { db } = test.database
    const together = createPages(db, createKept(undefined))
    const asked: ItemQuery[] = []
    for (const category of [undefined, 'EYE', 'BONE'] as const)
      for (const sort of [undefined, 'sales', 'price_asc'] as const)
        for (const page of [1, 2])
          for (const size of [3, 12])
            for (const onSale of [undefined, true])
              asked.push({
                page,
                size,
                ...(category && { category }),
                ...(sort && { sort }),
                ...(onSale && { onSale }),
              })
    for (const query of asked) await together.list(query)
    const different = new Set<string>()
    for (const query of asked) {
      const alone = await createPages(db, createKept(undefined)).list(query)
      expect(await together.list(query)).toEqual(alone)
      if (alone.kind === 'body') different.add(JSON.stringify(alone.value))
    }
    // Pages that are all alike would hide a mistake.
    expect(different.size).toBeGreaterThan(15)
  })
})

describe('GET /api/admin/items', () => {
  it('lists for the merchant what is running out: by pieces that are held for nobody', async () => {
    const plenty = await addItem(test, { name: '넉넉한 밀크씨슬', stock: 11 })
    const few = await addItem(test, { name: '얼마 없는 밀크씨슬', stock: 11 })
    await sql`update catalog.stock set held = 1 where item_id = ${few}`.execute(test.database.db)
    const list = async (query: string) => {
      const headers = { authorization: 'Bearer merchant' }
      const answer = (await app.inject({ method: 'GET', url: `/api/admin/items?${query}`, headers })).json()
      return { ids: (answer.data ?? []).map(({ id }: { id: string }) => id), ...answer }
    }
    const keyword = encodeURIComponent('밀크씨슬')
    expect((await list(`keyword=${keyword}&freeAtMost=11&size=100`)).ids).toContain(plenty)
    const found = await list('status=on_sale&freeAtMost=10&size=100')
    expect(found.ids).toContain(few)
    expect(found.ids).not.toContain(plenty)
    expect(found.page.totalElements).toBe(found.ids.length)
    const lacking = await list('status=on_sale&freeAtMost=10&notice=incomplete&size=100')
    expect(lacking.page.totalElements).toBe(lacking.ids.length)
    expect((await list('freeAtMost=-1')).status).toBe(400)
  })
})

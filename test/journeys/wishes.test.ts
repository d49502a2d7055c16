import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { MOST_WISHES } from '../../src/shop/wishes/wish-list.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, customer, PASSWORD } from '../support/people.ts'
import { askOrder, changeItem, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

const WishList = Type.Object({ data: Type.Array(Type.Object({ itemId: Type.String() })) })

let system: System
let items: string[]
beforeAll(async () => {
  system = await startSystem()
  items = (await stockShelves(system, 12)).map(({ id }) => id)
})
afterAll(() => system?.stop())

test('a wish is on one’s own list once, newest in front, and off it when taken off', async () => {
  const [one, other] = [await customer(system), await customer(system)]
  const [first = '', second = ''] = items
  for (const itemId of [first, second, first])
    expectBody(await one.api.send('PUT', `/api/wishes/${itemId}`), 200, WishList)
  const ids = async (person: typeof one) =>
    expectBody(await person.api.get('/api/wishes'), 200, WishList).data.map(({ itemId }) => itemId)
  expect(await ids(one)).toEqual([second, first])
  expect(await ids(other)).toEqual([])
  expect((await one.api.send('PUT', '/api/wishes/00000000-0000-7000-8000-000000000000')).status).toBe(404)
  expectBody(await other.api.send('DELETE', `/api/wishes/${first}`), 200, WishList)
  expect(await ids(one)).toEqual([second, first])
  expectBody(await one.api.send('DELETE', `/api/wishes/${second}`), 200, WishList)
  expect(await ids(one)).toEqual([first])
})

test('a list never holds more than it may, however many add at once; who leaves wishes nothing', async () => {
  const person = await customer(system)
  await execute(
    system.databaseUrl,
    `insert into wishes.wish select '${person.id}', gen_random_uuid(), now() from generate_series(1, ${MOST_WISHES - 2})`,
  )
  const answers = await Promise.all(
    items.slice(0, 8).map((itemId) => person.api.send('PUT', `/api/wishes/${itemId}`)),
  )
  const statuses = answers.map(({ status }) => status).toSorted()
  expect(statuses).toEqual([200, 200, 409, 409, 409, 409, 409, 409])
  const left = await person.api.delete('/api/users/me', { json: { password: PASSWORD } })
  expect(left.status).toBeLessThan(300)
  await until(async () => (await system.services.wishes.list(person.id)).length === 0, {
    deadlineMs: 10_000,
    what: 'the wishes to be forgotten',
  })
})

test('an item off sale is told as no longer sold, everywhere, and can be taken off the list', async () => {
  const own = await startSystem()
  try {
    const [item] = await stockShelves(own, 12)
    const itemId = item?.id ?? ''
    const merchant = await colleague(own, 'merchant')
    const person = await customer(own)
    expectBody(await person.api.send('PUT', `/api/wishes/${itemId}`), 200, WishList)
    await changeItem(merchant, itemId, { status: 'hidden' })
    expect(await person.api.get(`/api/items/${itemId}`)).toMatchObject({
      status: 404,
      code: 'item_no_longer_sold',
    })
    expect((await askOrder(person, itemId)).code).toBe('item_not_on_sale')
    const other = await customer(own)
    expect(await other.api.send('PUT', `/api/wishes/${itemId}`)).toMatchObject({
      code: 'item_no_longer_sold',
    })
    const listed = expectBody(await person.api.get('/api/wishes'), 200, WishList)
    expect(listed.data).toMatchObject([{ itemId, isSold: false, name: item?.name }])
    for (const [path, words] of [
      [`/items/${itemId}`, '더 이상 판매하지 않는 상품입니다.'],
      [`/en/items/${itemId}`, 'This item is no longer sold.'],
    ] as const) {
      const page = await fetch(`${own.url}${path}`, { headers: { accept: 'text/html' } })
      expect(page.status).toBe(404)
      expect(await page.text()).toContain(words)
    }
    const form = { email: person.email, password: PASSWORD }
    const headers = { origin: own.url }
    const login = await fetch(`${own.url}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams(form),
    })
    const cookie = login.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    const page = await (await fetch(`${own.url}/wishes`, { headers: { cookie } })).text()
    expect(page).toContain('더 이상 판매하지 않는 상품')
    expect(page).toContain(`/wishes/${itemId}/remove`)
    const removed = await fetch(`${own.url}/wishes/${itemId}/remove`, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...headers, cookie },
    })
    expect(removed.headers.get('location')).toContain('done=removed')
    expect(expectBody(await person.api.get('/api/wishes'), 200, WishList).data).toEqual([])
  } finally {
    await own.stop()
  }
})

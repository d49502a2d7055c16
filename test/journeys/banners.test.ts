/** Banners of the first page, from the merchant to whoever looks. */
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { photo } from '../../src/shop/pictures/pictures.fixture.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

const Banner = Type.Object({ id: Type.String(), version: Type.Integer(), address: Type.String() })
const Listed = Type.Object({
  data: Type.Array(Type.Object({ id: Type.String(), state: Type.String(), version: Type.Integer() })),
})

let system: System
let merchant: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  merchant = await colleague(system, 'merchant')
  itemId = (await stockShelves(system, 1))[0]?.id ?? ''
})
afterAll(() => system?.stop())

const content = (title: string, more: object = {}) => ({
  title: { ko: title, en: `${title} EN` },
  text: { ko: '지금 보세요', en: 'See it now' },
  target: { kind: 'category', value: 'EYE' },
  tone: 'blue',
  startsAt: system.now().subtract({ hours: 1 }).toString(),
  endsAt: system.now().add({ hours: 48 }).toString(),
  ...more,
})
const add = (title: string, more: object = {}) =>
  merchant.api.post('/api/admin/banners', { key: true, json: content(title, more) })
const added = async (title: string, more: object = {}) => expectBody(await add(title, more), 201, Banner)
const home = async (path = '/') => (await fetch(new URL(path, system.url))).text()
const all = async () => expectBody(await merchant.api.get('/api/admin/banners'), 200, Listed).data

test('the first page shows what is in force, in order, until it is hidden or over', async () => {
  expect(await home()).not.toContain('class="banners"')
  const first = await added('눈 건강 주간', { target: { kind: 'item', value: itemId } })
  const second = await added('비타민 모음', { target: { kind: 'search', value: '비타민' } })
  await added('다음 달 행사', {
    startsAt: system.now().add({ hours: 24 }).toString(),
    target: { kind: 'page', value: '/en/search' },
  })
  expect((await all()).map(({ state }) => state)).toEqual(['shown', 'shown', 'planned'])

  // The one who changed it sees it at once, in both languages, and with a link in the language of the page.
  const korean = await home()
  expect(korean.indexOf('눈 건강 주간')).toBeLessThan(korean.indexOf('비타민 모음'))
  expect(korean).toContain(`href="/items/${itemId}"`)
  expect(korean).not.toContain('다음 달 행사')
  const english = await home('/en')
  expect(english).toContain('눈 건강 주간 EN')
  expect(english).toContain(`href="/en/items/${itemId}"`)

  const photographed = await merchant.api.send('PUT', `/api/admin/banners/${first.id}/picture?version=1`, {
    raw: { body: await photo(7), type: 'image/jpeg' },
  })
  const picture = String(at(photographed.body, 'picture', 'address'))
  const seen = await fetch(new URL(picture, system.url))
  expect([seen.status, seen.headers.get('cache-control')]).toEqual([
    200,
    'public, max-age=31536000, immutable',
  ])
  expect(await home()).toContain(picture.replace('full', '320'))
  const drawn = await merchant.api.delete(`/api/admin/banners/${first.id}/picture?version=2`)
  expect(drawn).toMatchObject({ status: 200, body: { picture: null, version: 3 } })

  const ids = (await all()).map(({ id }) => id)
  const swapped = [ids[1], ids[0], ids[2]]
  const arrange = () =>
    merchant.api.send('PUT', '/api/admin/banners/order', { json: { ids: swapped, was: ids } })
  const arranged = await arrange()
  expect((await arrange()).code).toBe('banners_changed_meanwhile')
  expect(expectBody(arranged, 200, Listed).data.map(({ id }) => id)).toEqual(swapped)
  const shown = await system.api().get('/api/banners')
  expect(at(shown.body, 'data', 0)).toMatchObject({
    id: second.id,
    address: '/items?keyword=%EB%B9%84%ED%83%80%EB%AF%BC',
  })
  const reordered = await home()
  expect(reordered.indexOf('비타민 모음')).toBeLessThan(reordered.indexOf('눈 건강 주간'))

  const hide = content('비타민 모음', { isHidden: true })
  const hidden = await merchant.api.send('PUT', `/api/admin/banners/${second.id}`, {
    json: { ...hide, version: 1 },
  })
  expect(hidden).toMatchObject({ status: 200, body: { isHidden: true, version: 2 } })
  expect(await home()).not.toContain('비타민 모음')

  // Nobody does anything: a day later one has begun, and two days later all are over.
  system.skip({ hours: 25 })
  expect(await home('/en')).toContain('href="/en/search"')
  system.skip({ hours: 24 })
  expect(await home()).not.toContain('class="banners"')
  // What they signed in with is over, too.
  merchant = await colleague(system, 'merchant')
  for (const { id } of await all())
    expect((await merchant.api.delete(`/api/admin/banners/${id}`)).status).toBe(204)
  expect(await all()).toEqual([])
})

test('is refused what leads elsewhere, ends before it begins, or is too long', async () => {
  for (const value of [
    'javascript:alert(1)',
    '//example.com',
    '/\\example.com',
    'https://example.com',
    '/api/items',
  ])
    expect(await add('밖으로', { target: { kind: 'page', value } })).toMatchObject({
      status: 422,
      code: 'banner_leads_outside',
    })
  expect((await add('거꾸로', { endsAt: content('').startsAt })).code).toBe('banner_period_wrong')
  const nowhere = { kind: 'item', value: '00000000-0000-7000-8000-000000000000' }
  expect((await add('없는 상품', { target: nowhere })).code).toBe('banner_item_unknown')
  const long = [
    { title: { ko: '가'.repeat(41), en: 'a' } },
    { text: { ko: '가'.repeat(101), en: 'a' } },
    { text: { ko: ' ', en: 'a' } },
    { target: { kind: 'page', value: `/${'a'.repeat(200)}` } },
    { target: { kind: 'category', value: 'NOSE' } },
    { tone: 'white' },
    { more: 1 },
  ]
  for (const more of long) expect((await add('긴 것', more)).status).toBe(400)
  const { id } = await added('먼저 바뀐 것')
  const json = { ...content('나중'), version: 1 }
  const change = () => merchant.api.send('PUT', `/api/admin/banners/${id}`, { json })
  const both = await Promise.all([change(), change()])
  expect(both.map(({ status, code }) => code || status).sort()).toEqual([200, 'banner_changed_meanwhile'])
  const order = await merchant.api.send('PUT', '/api/admin/banners/order', { json: { ids: [], was: [] } })
  expect(order.code).toBe('banners_changed_meanwhile')
  const buyer = await customer(system)
  expect((await buyer.api.get('/api/admin/banners')).status).toBe(403)
})

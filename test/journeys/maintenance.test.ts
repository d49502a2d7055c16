/** Announced maintenance: what pages say of it, which forms wait, and what goes on. */
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { buy, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let admin: Person
let minji: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  admin = await colleague(system, 'admin')
  minji = await customer(system)
  itemId = (await stockShelves(system, 1))[0]?.id ?? ''
})
afterAll(() => system?.stop())

const TEXT = { ko: '서버를 옮깁니다.', en: 'We are moving.' }
const set = (from: number, until: number, replaces: string | null, by = admin) =>
  by.api.send('PUT', '/api/admin/maintenance', {
    json: {
      replaces,
      startsAt: system.now().add({ minutes: from }).toString(),
      endsAt: system.now().add({ minutes: until }).toString(),
      text: TEXT,
    },
  })
const wasSet = async (from: number, until: number, replaces: string | null = null) =>
  expectBody(await set(from, until, replaces), 200, Type.Object({ id: Type.String() })).id
const end = (id: string) => admin.api.delete(`/api/admin/maintenance/${id}`)

const read = async (path: string, cookie = '') =>
  (await fetch(new URL(path, system.url), { headers: { accept: 'text/html', cookie } })).text()
const send = (path: string, form: Record<string, string>, cookie = '') =>
  fetch(new URL(path, system.url), {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'text/html', origin: system.url, cookie },
    body: new URLSearchParams(form),
  })
async function logIn({ email }: Person): Promise<string> {
  const answer = await send('/login', { email, password: PASSWORD })
  expect(answer.status).toBe(303)
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
}
const toCart = (cookie = '', language = '') =>
  send(`${language}/cart/add`, { item: itemId, quantity: '2', key: crypto.randomUUID() }, cookie)
const NOTICE = '<aside class="maintenance"'

test('what is announced stands on every page at once, also on those that are kept, and leaves them when taken back', async () => {
  const paths = ['/', '/items?category=EYE', '/search', '/cart', '/library', '/login', '/no-such-page']
  for (const path of paths) expect(await read(path), path).not.toContain(NOTICE)
  const id = await wasSet(60, 120)
  for (const path of paths) {
    const page = await read(path)
    expect(page, path).toContain(NOTICE)
    expect(page, path).toContain(TEXT.ko)
    expect(await read(path === '/' ? '/en' : `/en${path}`), path).toContain(TEXT.en)
  }
  expect(at((await system.api().get('/api/maintenance')).body, 'data')).toMatchObject({
    id,
    state: 'announced',
  })
  // Nothing waits for it yet.
  expect((await toCart()).status).toBe(303)

  expect((await end(id)).status).toBe(204)
  for (const path of paths) expect(await read(path), path).not.toContain(NOTICE)
  expect(at((await system.api().get('/api/maintenance')).body, 'data')).toBeNull()
  expect((await end(id)).status).toBe(404)
})

test('while it is under way forms wait, with what was typed; reading, logging in, staff and money go on', async () => {
  const before = await logIn(minji)
  const id = await wasSet(-1, 120)
  const held = await toCart(before)
  expect(held.status).toBe(503)
  const seconds = Number(held.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(119 * 60 - 60)
  expect(seconds).toBeLessThanOrEqual(120 * 60)
  const page = await held.text()
  expect(page).toContain('지금은 점검 중입니다')
  expect(page).toContain('action="/cart/add"')
  expect(page).toContain(`name="item" value="${itemId}"`)
  const english = await toCart('', '/en')
  expect([english.status, await english.text()]).toEqual([
    503,
    expect.stringContaining('We are under maintenance'),
  ])
  // Also where one must be signed in, and the one in the cart was not added.
  expect((await send(`/wishes/${itemId}/add`, {}, before)).status).toBe(503)
  expect(await read('/cart', before)).not.toContain(`/items/${itemId}"`)

  expect(await read(`/items/${itemId}`)).toContain(TEXT.ko)
  const cookie = await logIn(minji)
  expect(await read('/orders', cookie)).toContain(NOTICE)
  const staff = await logIn(admin)
  expect((await toCart(staff)).status).toBe(303)
  const { order } = await buy(system, minji, itemId)
  expect((await minji.api.get(`/api/orders/${order.id}`)).status).toBe(200)
  expect((await send('/logout', {}, cookie)).status).toBe(303)

  // By hand at once; the same form is then taken.
  expect((await end(id)).status).toBe(204)
  expect((await toCart(before)).status).toBe(303)
  expect(await read('/cart', before)).toContain(`/items/${itemId}"`)
})

test('it begins and ends by the clock', async () => {
  const id = await wasSet(60, 120)
  expect((await toCart()).status).toBe(303)
  system.skip({ minutes: 61 })
  expect((await toCart()).status).toBe(503)
  expect(await read('/')).toContain('지금 점검 중입니다')
  system.skip({ minutes: 60 })
  expect((await toCart()).status).toBe(303)
  expect(await read('/')).not.toContain(NOTICE)
  // So much later everybody has to sign in again.
  admin = await colleague(system, 'admin')
  expect((await end(id)).status).toBe(404)
})

test('only an administrator sets it, for no longer than a day, in the place of the one that was read', async () => {
  const merchant = await colleague(system, 'merchant')
  expect((await set(60, 120, null, merchant)).status).toBe(403)
  const tooLong = await set(60, 60 + 24 * 60 + 1, null)
  expect([tooLong.status, at(tooLong.body, 'code')]).toEqual([422, 'maintenance_period_wrong'])
  const id = await wasSet(60, 120)
  const blind = await set(60, 180, null)
  expect([blind.status, at(blind.body, 'code')]).toEqual([409, 'maintenance_changed_meanwhile'])
  const next = await wasSet(60, 180, id)
  expect((await end(id)).status).toBe(404)
  expect((await end(next)).status).toBe(204)
})

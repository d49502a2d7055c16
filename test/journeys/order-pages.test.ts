/** What customers do on the page of an order, as forms of a browser. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { throughProvider } from '../../simulators/social/testing.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { borrow, registerBook } from '../library/api.ts'
import { signUpWith } from '../logins/logins.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { buy, changeItem, readOrder, setStock, stockShelves, writeReview } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let sora: Person
let cookie: string
let itemId: string
let secondId: string
let merchant: Person
beforeAll(async () => {
  system = await startSystem({ social: true })
  const [item, other] = await stockShelves(system, 6)
  itemId = item?.id ?? ''
  secondId = other?.id ?? ''
  merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
  sora = await customer(system)
  const opened = await send('POST', '/login', { email: sora.email, password: PASSWORD })
  cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
})
afterAll(async () => {
  await system?.stop()
})

function send(method: 'GET' | 'POST', path: string, form: Record<string, string> = {}, session = cookie) {
  return fetch(new URL(path, system.url), {
    method,
    redirect: 'manual',
    headers: { accept: 'text/html', origin: system.url, cookie: session },
    ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
  })
}

/** The cookie of a browser that came back from a provider. */
async function sessionWith(brand: 'kakao', person: string): Promise<string> {
  const begun = await send('GET', `/login/${brand}`, {}, '')
  const [flow = ''] = begun.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
  const back = new URL(await throughProvider(begun.headers.get('location') ?? '', { person }))
  const returned = await send('GET', `${back.pathname}${back.search}`, {}, flow)
  const cookies = returned.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
  return cookies.find((pair) => pair.startsWith('session=')) ?? ''
}

test('the last piece of a partly refunded order is cancelled on its page', async () => {
  const { id } = (await buy(system, sora, itemId, 2)).order
  const page = async () => (await send('GET', `/orders/${id}`)).text()
  const settled = (state: string) =>
    until(async () => (await readOrder(sora, id)).state === state, {
      what: `the order to be ${state}`,
      deadlineMs: 15_000,
    })
  const one = await send('POST', `/orders/${id}/lines/1/cancel`, { quantity: '1' })
  expect(one.headers.get('location')).toBe(`/orders/${id}?done=line-cancelled`)
  await settled('partially_refunded')
  expect(await page()).toContain('청약을 철회할 수 있습니다')
  expect(await page()).toContain(`action="/orders/${id}/cancel"`)
  const rest = await send('POST', `/orders/${id}/cancel`)
  expect(rest.headers.get('location')).toBe(`/orders/${id}?done=cancelled`)
  await settled('refunded')
  expect(await page()).not.toContain('청약을 철회할 수 있습니다')
  expect(await page()).not.toContain('/cancel"')
  expect(await page()).not.toContain('/reviews/new')
})

test('a customer says on the page of an order that its parcel is there', async () => {
  const { id } = (await buy(system, sora, itemId, 2)).order
  for (const trackingNumber of ['720000000001', '720000000002']) {
    const json = { carrier: 'hanjin', trackingNumber, pieces: [{ lineNo: 1, quantity: 1 }] }
    expect((await merchant.api.post(`/api/admin/orders/${id}/ship`, { json })).status).toBe(200)
  }
  const done = async (path: string) =>
    /[^<>]*받으신 것으로 적었습니다[^<]*/.exec(await (await send('GET', path)).text())
  const page = async () => (await send('GET', `/orders/${id}`)).text()
  const [, address = ''] = /action="([^"]+\/received)"/.exec(await page()) ?? []
  expect(address).toMatch(/^\/orders\/[\w-]+\/shipments\/[\w-]+\/received$/)
  const told = await send('POST', address)
  expect(told.headers.get('location')).toBe(`/orders/${id}?done=received`)
  // The time to send it back begins with the last parcel.
  expect((await done(`/orders/${id}?done=received`))?.[0]).toBe('상품을 받으신 것으로 적었습니다.')
  const again = await send('POST', address)
  expect(again.headers.get('location')).toBe(`/orders/${id}`)
  const [, other = ''] = /action="([^"]+\/received)"/.exec(await page()) ?? []
  expect((await send('POST', other)).headers.get('location')).toBe(`/orders/${id}?done=received`)
  expect((await done(`/orders/${id}?done=received`))?.[0]).toMatch(
    /\d{4}년 \d+월 \d+일 \(.\)까지 신청하실 수/,
  )
  expect(await readOrder(sora, id)).toMatchObject({ state: 'delivered' })
  const after = await page()
  expect(after).toContain(`href="/orders/${id}/return"`)
  expect(after).not.toContain('/received"')
})

test('what was ordered once is put into the cart again with one tap, and what could not be is named', async () => {
  await changeItem(merchant, secondId, { status: 'on_sale', originPrice: 9_000, discountPercent: 0 })
  await setStock(merchant, secondId, 50)
  const [{ order }, other] = [await buy(system, sora, itemId, 2), await buy(system, sora, secondId)]
  const page = await (await send('GET', `/orders/${order.id}`)).text()
  const form = new RegExp(`action="/orders/${order.id}/again".*?name="key" value="([\\w-]+)"`).exec(page)
  const key = form?.[1] ?? ''
  const cart = async () => (await sora.api.get('/api/cart')).body
  // Sent twice by a double tap: two pieces, not four.
  for (let time = 0; time < 2; time += 1) {
    const answer = await send('POST', `/orders/${order.id}/again`, { key })
    expect(answer.headers.get('location')).toBe('/cart?again=1')
  }
  expect(await cart()).toMatchObject({ lines: [{ itemId, quantity: 2, subscription: null }] })
  expect(await (await send('GET', '/cart?again=1')).text()).toContain('1종을 지금 가격으로 담았습니다')

  await setStock(merchant, secondId, 0)
  await changeItem(merchant, secondId, { status: 'sold_out' })
  const missed = await send('POST', `/orders/${other.order.id}/again`)
  expect(missed.headers.get('location')).toBe(`/cart?not=${secondId}`)
  expect(await (await send('GET', `/cart?not=${secondId}`)).text()).toContain('담지 못한 상품이 있습니다')
  expect(await (await send('GET', '/en/cart?not=x&again=0')).text()).not.toContain('Not added')
  expect(await cart()).toMatchObject({ lines: [{ itemId, quantity: 2 }] })
})

test('while the first tap is still at work the second one says so, and calls nothing missing', async () => {
  const { id } = (await buy(system, sora, itemId)).order
  const key = 'a-tap-that-is-at-work'
  const client = new pg.Client({ connectionString: system.databaseUrl })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(
      `insert into platform.idempotency_key (scope, key, fingerprint, created_at) values ($1, $2, '', now())`,
      [`cart:customer:${sora.id}`, `${key}-1`],
    )
    const answer = await send('POST', `/orders/${id}/again`, { key })
    expect([answer.status, answer.headers.get('location')]).toEqual([409, null])
    expect(await answer.text()).toContain('같은 요청을 처리하고 있습니다')
  } finally {
    await client.end()
  }
  const after = await send('POST', `/orders/${id}/again`, { key })
  expect(after.headers.get('location')).toBe('/cart?again=1')
})

test('where nothing can be sent back, no form asks for it', async () => {
  const { id } = (await buy(system, sora, itemId)).order
  const text = await (await send('GET', `/orders/${id}/return`)).text()
  expect(text).toContain('지금 반품·교환할 수 있는 상품이 없습니다')
  expect(text).not.toContain(`action="/orders/${id}/return"`)
})

test('a number of pieces that is none cancels nothing, and the form is there again', async () => {
  const { id } = (await buy(system, sora, itemId, 3)).order
  const path = `/orders/${id}/lines/1/cancel`
  for (const form of [undefined, '', '0', '-1', '1.5', '1e0', 'all', '99999999999999999999']) {
    const answer = await send('POST', path, form === undefined ? {} : { quantity: form })
    expect([form, answer.status]).toEqual([form, 422])
    const text = await answer.text()
    expect(text).toContain('아무것도 취소하지 않았습니다')
    expect(text).toContain(`action="${path}"`)
  }
  expect((await send('POST', path, { quantity: '4' })).status).toBe(409)
  expect(await readOrder(sora, id)).toMatchObject({ state: 'paid', refundRequestedAt: null })
})

test('who has no password is led to a letter, not asked for one', async () => {
  const pages = ['/profile', '/profile/logins']
  for (const path of pages) {
    const text = await (await send('GET', path)).text()
    expect(text).toContain('type="password"')
    expect(text).not.toContain('/password/forgotten')
  }
  const session = await sessionWith('kakao', (await signUpWith(system, 'kakao')).person.id)
  for (const path of pages) {
    const answer = await send('GET', path, {}, session)
    expect([path, answer.status]).toEqual([path, 200])
    const text = await answer.text()
    expect(text).not.toContain('type="password"')
    expect(text).toContain('href="/password/forgotten"')
    expect(text).not.toContain('/link"')
  }
  expect((await send('GET', '/password/forgotten', {}, session)).status).toBe(200)
})

test('a review is offered once for each line', async () => {
  const { id } = (await buy(system, sora, itemId)).order
  const page = async () => (await send('GET', `/orders/${id}`)).text()
  expect(await page()).toContain(`/reviews/new?order=${id}`)
  await writeReview(sora, id)
  expect(await page()).not.toContain('/reviews/new')
})

test('a refused form leads to its page in the other language, and to the page that stays fresh', async () => {
  const { id } = (await buy(system, sora, itemId, 2)).order
  const languageLink = async (path: string, form: Record<string, string> = {}) => {
    const text = await (await send('POST', path, form)).text()
    const link = /<a href="([^"]*)" hrefLang="/i.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect([path, (await send('GET', link)).status]).toEqual([path, 200])
    return { link, text }
  }
  expect((await languageLink(`/orders/${id}/lines/1/cancel`)).link).toBe(`/en/orders/${id}`)
  expect((await languageLink(`/en/orders/${id}/lines/1/cancel`)).link).toBe(`/orders/${id}`)
  expect((await languageLink('/profile/password')).link).toBe('/en/profile')
  expect((await languageLink('/profile/logins/kakao/link')).link).toBe('/en/profile/logins')
  expect((await languageLink('/reviews/new', { order: id, line: '1' })).link).toBe(
    `/en/reviews/new?order=${id}&line=1`,
  )
  const librarian = await colleague(system, 'librarian')
  const loan = await borrow(sora, (await registerBook(librarian, 1)).id)
  const wish = await languageLink(`/library/loans/${loan.id}/return`, { copies: '0' })
  expect(wish.link).toBe('/en/library/my')
  expect(wish.text).toContain('data-page="/library/my"')
})

import type { RouteOptions } from 'fastify'
import Type from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { borrow, Hold, registerBook } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { colleague, customer, newcomer, PASSWORD, type Person, RECEIVER } from '../support/people.ts'
import { askQuestion, buy, placeOrder, REVIEW_BODY, stockShelves, writeReview } from '../support/shop.ts'
import { subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { legalVersion } from './entries/accounts.ts'
import { pageRoutes } from './page-routes.ts'

const ID = '00000000-0000-7000-8000-000000000000'

/** Who may open each page or send each form; the test below fails for one that is not named here. */
const OPEN = [
  'GET /',
  'GET /cart',
  'GET /cart/add',
  'GET /categories',
  'GET /consents/:version',
  'GET /items',
  'GET /cart/count',
  'GET /items/:id',
  'GET /items/:id/reviews',
  'GET /items/:id/questions',
  'GET /library',
  'GET /library/books/:id',
  'GET /library/guide',
  'GET /login',
  'GET /login/:provider',
  'GET /login/known',
  'GET /login/unknown',
  'GET /password/forgotten',
  'GET /password/reset',
  'POST /login/known',
  'POST /login/unknown',
  'POST /password/forgotten',
  'POST /password/reset',
  'GET /login/:provider/return',
  'GET /paid/:id/:key',
  'GET /privacy',
  'GET /refunds',
  'GET /legal/:kind/:version',
  'GET /recent',
  'GET /registered/:id/:key',
  'GET /search',
  'GET /sign-up',
  'GET /sign-up/more',
  'GET /terms',
  'GET /verify-email',
  'POST /cart',
  'POST /cart/add',
  'POST /login',
  'POST /sign-up',
  'POST /verify-email',
  'POST /sign-up/connect',
  'POST /sign-up/more',
]
const SIGNED_IN = [
  'GET /account/addresses',
  'GET /account/coupons',
  'POST /account/addresses',
  'POST /account/coupons',
  'GET /checkout',
  'GET /library/my',
  'GET /library/past',
  'GET /my',
  'GET /notifications',
  'GET /orders',
  'GET /payment-methods',
  'GET /profile',
  'GET /reviews',
  'GET /items/:id/questions/new',
  'POST /items/:id/questions/new',
  'GET /questions',
  'GET /profile/devices',
  'GET /profile/logins',
  'POST /profile/devices/end-others',
  'GET /subscriptions',
  'GET /wishes',
  'POST /notifications/read',
  'POST /wishes/:id/add',
  'POST /wishes/:id/remove',
  'POST /checkout',
  'POST /library/books/:id/borrow',
  'POST /library/books/:id/hold',
  'POST /logout',
  'POST /payment-methods',
  'POST /profile',
  'POST /profile/logins/:provider/link',
  'POST /profile/logins/:provider/unlink',
  'POST /profile/password',
  'POST /profile/verify-email',
  'POST /profile/withdraw',
]
/** Followed by a script, which is not sent anywhere. */
const FOLLOWED = ['GET /library/my/stream']
/** About one thing that belongs to somebody: for others it is not there. */
const OWNED = [
  'GET /account/addresses/:id',
  'POST /account/addresses/:id',
  'POST /account/addresses/:id/prefer',
  'POST /account/addresses/:id/remove',
  'GET /orders/:id',
  'GET /reviews/new',
  'GET /subscriptions/:id',
  'POST /library/holds/:id/cancel',
  'POST /library/loans/:id/cancel',
  'POST /library/loans/:id/renew',
  'POST /library/loans/:id/return',
  'GET /orders/:id/return',
  'POST /orders/:id/return',
  'POST /returns/:id/cancel',
  'POST /orders/:id/again',
  'POST /orders/:id/cancel',
  'POST /orders/:id/lines/:lineNo/cancel',
  'POST /orders/:id/pay',
  'POST /orders/:id/shipments/:shipmentId/received',
  'POST /payment-methods/:id/remove',
  'POST /profile/devices/:id/end',
  'POST /payment-methods/:id/use',
  'POST /questions/:id/edit',
  'POST /questions/:id/remove',
  'POST /reviews/:id/edit',
  'POST /reviews/:id/remove',
  'POST /reviews/new',
  'POST /subscriptions/:id/:wish',
]

let system: System
let owner: Person
let routes: RouteOptions[]
let orderId: string
let subscriptionId: string
let reviewId: string
let questionId: string
let loanId: string
let holdId: string
let addressId: string
let cookies: { owner: string; stranger: string }

beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 6)
  owner = await customer(system)
  const stranger = await customer(system)
  orderId = (await placeOrder(owner, item?.id ?? '')).id
  subscriptionId = (await subscribe(system, owner, item?.id ?? '')).id
  reviewId = await writeReview(owner, (await buy(system, owner, item?.id ?? '')).order.id)
  questionId = await askQuestion(owner, item?.id ?? '')
  const { name, phone, address } = RECEIVER
  const saved = await owner.api.post('/api/users/me/addresses', { json: { name, phone, address } })
  addressId = expectBody(saved, 201, Type.Object({ id: Type.String() })).id
  const librarian = await colleague(system, 'librarian')
  const book = await registerBook(librarian, 1)
  loanId = (await borrow(owner, book.id)).id
  const taken = await registerBook(librarian, 1)
  await borrow(librarian, taken.id)
  holdId = expectBody(await owner.api.post(`/api/books/${taken.id}/holds`, { key: true }), 201, Hold).id
  cookies = { owner: await cookieOf(owner), stranger: await cookieOf(stranger) }
  routes = await pageRoutes(system)
}, 120_000)
afterAll(async () => {
  await system?.stop()
})

async function cookieOf({ email }: Person): Promise<string> {
  const answer = await send('POST', '/login', { form: { email, password: PASSWORD } })
  expect(answer.status).toBe(303)
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
  return cookie.split(';')[0] ?? ''
}

function send(
  method: string,
  path: string,
  {
    cookie,
    form = {},
    headers = { origin: system.url },
  }: { cookie?: string; form?: Record<string, string>; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${system.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { accept: 'text/html', ...headers, ...(cookie === undefined ? {} : { cookie }) },
    ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
  })
}

/** A way to call a route that exists: things are the owner's. */
/** Where the link to the page in another language leads. */
function otherLanguage(html: string, language: 'ko' | 'en'): string {
  const [, href = ''] = new RegExp(`<a href="([^"]*)" hrefLang="${language}"`).exec(html) ?? []
  return href.replaceAll('&amp;', '&')
}

function pathOf(url: string): string {
  const owned = new Map([
    ['orders', orderId],
    ['subscriptions', subscriptionId],
    ['reviews', reviewId],
    ['questions', questionId],
    ['library/loans', loanId],
    ['library/holds', holdId],
    ['account/addresses', addressId],
  ])
  const [, id = ID] = [...owned].find(([place]) => url.startsWith(`/${place}/`)) ?? []
  if (url === '/reviews/new') return `${url}?order=${orderId}&line=1`
  return url.replace(':id', id).replace(':wish', 'resume')
}

describe('pages', () => {
  test('all of them are named here, with the audience they state', () => {
    const stated = (audience: string) =>
      routes
        .filter(({ config }) => config?.audience === audience)
        .map(({ method, url }) => `${String(method)} ${url}`)
        .toSorted()
    expect(stated('anyone')).toEqual(OPEN.toSorted())
    expect(stated('signed-in')).toEqual([...SIGNED_IN, ...FOLLOWED, ...OWNED].toSorted())
  })

  test('who is not signed in is asked to, and comes back afterwards', async () => {
    for (const entry of [...SIGNED_IN, ...OWNED]) {
      const [method = '', url = ''] = entry.split(' ')
      for (const cookie of [undefined, 'session=', `session=${'A'.repeat(43)}`]) {
        const answer = await send(method, pathOf(url), cookie === undefined ? {} : { cookie })
        expect([entry, answer.status]).toEqual([entry, 303])
        expect(answer.headers.get('location')).toMatch(/^\/login\?next=/)
      }
    }
  })

  test('who is not signed in follows nothing', async () => {
    for (const entry of FOLLOWED) {
      const [method = '', url = ''] = entry.split(' ')
      expect([entry, (await send(method, url)).status]).toEqual([entry, 401])
    }
  })

  test('what belongs to somebody else is not there', async () => {
    for (const entry of OWNED) {
      const [method = '', url = ''] = entry.split(' ')
      const form = { provider: 'kakaopay', order: orderId, line: '1', stars: '5', body: REVIEW_BODY }
      const answer = await send(method, pathOf(url), { cookie: cookies.stranger, form })
      // A stranger's payment ends at the order, which is not there for them.
      const status = entry === 'POST /orders/:id/pay' ? 303 : 404
      expect([entry, answer.status]).toEqual([entry, status])
    }
    expect((await send('GET', `/orders/${orderId}`, { cookie: cookies.stranger })).status).toBe(404)
    expect((await send('GET', `/orders/${orderId}`, { cookie: cookies.owner })).status).toBe(200)
    expect((await send('GET', `/subscriptions/${subscriptionId}`, { cookie: cookies.owner })).status).toBe(
      200,
    )
  })

  test('nothing is written for another site', async () => {
    const elsewhere: Record<string, string>[] = [
      {},
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', origin: system.url },
      { 'sec-fetch-site': 'same-site', origin: system.url },
    ]
    for (const headers of elsewhere) {
      const answer = await send('POST', `/orders/${orderId}/cancel`, { cookie: cookies.owner, headers })
      expect(answer.status).toBe(403)
    }
    const order = await owner.api.get(`/api/orders/${orderId}`)
    expect(order.body).toMatchObject({ state: 'awaiting_payment' })
  })

  test('no login leads away from us', async () => {
    const { email } = owner
    for (const next of [
      '//evil.test',
      'https://evil.test',
      '/\\evil.test',
      'javascript:alert(1)',
      '/\t/evil.test',
      '/\n/evil.test',
      '/\r\n/evil.test',
      '\\\\evil.test',
      ' //evil.test',
      '/.//evil.test',
      '/x/..//evil.test',
      `/${'a'.repeat(2_000)}`,
      '/ok?a=1',
    ]) {
      const answer = await send('POST', '/login', { form: { email, password: PASSWORD, next } })
      expect([next, answer.headers.get('location')]).toEqual([next, next === '/ok?a=1' ? next : '/my'])
    }
    // Whatever else is made up stays a path of ours, as a browser understands it.
    for (const next of [
      '/%2f%2fevil.test',
      '/%5cevil.test',
      '/en/\\evil.test',
      '/en/.//evil.test',
      '/\ud800',
      '/\0x',
    ]) {
      const answer = await send('POST', '/login', { form: { email, password: PASSWORD, next } })
      const location = answer.headers.get('location') ?? ''
      expect([next, new URL(location, system.url).origin]).toEqual([next, new URL(system.url).origin])
    }
  })

  test.each(['/login', '/sign-up'])(
    '%s keeps where one wanted to go, refused and in the other language',
    async (from) => {
      const next = '/items?keyword=a&page=2'
      const wanted = new URLSearchParams({ next }).toString()
      const refused = await send('POST', from, {
        form: { email: owner.email, password: 'Wrong-one1!', next },
      })
      expect(refused.status).toBe(422)
      for (const answer of [refused, await send('GET', `${from}?${wanted}`)]) {
        const html = await answer.text()
        const other = otherLanguage(html, 'en')
        expect(other).toBe(`/en${from}?${wanted}`)
        expect(html).toContain(`name="next" value="${next.replaceAll('&', '&amp;')}"`)
        const english = await (await send('GET', other)).text()
        expect(english).toContain(`name="next" value="${next.replaceAll('&', '&amp;')}"`)
        expect(otherLanguage(english, 'ko')).toBe(`${from}?${wanted}`)
      }
    },
  )

  test.each(['/login', '/sign-up'])('%s in English leads on to the page in English, once', async (from) => {
    const asked = await send('GET', '/en/my')
    expect(asked.headers.get('location')).toBe('/en/login?next=%2Fen%2Fmy')
    const { body: texts } = await system.api().get('/api/legal-texts')
    const agreed = { terms: legalVersion(texts, 'terms'), privacy: legalVersion(texts, 'privacy') }
    for (const [next, landing] of [
      ['/en/my', '/en/my'],
      ['/my', '/en/my'],
      ['/en', '/en'],
      ['/en/items?page=2', '/en/items?page=2'],
      ['/en//evil.test/x', '/en/evil.test/x'],
    ] as const) {
      const { address, ...person } = newcomer()
      const form =
        from === '/login'
          ? { email: owner.email, password: PASSWORD }
          : { ...person, ...address, password: PASSWORD, agreeTerms: 'yes', agreePrivacy: 'yes', ...agreed }
      const answer = await send('POST', `/en${from}`, { form: { ...form, next } })
      expect([next, answer.status, answer.headers.get('location')]).toEqual([next, 303, landing])
    }
    const form = { email: owner.email, password: PASSWORD, next: '/en//evil.test' }
    expect((await send('POST', '/login', { form })).headers.get('location')).toBe('/evil.test')
  })

  test('the other language of a page is one of ours, whatever was asked for', async () => {
    for (const path of ['/en//evil.test/x', '/en///evil.test/x', '//evil.test/x', '/en/\\evil.test/x']) {
      const html = await (await send('GET', path)).text()
      expect(html).toContain('href="/evil.test/x"'.replace('/', path.startsWith('/en') ? '/' : '/en/'))
      expect(html).not.toMatch(/href="[/\\]{2}/)
    }
  })

  test('forms say where they come from, results tell nobody their address', async () => {
    for (const path of ['/', '/items', '/en/cart', '/login', '/sign-up'])
      expect((await send('GET', path)).headers.get('referrer-policy')).toBe('same-origin')
    const result = await send('GET', `/paid/${ID}/${'A'.repeat(22)}`)
    expect(result.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('what a page does not read of its address makes no other page', async () => {
    const html = async (path: string) => (await send('GET', path)).text()
    expect(await html('/?utm=1&x=2')).toBe(await html('/'))
    expect(await html('/items?x=1&page=1&sort=nonsense')).toBe(await html('/items'))
    expect(await html('/items?sale=1&x=1&sort=newest')).toBe(await html('/items?sort=newest&sale=1'))
    expect(await html('/items?sort=newest')).not.toBe(await html('/items'))
  })

  test('a subscription says nothing for a word that is no answer of ours', async () => {
    for (const done of ['__proto__', 'constructor', 'nonsense']) {
      const path = `/subscriptions/${subscriptionId}?done=${done}`
      expect([done, (await send('GET', path, { cookie: cookies.owner })).status]).toEqual([done, 200])
    }
  })

  test('everybody may look at items, through the lane of those who look', () => {
    const open = routes.filter(({ config }) => config?.lane === 'browsing').map(({ url }) => url)
    expect(open).toEqual(expect.arrayContaining(['/', '/categories', '/items', '/items/:id']))
  })

  test('who logs in is known again by the browser', async () => {
    const answer = await send('POST', '/login', { form: { email: owner.email, password: PASSWORD } })
    const names = answer.headers.getSetCookie().map((cookie) => cookie.split('=')[0])
    expect(names).toEqual(['session', expect.stringMatching(/device/)])
  })

  test('a cookie is good for pages only, and for nothing after logging out', async () => {
    const api = await fetch(`${system.url}/api/users/me`, { headers: { cookie: cookies.stranger } })
    expect(api.status).toBe(401)
    expect((await send('GET', '/my', { cookie: cookies.stranger })).status).toBe(200)
    expect((await send('POST', '/logout', { cookie: cookies.stranger })).status).toBe(303)
    expect((await send('GET', '/my', { cookie: cookies.stranger })).status).toBe(303)
  })

  test('many tabs at once stay signed in', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send('GET', '/my', { cookie: cookies.owner })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200))
  })

  test('a form that is refused keeps what was typed, and says what to do', async () => {
    const { password: _, address, ...person } = newcomer()
    const form = { ...person, ...address, password: 'short', agreeTerms: 'yes', agreePrivacy: 'yes' }
    const answer = await send('POST', '/sign-up', { form })
    expect(answer.status).toBe(400)
    const html = await answer.text()
    expect(html).toContain(`value="${person.email}"`)
    expect(html).toContain('비밀번호는 8~25자이며')
    expect(html).not.toContain('short')
  })
})

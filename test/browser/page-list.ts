import Type from 'typebox'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { photo } from '../../src/shop/pictures/pictures.fixture.ts'
import { legalVersion } from '../access/entries/accounts.ts'
import { untilDashboard } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { colleague, type Person, RECEIVER, signIn } from '../support/people.ts'
import {
  arrive,
  askQuestion,
  beginPayment,
  buy,
  photographItem,
  placeOrder,
  writeReview,
} from '../support/shop.ts'
import { consentVersion, subscribe } from '../support/subscribe.ts'
import type { System } from '../support/system.ts'
import { ItemList, Profile } from '../support/views.ts'

/** Somebody with something on every page, and where it is. */
export interface Lived {
  email: string
  password: string
  itemId: string
  /** Nobody has asked anything about it. */
  otherItemId: string
  orderId: string
  unpaidId: string
  /** Of its two pieces one is being sent back. */
  arrivedId: string
  subscriptionId: string
  /** The address a browser was sent to after a payment. */
  paid: string
  consent: string
  /** Version of the terms in force. */
  terms: string
  bookId: string
  addressId: string
}

interface ListedPage {
  /** The route it is registered as. */
  route: string
  /** What it is called in a picture of it. */
  name: string
  path: string | ((lived: Lived) => string)
  signedIn?: true
}

/** Every page, with something to see on it. A page that is not here fails the test. */
export const PAGES: readonly ListedPage[] = [
  { route: '/', name: 'home', path: '/' },
  { route: '/categories', name: 'categories', path: '/categories' },
  { route: '/search', name: 'search', path: '/search' },
  { route: '/items', name: 'items', path: '/items' },
  { route: '/items', name: 'items-found', path: '/items?keyword=비타민&sale=1' },
  { route: '/items', name: 'items-none', path: '/items?keyword=zzzz' },
  { route: '/items/:id', name: 'item', path: ({ itemId }) => `/items/${itemId}` },
  { route: '/items/:id/reviews', name: 'reviews', path: ({ itemId }) => `/items/${itemId}/reviews` },
  { route: '/items/:id/questions', name: 'questions', path: ({ itemId }) => `/items/${itemId}/questions` },
  {
    route: '/items/:id/questions',
    name: 'questions-none',
    path: ({ otherItemId }) => `/items/${otherItemId}/questions`,
  },
  { route: '/recent', name: 'recent', path: '/recent' },
  { route: '/recent', name: 'recent-some', path: ({ itemId }) => `/recent?item=${itemId}` },
  { route: '/cart', name: 'cart-empty', path: '/cart' },
  { route: '/cart', name: 'cart', path: '/cart', signedIn: true },
  { route: '/cart/add', name: 'cart-add', path: ({ itemId }) => `/cart/add?item=${itemId}&quantity=2` },
  { route: '/login', name: 'login', path: '/login' },
  { route: '/sign-up', name: 'sign-up', path: '/sign-up' },
  { route: '/verify-email', name: 'verify-email', path: '/verify-email?token=nonsense' },
  { route: '/terms', name: 'terms', path: '/terms' },
  { route: '/refunds', name: 'refunds', path: '/refunds' },
  { route: '/legal/:kind/:version', name: 'legal-version', path: ({ terms }) => `/legal/terms/${terms}` },
  { route: '/privacy', name: 'privacy', path: '/privacy' },
  { route: '/consents/:version', name: 'consent', path: ({ consent }) => `/consents/${consent}` },
  { route: '/paid/:id/:key', name: 'paid', path: ({ paid }) => paid },
  { route: '/library', name: 'library', path: '/library' },
  { route: '/library', name: 'library-none', path: '/library?keyword=zzzz' },
  { route: '/library/guide', name: 'library-guide', path: '/library/guide' },
  { route: '/library/books/:id', name: 'book', path: ({ bookId }) => `/library/books/${bookId}` },
  {
    route: '/checkout',
    name: 'checkout',
    path: ({ itemId }) => `/checkout?item=${itemId}&quantity=1&how=subscribe&period=30d`,
    signedIn: true,
  },
  {
    route: '/checkout',
    name: 'checkout-once',
    path: ({ itemId }) => `/checkout?item=${itemId}&quantity=1`,
    signedIn: true,
  },
  { route: '/my', name: 'my', path: '/my', signedIn: true },
  { route: '/orders', name: 'orders', path: '/orders', signedIn: true },
  { route: '/orders/:id', name: 'order', path: ({ orderId }) => `/orders/${orderId}`, signedIn: true },
  {
    route: '/orders/:id',
    name: 'order-returned',
    path: ({ arrivedId }) => `/orders/${arrivedId}`,
    signedIn: true,
  },
  {
    route: '/orders/:id/return',
    name: 'return',
    path: ({ arrivedId }) => `/orders/${arrivedId}/return`,
    signedIn: true,
  },
  {
    route: '/orders/:id',
    name: 'order-unpaid',
    path: ({ unpaidId }) => `/orders/${unpaidId}`,
    signedIn: true,
  },
  { route: '/subscriptions', name: 'subscriptions', path: '/subscriptions', signedIn: true },
  {
    route: '/subscriptions/:id',
    name: 'subscription',
    path: ({ subscriptionId }) => `/subscriptions/${subscriptionId}`,
    signedIn: true,
  },
  { route: '/payment-methods', name: 'payment-methods', path: '/payment-methods', signedIn: true },
  { route: '/notifications', name: 'notifications', path: '/notifications', signedIn: true },
  { route: '/reviews', name: 'own-reviews', path: '/reviews', signedIn: true },
  {
    route: '/reviews/new',
    name: 'review',
    path: ({ orderId }) => `/reviews/new?order=${orderId}&line=1`,
    signedIn: true,
  },
  { route: '/questions', name: 'own-questions', path: '/questions', signedIn: true },
  {
    route: '/items/:id/questions/new',
    name: 'question',
    path: ({ itemId }) => `/items/${itemId}/questions/new`,
    signedIn: true,
  },
  { route: '/account/coupons', name: 'coupons', path: '/account/coupons', signedIn: true },
  { route: '/account/addresses', name: 'addresses', path: '/account/addresses', signedIn: true },
  {
    route: '/account/addresses/:id',
    name: 'address',
    path: ({ addressId }) => `/account/addresses/${addressId}`,
    signedIn: true,
  },
  { route: '/wishes', name: 'wishes', path: '/wishes', signedIn: true },
  { route: '/profile', name: 'profile', path: '/profile', signedIn: true },
  { route: '/login/known', name: 'login-known', path: '/login/known?token=nonsense' },
  { route: '/login/unknown', name: 'login-unknown', path: '/login/unknown' },
  { route: '/password/forgotten', name: 'password-forgotten', path: '/password/forgotten' },
  { route: '/password/reset', name: 'password-reset', path: '/password/reset?token=nonsense' },
  { route: '/profile/devices', name: 'profile-devices', path: '/profile/devices', signedIn: true },
  { route: '/profile/logins', name: 'profile-logins', path: '/profile/logins', signedIn: true },
  { route: '/library/my', name: 'library-my', path: '/library/my', signedIn: true },
  { route: '/library/past', name: 'library-past', path: '/library/past', signedIn: true },
]

/** Routes that show the same as another page does, or no page. */
export const NOT_SHOWN: readonly string[] = [
  '/cart/count',
  '/library/my/stream',
  '/login/:provider',
  '/login/:provider/return',
  '/registered/:id/:key',
  // Seen on the way through a provider (`social-login.test.ts`): it needs a ticket.
  '/sign-up/more',
]

/** The demo customer after a busy week. */
export async function liveIn(system: System): Promise<Lived> {
  const account = DEMO_ACCOUNTS.find(({ role }) => role === 'customer')
  if (!account) throw new Error('there is no demo customer')
  const { email, password } = account
  const session = await signIn(system, email, password)
  const { id } = expectBody(await session.api.get('/api/users/me'), 200, Profile)
  const person: Person = { id, email, ...session }
  const { data } = expectBody(await system.api().get('/api/items?sort=sales&size=20'), 200, ItemList)
  const [first, second, third] = data.map((item) => item.id)
  if (!first || !second || !third) throw new Error('the demo has no items')
  const { order } = await buy(system, person, first, 2)
  const raw = { body: await photo(40, 800, 600), type: 'image/jpeg' }
  await person.api.post(`/api/reviews/${await writeReview(person, order.id)}/pictures`, { raw })
  const unpaid = await placeOrder(person, second)
  const arrived = (await buy(system, person, first, 2)).order
  const merchant = await colleague(system, 'merchant')
  for (const shade of [41, 42]) await photographItem(merchant, first, shade)
  await arrive(merchant, arrived.id)
  const asked = await askQuestion(person, first, { body: '하루에 몇 번, 몇 알씩 먹어야 하나요?' })
  await merchant.api.send('PUT', `/api/admin/questions/${asked}/answer`, {
    json: { version: 1, body: '하루 한 번, 두 알씩 물과 함께 드시면 됩니다.' },
  })
  await askQuestion(person, first, { body: '제 주문의 배송지를 바꿀 수 있을까요?', isPrivate: true })
  await askQuestion(person, first, { body: '소비기한이 언제까지인 제품이 오나요?' })
  const day = 86_400_000
  for (const firstOrder of [false, true])
    await merchant.api.post('/api/admin/coupons', {
      key: true,
      json: {
        name: firstOrder ? '첫 구매 감사 쿠폰' : '겨울맞이 건강 쿠폰',
        off: firstOrder ? { kind: 'percent', percent: 10, most: 5_000 } : { kind: 'amount', amount: 3_000 },
        minimum: 10_000,
        startsAt: new Date(Date.now() - day).toISOString(),
        endsAt: new Date(Date.now() + 14 * day).toISOString(),
        firstOrder,
      },
    })
  await person.api.post(`/api/orders/${arrived.id}/returns`, {
    key: true,
    json: { kind: 'return', reason: 'changed_mind', lines: [{ lineNo: 1, quantity: 1 }] },
  })
  const { id: subscriptionId } = await subscribe(system, person, third)
  for (const itemId of [first, second]) {
    await person.api.post('/api/cart/lines', { key: true, json: { itemId, quantity: 2 } })
  }
  await person.api.send('PUT', `/api/wishes/${third}`)
  const { name, phone, address } = RECEIVER
  const saved: string[] = []
  for (const named of [name, '어머니'])
    saved.push(
      expectBody(
        await person.api.post('/api/users/me/addresses', { json: { name: named, phone, address } }),
        201,
        Type.Object({ id: Type.String() }),
      ).id,
    )
  const begun = await beginPayment(person, (await placeOrder(person, second)).id)
  const back = await system.bank.press(begun.redirectUrl, 'approve')
  const answer = await fetch(new URL(back ?? '', system.url), {
    redirect: 'manual',
    headers: { accept: 'text/html' },
  })
  await untilDashboard(person, 'the demo loans', ({ borrowed }) => borrowed > 0)
  const { books } = await until(
    async () => {
      const out = await system.services.book.pages.list({
        available: false,
        sort: 'title',
        page: 1,
        size: 5,
      })
      return out.books.length > 0 && out
    },
    { deadlineMs: 20_000, what: 'a title to be all on loan' },
  )
  return {
    email,
    password,
    itemId: first,
    otherItemId: third,
    orderId: order.id,
    unpaidId: unpaid.id,
    arrivedId: arrived.id,
    subscriptionId,
    paid: answer.headers.get('location') ?? '',
    consent: await consentVersion(system),
    terms: legalVersion((await system.api().get('/api/legal-texts')).body, 'terms'),
    bookId: books[0]?.id ?? '',
    addressId: saved[0] ?? '',
  }
}

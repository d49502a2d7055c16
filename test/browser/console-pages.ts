import Type from 'typebox'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person, signIn } from '../support/people.ts'
import { arrive, askQuestion, buy, placeOrder, setStock, stockShelves, writeReview } from '../support/shop.ts'
import { subscribe } from '../support/subscribe.ts'
import type { System } from '../support/system.ts'
import { deadEvent, finding, lostPayment } from '../support/trouble.ts'
import { ItemList, Profile } from '../support/views.ts'

/** Things there are to look at for those who work here; a room adds what its pages need. */
export interface Worked {
  /** Somebody whose orders, payments and loans are shown. */
  customerEmail: string
  /** An order that was paid, sent in part and given back in part. */
  orderId: string
  /** The member card of somebody with books. */
  card: string
  bookId: string
  /** One that is shown. */
  bannerId: string
  /** An item whose stock was corrected, and that somebody subscribes to. */
  itemId: string
  subscriptionId: string
  /** Nobody knows what became of it. */
  unknownPaymentId: string
  paidPaymentId: string
  billingRunId: string
}

interface ConsolePage {
  /** What it is called in a picture of it. */
  name: string
  /** Below /console. */
  path: string | ((worked: Worked) => string)
  /** Who looks at it. */
  role: 'merchant' | 'librarian' | 'admin'
}

/** Every page of the console, with something to see on it. A room that is not here fails the test. */
export const CONSOLE_PAGES: readonly ConsolePage[] = [
  { name: 'shipping', path: '/shipping', role: 'merchant' },
  { name: 'on-the-way', path: '/shipping?list=on-the-way', role: 'merchant' },
  { name: 'orders', path: '/orders', role: 'merchant' },
  { name: 'order', path: ({ orderId }) => `/orders/${orderId}`, role: 'merchant' },
  { name: 'desk', path: '/desk', role: 'librarian' },
  { name: 'desk-member', path: ({ card }) => `/desk?card=${card}`, role: 'librarian' },
  { name: 'desk-return', path: '/desk?mode=return', role: 'librarian' },
  { name: 'to-pull', path: '/to-pull', role: 'librarian' },
  { name: 'hold-shelf', path: '/hold-shelf', role: 'librarian' },
  { name: 'overdue', path: '/overdue', role: 'librarian' },
  { name: 'loans', path: '/overdue?state=active', role: 'librarian' },
  { name: 'books', path: '/books', role: 'librarian' },
  { name: 'new-book', path: '/books/new', role: 'librarian' },
  { name: 'import-books', path: '/books/import', role: 'librarian' },
  { name: 'book', path: ({ bookId }) => `/books/${bookId}`, role: 'librarian' },
  { name: 'lending-rules', path: '/lending-rules', role: 'librarian' },
  { name: 'opening', path: '/opening', role: 'librarian' },
  { name: 'terminals', path: '/terminals', role: 'librarian' },
  { name: 'returns', path: '/returns', role: 'merchant' },
  { name: 'items', path: '/items', role: 'merchant' },
  { name: 'register', path: '/items/register', role: 'merchant' },
  { name: 'new-item', path: '/items/new', role: 'merchant' },
  { name: 'item-table', path: '/items/table', role: 'merchant' },
  { name: 'item-texts', path: ({ itemId }) => `/items/${itemId}/texts`, role: 'merchant' },
  { name: 'item', path: ({ itemId }) => `/items/${itemId}`, role: 'merchant' },
  { name: 'coupons', path: '/coupons', role: 'merchant' },
  { name: 'selling-terms', path: '/selling-terms', role: 'merchant' },
  { name: 'new-coupon', path: '/coupons/new', role: 'merchant' },
  { name: 'banners', path: '/banners', role: 'merchant' },
  { name: 'new-banner', path: '/banners/new', role: 'merchant' },
  { name: 'banner', path: ({ bannerId }) => `/banners/${bannerId}`, role: 'merchant' },
  { name: 'subscriptions', path: '/subscriptions', role: 'merchant' },
  {
    name: 'subscription',
    path: ({ subscriptionId }) => `/subscriptions/${subscriptionId}`,
    role: 'merchant',
  },
  {
    name: 'subscriptions-of-item',
    path: ({ itemId }) => `/subscriptions?itemId=${itemId}`,
    role: 'merchant',
  },
  { name: 'questions', path: '/questions', role: 'merchant' },
  { name: 'reviews', path: '/reviews', role: 'merchant' },
  { name: 'overview', path: '/overview', role: 'merchant' },
  { name: 'billing', path: '/billing', role: 'merchant' },
  { name: 'billing-run', path: ({ billingRunId }) => `/billing/${billingRunId}`, role: 'merchant' },
  { name: 'payments', path: '/payments', role: 'merchant' },
  {
    name: 'payment-unknown',
    path: ({ unknownPaymentId }) => `/payments/${unknownPaymentId}`,
    role: 'merchant',
  },
  { name: 'payment', path: ({ paidPaymentId }) => `/payments/${paidPaymentId}`, role: 'merchant' },
  { name: 'reconciliation', path: '/reconciliation', role: 'merchant' },
  {
    name: 'search',
    path: ({ customerEmail }) => `/search?q=${encodeURIComponent(customerEmail)}`,
    role: 'merchant',
  },
  { name: 'dead-letters', path: '/dead-letters', role: 'admin' },
  { name: 'audit', path: '/audit', role: 'admin' },
  { name: 'users', path: '/users?email=customer@demo.pillivery', role: 'admin' },
  { name: 'records', path: '/records', role: 'admin' },
  { name: 'settings', path: '/settings', role: 'admin' },
]

/** Makes the pages worth seeing. @param system with demo data */
export async function workIn(system: System): Promise<Worked> {
  return {
    customerEmail: demoAccount('customer').email,
    ...(await sell(system)),
    ...(await someLoan(system)),
    ...(await operate(system)),
  }
}

/** Some orders that wait to be sent, one that is further, a subscription, and a review somebody has reported. */
async function sell(
  system: System,
): Promise<Pick<Worked, 'orderId' | 'itemId' | 'subscriptionId' | 'bannerId'>> {
  const merchant = await colleague(system, 'merchant')
  const buyer = await customer(system)
  const items = await stockShelves(system, 6)
  const [item] = items.filter(({ available }) => available > 10)
  if (!item) throw new Error('nothing to sell')
  for (let n = 0; n < 2; n += 1) await buy(system, buyer, item.id)
  const { order } = await buy(system, buyer, item.id, 3)
  const subscription = await subscribe(system, buyer, item.id)
  await setStock(merchant, item.id, 480)
  const reviewId = await writeReview(buyer, order.id)
  const asked = await askQuestion(buyer, item.id, { body: '하루에 몇 알씩 먹어야 하나요?' })
  await askQuestion(buyer, item.id, { body: '제 주문의 배송지를 바꿀 수 있을까요?', isPrivate: true })
  const reply = { version: 1, body: '하루 한 번, 두 알씩 물과 함께 드시면 됩니다.' }
  const report = { reason: 'false_claim' }
  const sentBack = (await buy(system, buyer, item.id)).order
  await arrive(merchant, sentBack.id)
  const wish = {
    kind: 'return',
    reason: 'damaged',
    note: '뚜껑이 깨져서 왔어요',
    lines: [{ lineNo: 1, quantity: 1 }],
  }
  const sent = `/api/admin/orders/${order.id}`
  const pieces = [{ lineNo: 1, quantity: 1 }]
  const parcel = { carrier: 'hanjin', trackingNumber: '612345678901', pieces }
  const back = { lines: pieces, reason: '포장이 찌그러짐' }
  const coupon = {
    name: '가을 쿠폰',
    off: { kind: 'percent', percent: 10, most: 5_000 },
    minimum: 10_000,
    startsAt: system.now().toString(),
    endsAt: system.now().add({ hours: 240 }).toString(),
    budget: 1_000,
  }
  for (const answer of [
    await (await customer(system)).api.post(`/api/reviews/${reviewId}/reports`, { json: report }),
    await merchant.api.send('PUT', `/api/admin/questions/${asked}/answer`, { json: reply }),
    await buyer.api.post(`/api/orders/${sentBack.id}/returns`, { key: true, json: wish }),
    await merchant.api.post('/api/admin/coupons', { key: true, json: coupon }),
    await merchant.api.post(`${sent}/ship`, { json: parcel }),
    await merchant.api.post(`${sent}/refunds`, { key: true, json: back }),
  ])
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.code}`)
  const shown = await merchant.api.get('/api/admin/banners')
  const bannerId = at(shown.body, 'data', 0, 'id')
  if (typeof bannerId !== 'string') throw new Error(`there is no banner: ${shown.status}`)
  return { orderId: order.id, itemId: item.id, subscriptionId: subscription.id, bannerId }
}

const Loans = Type.Object({
  data: Type.Array(Type.Object({ card: Type.String(), book: Type.Object({ id: Type.String() }) })),
})

/** Demo loans run a moment after the start. */
async function someLoan(system: System): Promise<Pick<Worked, 'card' | 'bookId'>> {
  const { email, password } = demoAccount('librarian')
  const { api } = await signIn(system, email, password)
  const places = { 'kiosk-1': '1층 로비 자가 대출기', 'book-drop': '정문 반납함' }
  for (const [name, place] of Object.entries(places)) {
    const json = { name, place, charset: 'cp949', asksPassword: name === 'kiosk-1', takesPayments: false }
    expectBody(await api.post('/api/terminals', { key: true, json }), 201, Type.Object({}))
  }
  await execute(
    system.databaseOf('borrow'),
    `insert into borrow.offline_refusal (id, terminal_id, what, card, barcode, done_at, code, told_at)
     select gen_random_uuid(), id, 'checkout', 'M00000004', 'PL00000007', now() - interval '3 hours', 'borrow_refused', now()
     from borrow.terminal where name = 'kiosk-1'`,
  )
  return until(
    async () => {
      const { data } = expectBody(await api.get('/api/loans/desk?state=active'), 200, Loans)
      return data[0] && { card: data[0].card, bookId: data[0].book.id }
    },
    { deadlineMs: 20_000, what: 'somebody to have a book' },
  )
}

/** A customer with a payment, a subscription and a payment in doubt; and what operators find in the morning. */
async function operate(
  system: System,
): Promise<Pick<Worked, 'unknownPaymentId' | 'paidPaymentId' | 'billingRunId'>> {
  const { email, password } = demoAccount('customer')
  const session = await signIn(system, email, password)
  const { id } = expectBody(await session.api.get('/api/users/me'), 200, Profile)
  const person: Person = { id, email, ...session }
  const { data } = expectBody(await system.api().get('/api/items?sort=sales&size=20'), 200, ItemList)
  const [first, second] = data.map((item) => item.id)
  if (!first || !second) throw new Error('the demo has no items')
  const { payment } = await buy(system, person, first, 2)
  await subscribe(system, person, second)
  const unknownPaymentId = await lostPayment(system, person, (await placeOrder(person, first)).id)
  await finding(system)
  await deadEvent(system)
  const merchant = await signIn(system, demoAccount('merchant').email, demoAccount('merchant').password)
  const run = await merchant.api.post('/api/admin/billing-runs', { json: {} })
  const billingRunId = at(run.body, 'id')
  if (typeof billingRunId !== 'string') throw new Error(`no billing run was begun: ${run.status}`)
  return {
    unknownPaymentId,
    paidPaymentId: payment.id,
    billingRunId,
  }
}

export function demoAccount(role: 'customer' | ConsolePage['role']): { email: string; password: string } {
  const account = DEMO_ACCOUNTS.find((one) => one.role === role)
  if (!account) throw new Error(`there is no demo ${role}`)
  return account
}

/** A subscription with the shop's discount: one amount in cart, order, consent and every cycle, until another is agreed to. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, expectBody } from '../support/api.ts'
import { type Books, openBooks } from '../support/books.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import {
  consentVersion,
  type Subscription,
  SubscriptionDetail,
  skipToCharge,
  subscribe,
} from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { Cart, Order, OrderList } from '../support/views.ts'

// 9,999 less 5 %, of which a share of a won stays with the shop; and what 20,000 become.
const [AGREED, PROPOSED] = [9_500, 19_000]

let system: System
let books: Books
let hana: Person
let itemId: string
let subscription: Subscription
beforeAll(async () => {
  system = await startSystem({ settings: { SUBSCRIPTION_DISCOUNT: '5' } })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 9_999, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
  books = await openBooks(system, { except: ['one key, one order'] })
  hana = await customer(system)
})
afterAll(() => system?.stop())

/** After days everybody has to log in again. */
const login = async (role: 'customer' | 'merchant' | 'admin'): Promise<Api> =>
  system.api(await system.token({ userId: hana.id, roles: [role], sessionId: hana.id }))
const now = async () =>
  expectBody(
    await (await login('customer')).get(`/api/subscriptions/${subscription.id}`),
    200,
    SubscriptionDetail,
  )
const charges = async () =>
  (await system.bank.journal('?kind=charge'))
    .filter((row) => row.partnerUserId === hana.id)
    .map(({ amount }) => amount)

/** Lets the day of the next charge come, and charges what is due. @returns totals of all orders, the oldest first */
async function nextCycle(): Promise<number[]> {
  await skipToCharge(system, [[hana, await now()]])
  const admin = await login('admin')
  const begun = await admin.post('/api/admin/billing-runs', { json: {} })
  await admin.get(`/api/admin/billing-runs/${at(begun.body, 'id')}/progress`)
  const list = await (await login('customer')).get('/api/orders?size=100')
  return expectBody(list, 200, OrderList)
    .data.map(({ amounts }) => amounts.total)
    .toReversed()
}

test('the first time costs what the cart and the consent say', async () => {
  const line = { itemId, quantity: 1, subscription: { unit: 'days', count: 30 } }
  const cart = expectBody(await hana.api.post('/api/cart/lines', { key: true, json: line }), 200, Cart)
  expect(cart.amounts?.total).toBe(AGREED)
  const consent = (await system.api().get('/api/consents/recurring-payment')).body
  expect(String(at(consent, 'text', 'ko'))).toContain('5% 할인')
  subscription = await subscribe(system, hana, itemId)
  expect(subscription.unitPrice).toBe(AGREED)
  const first = await hana.api.get(`/api/orders/${subscription.firstOrderId}`)
  expect(expectBody(first, 200, Order).amounts.total).toBe(AGREED)
  const [kept] = await execute(
    system.databaseUrl,
    `select consent_version as version from orders."order" where id = '${subscription.firstOrderId}'`,
  )
  expect(kept?.version).toBe(await consentVersion(system))
})

test('the second cycle costs the same, though the price has risen and a new one is proposed meanwhile', async () => {
  const merchant = { ...hana, api: await login('merchant') }
  await changeItem(merchant, itemId, { originPrice: 20_000 })
  const proposal = await merchant.api.post(`/api/admin/subscriptions/${subscription.id}/price`, {
    json: { unitPrice: PROPOSED },
  })
  expect(proposal.status).toBe(200)
  expect(await now()).toMatchObject({ unitPrice: AGREED, pendingPrice: { unitPrice: PROPOSED } })
  expect(await nextCycle()).toEqual([AGREED, AGREED])
  expect(await charges()).toEqual([AGREED, AGREED])
})

test('the next one costs what was agreed to in between, and the books agree with the bank', async () => {
  const json = { unitPrice: PROPOSED }
  const customerApi = await login('customer')
  const accepted = await customerApi.post(`/api/subscriptions/${subscription.id}/accept-price`, { json })
  expect(accepted.status).toBe(200)
  const { body } = await customerApi.get(`/api/subscriptions/${subscription.id}`)
  expect(at(body, 'upcoming', 0)).toMatchObject({ amount: PROPOSED })
  expect(await now()).toMatchObject({ unitPrice: PROPOSED, pendingPrice: null })
  expect(await nextCycle()).toEqual([AGREED, AGREED, PROPOSED])
  expect(await charges()).toEqual([AGREED, AGREED, PROPOSED])
  expect(await now()).toMatchObject({ unitPrice: PROPOSED, pendingPrice: null, state: 'active' })
  expect(await books.disagreements()).toEqual([])
})

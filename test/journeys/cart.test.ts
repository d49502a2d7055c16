import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Answer, type Api, type Ask, expectBody } from '../support/api.ts'
import { colleague, customer, PASSWORD, type Person, RECEIVER, signIn } from '../support/people.ts'
import { beginPayment, buy, changeItem, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { consentVersion, SubscriptionList } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { Cart, type ItemDetail, Order, Payment } from '../support/views.ts'

let system: System
let merchant: Person
let items: ItemDetail[]
beforeAll(async () => {
  system = await startSystem({ settings: { DELIVERY_FEE: '3000', FREE_DELIVERY_FROM: '30000' } })
  items = (await stockShelves(system, 12)).slice(0, 5)
  merchant = await colleague(system, 'merchant')
  for (const { id } of items) {
    await changeItem(merchant, id, { status: 'on_sale', originPrice: 10_000, discountPercent: 10 })
    await setStock(merchant, id, 10_000)
  }
})
afterAll(async () => {
  await system?.stop()
})

const itemId = (n: number) => items[n]?.id ?? ''

const askAdd = (api: Api, n: number, quantity = 1, more: object = {}, ask: Ask = {}) =>
  api.post('/api/cart/lines', { key: true, json: { itemId: itemId(n), quantity, ...more }, ...ask })

const read = (answer: Answer) => expectBody(answer, 200, Cart)
const cartOf = async (api: Api, ask?: Ask) => read(await api.get('/api/cart', ask))

/** Quantities in the order of the lines. */
const pieces = ({ lines }: Cart) => lines.map(({ quantity }) => quantity)

const orderJson = ({ lines, amounts }: Cart, more: object = {}) => ({
  lines: lines.filter(({ chosen }) => chosen).map(({ id, quantity }) => ({ id, quantity })),
  receiver: RECEIVER,
  expectedTotal: amounts?.total,
  ...more,
})

const askOrder = (person: Person, cart: Cart, more: object = {}) =>
  person.api.post('/api/cart/orders', { key: true, json: orderJson(cart, more) })

async function pay(person: Person, orderId: string): Promise<Payment> {
  const { redirectUrl } = await beginPayment(person, orderId)
  const back = (await system.bank.press(redirectUrl, 'approve')) ?? ''
  return expectBody(await system.api().get(back), 200, Payment)
}

const emptied = (person: Person) =>
  until(async () => (await cartOf(person.api)).lines.length === 0, {
    what: 'the paid lines to leave the cart',
    deadlineMs: 10_000,
  })

/** A browser without a session: it keeps the cookie it was given last. */
function browser() {
  let cookie = ''
  const keep = (answer: Answer) => {
    const [set] = answer.headers.getSetCookie()
    if (set !== undefined) cookie = set.split(';')[0] ?? ''
    return answer
  }
  const headers = () => ({ headers: { cookie } })
  return {
    cookie: () => cookie,
    look: async () => read(keep(await system.api().get('/api/cart', headers()))),
    add: async (n: number, quantity: number) => keep(await askAdd(system.api(), n, quantity, {}, headers())),
    merge: async (api: Api) => keep(await api.post('/api/cart/merge', headers())),
  }
}

test('anybody may ask what sending an order costs', async () => {
  expect(await system.api().get('/api/delivery-terms')).toMatchObject({
    status: 200,
    body: { fee: 3_000, freeFrom: 30_000 },
  })
})

test('a customer fills a cart, pays for all of it at once, and finds it empty', async () => {
  const person = await customer(system)
  expect((await cartOf(person.api)).problem).toBe('nothing_chosen')
  read(await askAdd(person.api, 0, 2))
  read(await askAdd(person.api, 0, 1))
  const cart = read(await askAdd(person.api, 1, 1))
  expect(pieces(cart)).toEqual([3, 1])
  expect(cart).toMatchObject({ amounts: { total: 36_000 }, itemCount: 4, problem: null })
  const [first, second] = cart.lines
  const less = read(await person.api.patch(`/api/cart/lines/${first?.id}`, { json: { quantity: 2 } }))
  expect(less.amounts).toMatchObject({ total: 30_000 })
  expect((await cartOf(person.api)).amounts?.total).toBe(30_000)
  const chosen = read(await person.api.get(`/api/cart?line=${second?.id}`))
  expect(chosen.amounts?.total).toBe(12_000)

  const order = expectBody(await askOrder(person, less), 201, Order)
  expect(order.amounts).toMatchObject({ originTotal: 30_000, discountTotal: 3_000, total: 30_000 })
  expect(pieces(await cartOf(person.api))).toEqual([2, 1])
  const payment = await pay(person, order.id)
  expect(payment).toMatchObject({ state: 'paid', total: 30_000 })
  const [charge] = await system.bank.journal(`?kind=charge&partnerOrderId=${payment.id}`)
  expect(charge?.amount).toBe(30_000)
  await emptied(person)

  // The whole of it goes back, the delivery fee too.
  expect((await person.api.post(`/api/orders/${order.id}/cancel`)).status).toBe(200)
  await until(async () => (await readOrder(person, order.id)).amounts.refundedTotal === 30_000, {
    what: 'the money to go back',
    deadlineMs: 10_000,
  })
})

test('once and recurring lines go into one order; the subscription begins, and the cart is empty', async () => {
  const person = await customer(system)
  read(await askAdd(person.api, 0, 1))
  const cart = read(await askAdd(person.api, 1, 2, { subscription: { unit: 'days', count: 30 } }))
  expect((await askOrder(person, cart)).code).toBe('consent_required')
  const consent = { version: await consentVersion(system) }
  const order = expectBody(await askOrder(person, cart, { consent }), 201, Order)
  await pay(person, order.id)
  await emptied(person)
  await until(
    async () => {
      const list = await person.api.get('/api/subscriptions')
      return expectBody(list, 200, SubscriptionList).data.some(({ quantity }) => quantity === 2)
    },
    { what: 'the subscription to begin', deadlineMs: 10_000 },
  )
})

test('one item both once and recurring needs two orders, and the cart says so', async () => {
  const person = await customer(system)
  read(await askAdd(person.api, 0, 1))
  const cart = read(await askAdd(person.api, 0, 1, { subscription: { unit: 'days', count: 30 } }))
  expect(cart.problem).toBe('mixed_periods')
  const consent = { version: await consentVersion(system) }
  const refused = await askOrder(person, cart, { consent })
  expect([refused.status, refused.code, refused.fields]).toEqual([400, 'invalid_request', ['body.lines']])
})

test('a change of price or stock is told, and an order at the old total is refused with the new one', async () => {
  const person = await customer(system)
  const seen = read(await askAdd(person.api, 2, 2))
  await changeItem(merchant, itemId(2), { originPrice: 20_000 })
  const refused = await askOrder(person, seen)
  expect([refused.status, refused.code]).toEqual([409, 'total_changed'])
  expect(refused.body).toMatchObject({ currentTotal: 36_000 })
  const now = await cartOf(person.api)
  expect(now.lines[0]?.notices).toEqual([{ code: 'price_changed', from: 9_000, to: 18_000 }])
  await setStock(merchant, itemId(2), 1)
  const short = await cartOf(person.api)
  expect(short.lines[0]).toMatchObject({ orderable: false, lineTotal: null })
  expect(short.lines[0]?.notices.map(({ code }) => code)).toContain('not_enough_stock')
  expect((await askOrder(person, now)).code).toBe('out_of_stock')
  await changeItem(merchant, itemId(2), { status: 'hidden' })
  expect((await cartOf(person.api)).lines[0]?.notices).toEqual([{ code: 'no_longer_sold' }])
  expect((await askOrder(person, now)).code).toBe('item_not_on_sale')
})

test('two tabs order and pay the same cart: two orders, and nothing but what was paid leaves it', async () => {
  const person = await customer(system)
  const cart = read(await askAdd(person.api, 0, 2))
  const orders = await Promise.all([askOrder(person, cart), askOrder(person, cart)])
  const [one, two] = orders.map((answer) => expectBody(answer, 201, Order).id)
  read(await askAdd(person.api, 0, 3))
  await Promise.all([pay(person, one ?? ''), pay(person, two ?? '')])
  // 2 + 3 − 2 − 2
  await until(async () => pieces(await cartOf(person.api)).join() === '1', {
    what: 'both payments to be taken out of the cart',
    deadlineMs: 10_000,
  })
})

test('"buy now" leaves the cart alone', async () => {
  const person = await customer(system)
  const before = read(await askAdd(person.api, 0, 2))
  await buy(system, person, itemId(0), 2)
  const after = read(await askAdd(person.api, 1, 1))
  expect(pieces(after)).toEqual([2, 1])
  expect(after.lines[0]?.id).toBe(before.lines[0]?.id)
})

test('a visitor’s cart is the browser’s, survives, and is the customer’s after signing in, once', async () => {
  const tab = browser()
  expect((await tab.look()).lines).toEqual([])
  const first = tab.cookie()
  expect(first).toMatch(/^pillivery-cart=/)
  // Two tabs of the browser add at once.
  await Promise.all([tab.add(0, 2), tab.add(1, 1), tab.add(0, 1)])
  expect(tab.cookie()).toBe(first)
  expect(pieces(await tab.look()).toSorted()).toEqual([1, 3])
  expect((await browser().look()).lines).toEqual([])
  expect((await system.api().post('/api/cart/orders', { key: true, json: {} })).status).toBe(401)

  const person = await customer(system)
  read(await askAdd(person.api, 0, 4))
  const again = await signIn(system, person.email)
  const ask = { headers: { cookie: first } }
  const merges = await Promise.all([
    person.api.post('/api/cart/merge', ask),
    again.api.post('/api/cart/merge', ask),
    again.api.post('/api/cart/merge', ask),
  ])
  expect(merges.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(merges[0]?.headers.getSetCookie()[0]).toMatch(/^pillivery-cart=; .*Max-Age=0/)
  expect(pieces(await cartOf(again.api)).toSorted()).toEqual([1, 7])
  expect((await tab.look()).lines).toEqual([])
  // Nothing to bring is no fault.
  expect((await person.api.post('/api/cart/merge')).status).toBe(200)
})

test('nobody reaches another’s cart: by a made-up cookie, or by the id of a line', async () => {
  const tab = browser()
  await tab.add(0, 2)
  const [line] = (await tab.look()).lines
  const stranger = await customer(system)
  const path = `/api/cart/lines/${line?.id}`
  for (const api of [stranger.api, system.api()]) {
    expect((await api.patch(path, { json: { quantity: 9 } })).code).toBe('not_found')
    expect((await api.delete(path)).status).toBe(200)
  }
  const forged = { headers: { cookie: `${tab.cookie().slice(0, -3)}AAA` } }
  expect((await cartOf(system.api(), forged)).lines).toEqual([])
  const merged = await stranger.api.post('/api/cart/merge', forged)
  expect(merged.headers.getSetCookie()).toEqual([])
  expect((await cartOf(stranger.api)).lines).toEqual([])
  expect(pieces(await tab.look())).toEqual([2])
  const own = { headers: { cookie: tab.cookie() } }
  expect(read(await system.api().delete(path, own)).lines).toEqual([])
})

test('a cart says in both languages what it does not take', async () => {
  const { api } = await customer(system)
  const codes = await Promise.all([
    askAdd(api, 0, 0),
    askAdd(api, 0, 100),
    askAdd(api, 0, 1, { subscription: { unit: 'days', count: 31 } }),
    api.post('/api/cart/lines', { json: { itemId: itemId(0), quantity: 1 } }),
    api.get('/api/cart?line=nothing'),
  ])
  expect(codes.map(({ status, code }) => `${status} ${code}`)).toEqual([
    '400 invalid_request',
    '400 invalid_request',
    '422 period_not_offered',
    '400 idempotency_key_required',
    '400 invalid_request',
  ])
  read(await askAdd(api, 0, 60))
  const ko = await askAdd(api, 0, 40)
  expect(ko.body).toMatchObject({ code: 'cart_quantity_too_large', quantity: 60, maximum: 99 })
  const en = await askAdd(api, 0, 40, {}, { headers: { 'accept-language': 'en' } })
  expect(en.body).toMatchObject({ title: 'A cart holds up to 99 pieces of one item.' })
})

test('the cart of a customer who leaves is gone', async () => {
  const person = await customer(system)
  read(await askAdd(person.api, 0, 2))
  const owner = { kind: 'customer', id: person.id } as const
  expect((await person.api.delete('/api/users/me', { json: { password: PASSWORD } })).status).toBe(204)
  await until(async () => (await system.services.cart.count(owner)) === 0, {
    what: 'the cart to go',
    deadlineMs: 10_000,
  })
})

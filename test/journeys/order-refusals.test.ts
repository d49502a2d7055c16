import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person, RECEIVER } from '../support/people.ts'
import {
  askOrder,
  askPayment,
  beginPayment,
  buy,
  changeItem,
  placeOrder,
  readOrder,
  readPayment,
  setStock,
  stockShelves,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { type ItemDetail, ItemDetail as ItemDetailSchema, Order, OrderList } from '../support/views.ts'

let system: System
let minji: Person
let stranger: Person
let merchant: Person
let items: ItemDetail[]
beforeAll(async () => {
  system = await startSystem()
  const shelves = await stockShelves(system, 12)
  items = shelves.filter(({ available }) => available >= 10)
  ;[minji, stranger, merchant] = await Promise.all([
    customer(system),
    customer(system),
    colleague(system, 'merchant'),
  ])
})
afterAll(async () => {
  await system?.stop()
})

/** Another item for every test, so that they do not meet. */
function nextItem(): ItemDetail {
  const item = items.shift()
  if (item === undefined) throw new Error('the shelves are empty; stock more')
  return item
}

test('a total that is not the current one is refused with the new one', async () => {
  const item = nextItem()
  const answer = await askOrder(minji, item.id, { quantity: 2, expectedTotal: item.realPrice * 2 - 1 })
  expect(answer.status).toBe(409)
  expect(answer.code).toBe('total_changed')
  expect(JSON.stringify(answer.body)).toContain(String(item.realPrice * 2))
  await changeItem(merchant, item.id, { originPrice: 50_000, discountPercent: 10 })
  const late = await askOrder(minji, item.id, { expectedTotal: item.realPrice })
  expect(late.code).toBe('total_changed')
  const order = expectBody(await askOrder(minji, item.id, { expectedTotal: 45_000 }), 201, Order)
  expect(order.amounts.total).toBe(45_000)
})

test('what is not there cannot be ordered, and what is there cannot be ordered twice', async () => {
  const item = nextItem()
  await setStock(merchant, item.id, 3)
  const order = await placeOrder(minji, item.id, 2)
  expect((await askOrder(stranger, item.id, { quantity: 2 })).code).toBe('out_of_stock')
  await placeOrder(stranger, item.id, 1)
  const detail = expectBody(await system.api().get(`/api/items/${item.id}`), 200, ItemDetailSchema)
  expect(detail).toMatchObject({ available: 0, status: 'sold_out' })
  // Cancelled pieces are for sale again.
  expect((await minji.api.post(`/api/orders/${order.id}/cancel`)).status).toBe(200)
  await placeOrder(stranger, item.id, 2)
})

test('unknown, hidden and sold-out items are refused', async () => {
  const item = nextItem()
  const unknown = '01890000-0000-7000-8000-000000000000'
  expect(await askOrder(minji, unknown)).toMatchObject({ status: 422, code: 'item_not_found' })
  await changeItem(merchant, item.id, { status: 'hidden' })
  expect(await askOrder(minji, item.id)).toMatchObject({ status: 409, code: 'item_not_on_sale' })
  expect((await system.api().get(`/api/items/${item.id}`)).status).toBe(404)
  await changeItem(merchant, item.id, { status: 'sold_out' })
  expect(await askOrder(minji, item.id)).toMatchObject({ status: 409, code: 'out_of_stock' })
})

test('one line that cannot be delivered refuses the whole order and holds nothing', async () => {
  const [here, gone] = [nextItem(), nextItem()]
  await setStock(merchant, gone.id, 0)
  const lines = [here, gone].map(({ id }) => ({ itemId: id, quantity: 1 }))
  const answer = await minji.api.post('/api/orders', { key: true, json: { lines, receiver: RECEIVER } })
  expect(answer.status).toBe(409)
  expect(JSON.stringify(answer.body)).toContain(gone.id)
  const detail = expectBody(await system.api().get(`/api/items/${here.id}`), 200, ItemDetailSchema)
  expect(detail.available).toBe(here.available)
})

test('somebody else’s order and payment do not exist', async () => {
  const { order, payment } = await buy(system, minji, nextItem().id)
  const answers = [
    await stranger.api.get(`/api/orders/${order.id}`),
    await stranger.api.post(`/api/orders/${order.id}/cancel`),
    await stranger.api.get(`/api/payments/${payment.id}`),
    await stranger.api.post(`/api/payments/${payment.id}/refunds`, { key: true, json: { reason: '내 돈' } }),
    await askPayment(stranger, order.id),
  ]
  for (const answer of answers) expect(answer).toMatchObject({ status: 404, code: 'not_found' })
  const list = expectBody(await stranger.api.get('/api/orders?size=100'), 200, OrderList)
  expect(list.data.map(({ id }) => id)).not.toContain(order.id)
  expect(at((await stranger.api.get(`/api/payments?orderId=${order.id}`)).body, 'data')).toEqual([])
  expect((await readPayment(minji, payment.id)).state).toBe('paid')
})

test('an order is paid once and cancelled once', async () => {
  const { order } = await buy(system, minji, nextItem().id)
  expect(await askPayment(minji, order.id)).toMatchObject({ status: 409, code: 'order_already_paid' })
  const cancelled = expectBody(await minji.api.post(`/api/orders/${order.id}/cancel`), 200, Order)
  expect(cancelled.refundRequestedAt).not.toBeNull()
  expect((await minji.api.post(`/api/orders/${order.id}/cancel`)).status).toBe(200)
  await until(async () => (await readOrder(minji, order.id)).state === 'refunded', {
    what: 'the refund',
    deadlineMs: 15_000,
  })
  const again = await minji.api.post(`/api/orders/${order.id}/cancel`)
  expect([200, 409]).toContain(again.status)
  expect((await askPayment(minji, order.id)).status).toBe(409)
  const { payment } = await readOrder(minji, order.id)
  expect(await system.bank.money(payment?.attemptId)).toMatchObject({ charges: 1, refunds: 1 })
})

test('a cancelled order cannot be paid', async () => {
  const order = await placeOrder(minji, nextItem().id)
  const payment = await beginPayment(minji, order.id)
  const cancelled = expectBody(await minji.api.post(`/api/orders/${order.id}/cancel`), 200, Order)
  expect(cancelled).toMatchObject({ state: 'cancelled', closeReason: 'cancelled_by_customer' })
  expect(await askPayment(minji, order.id)).toMatchObject({ status: 409, code: 'order_closed' })
  // The page was still open: agreeing there now moves no money.
  const back = await system.bank.press(payment.redirectUrl, 'approve')
  if (back !== undefined) await system.api().get(back)
  expect((await readPayment(minji, payment.id)).state).toBe('cancelled')
  expect((await system.bank.money(payment.id)).charges).toBe(0)
})

test('the list filters by state and day, and refuses nonsense', async () => {
  const someone = await customer(system)
  const item = nextItem()
  const first = await placeOrder(someone, item.id)
  await placeOrder(someone, item.id)
  await someone.api.post(`/api/orders/${first.id}/cancel`)
  const waiting = await someone.api.get('/api/orders?state=awaiting_payment')
  expect(expectBody(waiting, 200, OrderList).page.totalElements).toBe(1)
  const past = await someone.api.get('/api/orders?from=2020-01-01&to=2020-12-31')
  expect(expectBody(past, 200, OrderList).data).toEqual([])
  const small = expectBody(await someone.api.get('/api/orders?size=1&page=2'), 200, OrderList)
  expect(small).toMatchObject({ data: [{ id: first.id }], page: { totalElements: 2, totalPages: 2 } })
  const nonsense = await someone.api.get('/api/orders?state=lost&size=0&page=0&from=yesterday&color=red')
  expect(nonsense.status).toBe(400)
  expect(nonsense.fields).toEqual(
    expect.arrayContaining(['state', 'size', 'page', 'from', 'color'].map((field) => `query.${field}`)),
  )
  expect((await someone.api.get('/api/orders/not-an-id')).status).toBe(400)
  expect((await someone.api.get('/api/orders/01890000-0000-7000-8000-000000000000')).status).toBe(404)
})

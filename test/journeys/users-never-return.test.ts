import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { type Books, openBooks } from '../support/books.ts'
import { colleague, crowd, type Person } from '../support/people.ts'
import {
  beginPayment,
  buy,
  changeItem,
  placeOrder,
  readOrder,
  setStock,
  stockShelves,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { ItemDetail } from '../support/views.ts'

let system: System
let books: Books
let people: Person[]
let itemId: string
beforeAll(async () => {
  system = await startSystem({
    settings: { PAYMENT_LOOK_SECONDS: '0.2,0.2,0.5,1,2,2,2,2', PAYMENT_TIMEOUT_MS: '500' },
  })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 20_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
  books = await openBooks(system)
  people = await crowd(system, 10)
})
afterAll(async () => {
  await system?.stop()
})

function somebody(): Person {
  const person = people.shift()
  if (person === undefined) throw new Error('the crowd is too small')
  return person
}

const stateOf = async (person: Person, orderId: string) => (await readOrder(person, orderId)).state
const available = async () =>
  expectBody(await system.api().get(`/api/items/${itemId}`), 200, ItemDetail).available

function settles(person: Person, orderId: string, state: string): Promise<unknown> {
  return until(async () => (await stateOf(person, orderId)) === state, {
    what: `the order to be ${state}`,
    deadlineMs: 20_000,
    everyMs: 50,
  })
}

/** Agrees on the bank's page and sends the browser back, but looks at nothing that comes. */
async function agreeAndVanish(redirectUrl: string | null): Promise<void> {
  const back = await system.bank.press(redirectUrl, 'approve')
  if (back === undefined) throw new Error('the bank sent nobody back')
  await fetch(back, { signal: AbortSignal.timeout(100) }).catch(() => undefined)
}

test('the charge happened, its answer was lost, and the customer went home: paid', async () => {
  const person = somebody()
  const order = await placeOrder(person, itemId)
  const payment = await beginPayment(person, order.id)
  await system.bank.faults({
    match: { operation: 'approve', partnerOrderId: payment.id },
    effect: { kind: 'timeout_after', holdMs: 2_000 },
  })
  await agreeAndVanish(payment.redirectUrl)
  await settles(person, order.id, 'paid')
  await system.bank.heal()
  expect((await system.bank.money(payment.id)).charges).toBe(1)
})

test('the approval never reached the provider, and the customer went home: completed once', async () => {
  const person = somebody()
  const order = await placeOrder(person, itemId)
  const payment = await beginPayment(person, order.id)
  await system.bank.faults({
    match: { operation: 'approve', partnerOrderId: payment.id, times: 1 },
    effect: { kind: 'reset_before' },
  })
  await agreeAndVanish(payment.redirectUrl)
  await settles(person, order.id, 'paid')
  await system.bank.heal()
  expect((await system.bank.money(payment.id)).charges).toBe(1)
})

test('the refund of somebody who closed the browser waits for the bank to come back', async () => {
  const person = somebody()
  const { order, payment } = await buy(system, person, itemId, 2)
  await system.bank.faults({
    match: { operation: 'cancel', times: 1 },
    effect: { kind: 'http_5xx', status: 503, body: 'none' },
  })
  expect((await person.api.post(`/api/orders/${order.id}/cancel`)).status).toBe(200)
  await settles(person, order.id, 'refunded')
  await system.bank.heal()
  expect(await system.bank.money(payment.id)).toMatchObject({ charges: 1, refunds: 1, refunded: 40_000 })
})

test('carts left at the door: nobody paid, nobody is charged, the stock is free again', async () => {
  const before = await available()
  const [left, onThePage, agreed] = [somebody(), somebody(), somebody()]
  const unpaid = await placeOrder(left, itemId, 3)
  const opened = await placeOrder(onThePage, itemId, 3)
  const page = await beginPayment(onThePage, opened.id)
  const lost = await placeOrder(agreed, itemId, 3)
  const stranded = await beginPayment(agreed, lost.id)
  await system.bank.faults({ match: { operation: 'page_approve' }, effect: { kind: 'no_return' } })
  expect(await system.bank.press(stranded.redirectUrl, 'approve')).toBeUndefined()
  await system.bank.heal()
  expect(await available()).toBe(before - 9)

  system.skip({ minutes: 31 })
  const people = [left, onThePage, agreed]
  const later = await Promise.all(
    people.map(async ({ id }) => {
      const token = await system.token({ userId: id, roles: ['customer'], sessionId: id })
      return { ...left, id, api: system.api(token) }
    }),
  )
  const orders = [unpaid, opened, lost]
  for (const [at, order] of orders.entries()) {
    const person = later[at]
    if (person !== undefined) await settles(person, order.id, 'expired')
  }
  for (const { id } of [page, stranded]) expect((await system.bank.money(id)).charges).toBe(0)
  expect(await available()).toBe(before)
})

test('and the books agree with the bank', async () => {
  expect(await books.disagreements()).toEqual([])
})

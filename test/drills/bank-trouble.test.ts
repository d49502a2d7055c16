import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { type Books, openBooks } from '../support/books.ts'
import { colleague, crowd, type Person } from '../support/people.ts'
import {
  askPayment,
  beginPayment,
  changeItem,
  placeOrder,
  readOrder,
  readPayment,
  setStock,
  stockShelves,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { OrderList, Payment } from '../support/views.ts'
import { breakerState, databaseWaiting, type Impressions, lookAround, p95, somebody } from './passer-by.ts'

/**
 * One bad evening at the bank: it gets slow, answers too late, goes away, and comes back. The shop has ten database
 * connections and a hundred customers.
 */
const CUSTOMERS = 100
const OPEN = 2
/** Of the time before; generous, because everything here shares two cores. A full pool would make it hundreds. */
const MOST_TIMES_SLOWER = 25
const LEAST_BASE_MS = 20

let system: System
let books: Books
let customers: Person[]
let passerBy: Person
let itemId: string
let quietMs: number
/** Orders and payments of the customers, by their place in the crowd. */
const orders: string[] = []
const payments = new Map<number, Payment>()

beforeAll(async () => {
  system = await startSystem({
    settings: {
      DATABASE_POOL_SIZE: '10',
      PAYMENT_TIMEOUT_MS: '500',
      PAYMENT_LOOK_SECONDS: Array<number>(60).fill(1).join(','),
    },
  })
  const [item] = await stockShelves(system, 60)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000, discountPercent: 0 })
  await setStock(merchant, itemId, 1_000)
  books = await openBooks(system)
  customers = await crowd(system, CUSTOMERS)
  passerBy = await somebody(system)
  orders.push(...(await Promise.all(customers.map(async (person) => (await placeOrder(person, itemId)).id))))
  const walk = lookAround(system, passerBy, itemId)
  await until(() => walk.looks() >= 25, { what: 'a first look around', deadlineMs: 20_000 })
  quietMs = p95((await walk.stop()).durations)
})
afterAll(async () => {
  await system?.stop()
})

const customer = (place: number): Person => {
  const person = customers[place]
  if (person === undefined) throw new Error(`there is no customer ${place}`)
  return person
}
const orderOf = (place: number): string => orders[place] ?? ''

function expectUndisturbed({ durations, refusals }: Impressions): void {
  expect(refusals).toEqual([])
  expect(p95(durations) / Math.max(quietMs, LEAST_BASE_MS)).toBeLessThan(MOST_TIMES_SLOWER)
}

test('the bank is slow: everybody waits for the bank, nobody for the database', async () => {
  await system.bank.faults({
    match: { operation: 'ready' },
    effect: { kind: 'latency', distribution: 'fixed', ms: 2_000 },
  })
  const walk = lookAround(system, passerBy, itemId)
  const asking = Promise.all(customers.map((person, place) => askPayment(person, orderOf(place))))
  // With the calls hanging at the bank, no connection is held and nobody queues for one.
  await until(async () => (await system.bank.strikes()) > 10 && (await databaseWaiting(system)) === 0, {
    what: 'calls at the bank and no queue at the database',
    deadlineMs: 5_000,
  })
  const answers = await asking
  const impressions = await walk.stop()
  await system.bank.heal()
  expectUndisturbed(impressions)
  expect(impressions.mostWaiting).toBeLessThan(CUSTOMERS)
  for (const [place, answer] of answers.entries()) {
    if (answer.status === 201) payments.set(place, expectBody(answer, 201, Payment))
    else {
      expect(answer).toMatchObject({ status: 503, code: 'provider_unavailable' })
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
  }
  expect(payments.size).toBeGreaterThan(0)
  // Those who were sent away try again.
  await Promise.all(
    customers.map(async (person, place) => {
      if (!payments.has(place)) payments.set(place, await beginPayment(person, orderOf(place)))
    }),
  )
}, 60_000)

test('the bank answers after our deadline: "processing", the breaker opens, nobody else notices', async () => {
  await system.bank.faults({
    match: { operation: 'approve' },
    effect: { kind: 'latency', distribution: 'fixed', ms: 1_500, at: 'after' },
  })
  const walk = lookAround(system, passerBy, itemId)
  const backs = await Promise.all(
    [...payments.values()].slice(0, 60).map(({ redirectUrl }) => system.bank.press(redirectUrl, 'approve')),
  )
  const answers = await Promise.all(backs.map((back) => system.api().get(back ?? '')))
  expect(await breakerState(system, 'complete')).toBe(OPEN)
  expectUndisturbed(await walk.stop())
  for (const answer of answers) {
    expect(['processing', 'paid']).toContain(expectBody(answer, 200, Payment).state)
  }
  const page = await system.api().get(backs[0] ?? '', { headers: { accept: 'text/html' } })
  expect(page.status).toBe(200)
}, 60_000)

test('the bank is away: customers are told at once, and to come back', async () => {
  await system.bank.offline()
  const walk = lookAround(system, passerBy, itemId)
  const begin = async (person: Person) => askPayment(person, (await placeOrder(person, itemId)).id)
  const first = await Promise.all(customers.slice(60).map(begin))
  for (const { status, headers } of first) {
    expect([502, 503]).toContain(status)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect(await breakerState(system, 'checkout')).toBe(OPEN)
  const calls = await system.bank.journal('?kind=ready')
  const refused = await Promise.all(customers.slice(60, 80).map(begin))
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 503, code: 'provider_unavailable' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect(await system.bank.journal('?kind=ready')).toHaveLength(calls.length)
  expectUndisturbed(await walk.stop())
}, 60_000)

test('the bank is back: the breakers close by themselves, and every payment comes to its truth', async () => {
  await system.bank.heal()
  const late = customer(99)
  const order = await placeOrder(late, itemId)
  await until(async () => (await askPayment(late, order.id)).status === 201, {
    what: 'a payment to begin',
    deadlineMs: 30_000,
    everyMs: 200,
  })
  // Those who were still on the bank's page go on as if nothing had been.
  await Promise.all(
    [...payments].slice(60).map(async ([, { redirectUrl }]) => {
      const back = await system.bank.press(redirectUrl, 'approve')
      expect((await system.api().get(back ?? '')).status).toBe(200)
    }),
  )
  await Promise.all(
    [...payments].map(([place, { id }]) =>
      until(async () => (await readPayment(customer(place), id)).state === 'paid', {
        what: `payment ${id} to be paid`,
        deadlineMs: 45_000,
        everyMs: 250,
      }),
    ),
  )
  for (const [place] of payments)
    expect((await readOrder(customer(place), orderOf(place))).state).toBe('paid')
  await until(
    async () =>
      (await breakerState(system, 'checkout')) !== OPEN && (await breakerState(system, 'complete')) !== OPEN,
    { what: 'the breakers to close', deadlineMs: 15_000 },
  )
}, 90_000)

test('and the books agree with the bank', async () => {
  // What nobody paid is given up, so that everything comes to rest.
  await Promise.all(
    customers.map(async (person) => {
      const waiting = await person.api.get('/api/orders?state=awaiting_payment&size=100')
      for (const { id } of expectBody(waiting, 200, OrderList).data) {
        await until(async () => (await person.api.post(`/api/orders/${id}/cancel`)).status !== 409, {
          what: 'the order to be given up',
          deadlineMs: 20_000,
          everyMs: 200,
        })
      }
    }),
  )
  expect(await books.disagreements()).toEqual([])
  expect((await system.bank.journal('?kind=charge')).length).toBe(CUSTOMERS)
}, 60_000)

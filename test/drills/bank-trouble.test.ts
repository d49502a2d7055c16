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
import { breakerState, databaseWaiting, lookAround, type PasserBy, somebody } from './passer-by.ts'

/**
 * One bad evening at the bank: it gets slow, answers too late, goes away, and comes back. The shop has ten database
 * connections and a hundred customers. Nothing here is measured in seconds: what counts is who gets an answer while
 * others still wait for the bank.
 */
const CUSTOMERS = 100
const CONNECTIONS = 10
/**
 * So many calls hang at the bank at once only if a call holds no connection of the database. Twice as many, because an
 * answer that is on its way back counts as a call that hangs.
 */
const MORE_THAN_CONNECTIONS = 2 * CONNECTIONS
/** How long the bank lets calls hang; less than the shop waits for a page, more than for a charge. */
const HANGING_MS = 6_000
const CHARGE_TIMEOUT_MS = 4_000
const CLOSED = 0
const OPEN = 2
/** How often the passer-by looks around meanwhile, and gets everything asked for. */
const LOOKS = 3

let system: System
let books: Books
let customers: Person[]
let passerBy: Person
let itemId: string
/** Orders and payments of the customers, by their place in the crowd. */
const orders: string[] = []
const payments = new Map<number, Payment>()

beforeAll(async () => {
  system = await startSystem({
    settings: {
      DATABASE_POOL_SIZE: String(CONNECTIONS),
      PAYMENT_TIMEOUT_MS: String(CHARGE_TIMEOUT_MS),
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

/** Calls on their way, and how many of them have come back from the bank. */
function watched<T>(calls: readonly Promise<T>[], fromBank: (answer: T) => boolean) {
  let back = 0
  const answers = Promise.all(
    calls.map(async (call) => {
      const answer = await call
      if (fromBank(answer)) back += 1
      return answer
    }),
  )
  return { answers, back: () => back }
}

/** While more calls hang at the bank than there are connections, nobody queues for one, and the passer-by goes on. */
async function expectOthersServed(back: () => number, walk: PasserBy): Promise<void> {
  let served = 0
  let seen: number | undefined
  await until(
    async () => {
      const hanging = (await system.bank.strikes()) - back()
      const hangs = hanging > MORE_THAN_CONNECTIONS && (await databaseWaiting(system)) === 0
      const looks = walk.looks()
      if (hangs && seen !== undefined) served += looks - seen
      seen = hangs ? looks : undefined
      return served >= LOOKS
    },
    { what: `${LOOKS} looks around while calls hang at the bank`, deadlineMs: 30_000 },
  )
}

test('the bank is slow: everybody waits for the bank, nobody for the database', async () => {
  await system.bank.faults({
    match: { operation: 'ready' },
    effect: { kind: 'latency', distribution: 'fixed', ms: HANGING_MS },
  })
  const walk = lookAround(passerBy, itemId)
  const { answers: asking, back } = watched(
    customers.map((person, place) => askPayment(person, orderOf(place))),
    ({ status }) => status === 201,
  )
  await expectOthersServed(back, walk)
  const answers = await asking
  expect(await walk.stop()).toEqual([])
  await system.bank.heal()
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
    effect: { kind: 'latency', distribution: 'fixed', ms: HANGING_MS, at: 'after' },
  })
  const backs = await Promise.all(
    [...payments.values()].slice(0, 60).map(({ redirectUrl }) => system.bank.press(redirectUrl, 'approve')),
  )
  const walk = lookAround(passerBy, itemId)
  const { answers: returning, back } = watched(
    backs.map((url) => system.api().get(url ?? '')),
    () => true,
  )
  await expectOthersServed(back, walk)
  const answers = await returning
  expect(await breakerState(system, 'complete')).toBe(OPEN)
  expect(await walk.stop()).toEqual([])
  for (const answer of answers) {
    expect(['processing', 'paid']).toContain(expectBody(answer, 200, Payment).state)
  }
  const page = await system.api().get(backs[0] ?? '', { headers: { accept: 'text/html' }, follow: true })
  expect(page.status).toBe(200)
}, 60_000)

test('the bank is away: customers are told at once, and to come back', async () => {
  await system.bank.offline()
  const walk = lookAround(passerBy, itemId)
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
  await until(() => walk.looks() >= LOOKS, { what: 'the passer-by to look around', deadlineMs: 20_000 })
  expect(await walk.stop()).toEqual([])
}, 60_000)

test('the bank is back: the breakers close by themselves, and every payment comes to its truth', async () => {
  await system.bank.heal()
  const late = customer(99)
  const order = await placeOrder(late, itemId)
  await until(async () => (await askPayment(late, order.id)).status === 201, {
    what: 'a payment to begin',
    deadlineMs: 60_000,
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
        // A look that got no answer is made again within a minute; on a busy machine that minute is long.
        deadlineMs: 150_000,
        everyMs: 250,
      }),
    ),
  )
  for (const [place] of payments)
    expect((await readOrder(customer(place), orderOf(place))).state).toBe('paid')
  // A breaker closes after enough good trials, and only customers make them; those who come back have made theirs.
  await until(
    async () => {
      await askPayment(late, (await placeOrder(late, itemId)).id)
      return (await breakerState(system, 'checkout')) === CLOSED
    },
    { what: 'the breaker of new payments to close', deadlineMs: 60_000, everyMs: 50 },
  )
  await until(async () => (await breakerState(system, 'complete')) === CLOSED, {
    what: 'the breaker of approvals to close',
    deadlineMs: 60_000,
  })
}, 400_000)

test('and the books agree with the bank', async () => {
  // What nobody paid is given up, so that everything comes to rest.
  await Promise.all(
    customers.map(async (person) => {
      const waiting = await person.api.get('/api/orders?state=awaiting_payment&size=100')
      for (const { id } of expectBody(waiting, 200, OrderList).data) {
        await until(async () => (await person.api.post(`/api/orders/${id}/cancel`)).status !== 409, {
          what: 'the order to be given up',
          deadlineMs: 90_000,
          everyMs: 200,
        })
      }
    }),
  )
  expect(await books.disagreements()).toEqual([])
  expect((await system.bank.journal('?kind=charge')).length).toBe(CUSTOMERS)
}, 120_000)

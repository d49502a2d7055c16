import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Answer, expectBody } from '../support/api.ts'
import { type Books, openBooks } from '../support/books.ts'
import { execute } from '../support/database.ts'
import { colleague, crowd, type Person } from '../support/people.ts'
import { askOrder, buy, changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { ItemDetail, Order, OrderList } from '../support/views.ts'
import { somebody } from './passer-by.ts'

const BUYERS = 20
const ROUNDS = 3

let system: System
let books: Books
let buyers: Person[]
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000 })
  await setStock(merchant, itemId, 1_000)
  books = await openBooks(system)
  buyers = await crowd(system, BUYERS)
})
afterAll(async () => {
  await system?.stop()
})

/** Cuts every connection of the server to its database: pool, event relay and stored commands. */
async function cutAll(): Promise<number> {
  const rows = await execute(
    system.databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  )
  return rows.length
}

/** Sends the same order again under the same key until there is an answer that is not "later". */
async function insist(buyer: Person, key: string): Promise<{ answer: Answer; tries: Answer[] }> {
  const tries: Answer[] = []
  const answer = await until(
    async () => {
      const now = await askOrder(buyer, itemId, { key })
      tries.push(now)
      return now.status !== 503 && now.code !== 'request_in_progress' && now
    },
    { what: 'an order', deadlineMs: 20_000, everyMs: 20 },
  )
  return { answer, tries }
}

test('every connection to the database is cut, three times, while people order', async () => {
  const done = { orders: 0 }
  const ordered = Promise.all(
    buyers.map(async (buyer) => {
      const mine: string[] = []
      for (let round = 0; round < ROUNDS * 5; round++) {
        const { answer, tries } = await insist(buyer, randomUUID())
        mine.push(expectBody(answer, 201, Order).id)
        for (const { status, code, headers } of tries.slice(0, -1)) {
          expect([503, 409], code).toContain(status)
          expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
        }
        done.orders += 1
      }
      return { buyer, mine }
    }),
  )
  for (let round = 0; round < ROUNDS; round++) {
    await until(() => done.orders >= (round + 1) * BUYERS, { what: 'people to order', deadlineMs: 20_000 })
    expect(await cutAll()).toBeGreaterThan(0)
  }
  const placed = await ordered
  // What was acknowledged is there, and nothing was ordered twice.
  for (const { buyer, mine } of placed) {
    const list = await buyer.api.get('/api/orders?size=100')
    const ids = expectBody(list, 200, OrderList).data.map(({ id }) => id)
    expect(ids.toSorted()).toEqual(mine.toSorted())
  }
}, 60_000)

test('the server recovers by itself: ready, events flow, stored commands run', async () => {
  await until(async () => (await system.api().get('/health/ready')).status === 200, {
    what: 'the server to be ready',
    deadlineMs: 10_000,
  })
  const sales = async () =>
    expectBody(await system.api().get(`/api/items/${itemId}`), 200, ItemDetail).salesCount
  const before = await sales()
  const buyer = await somebody(system)
  const { order } = await buy(system, buyer, itemId, 2)
  await until(async () => (await sales()) === before + 2, {
    what: 'the event to be handled',
    deadlineMs: 10_000,
  })
  // The refund is a stored command.
  await buyer.api.post(`/api/orders/${order.id}/cancel`)
  await until(async () => (await sales()) === before, { what: 'the refund', deadlineMs: 20_000 })
})

/** Whoever is put off while the server catches up comes again, as it tells them to. */
async function cancelled(buyer: Person, orderId: string): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const { status } = await buyer.api.post(`/api/orders/${orderId}/cancel`)
    if (status === 200) return
    if (status !== 503 || performance.now() > deadline) throw new Error(`cancelling: ${status}`)
    await pause(200)
  }
}

test('and the books agree with the bank', async () => {
  await Promise.all(
    buyers.map(async (buyer) => {
      const waiting = await buyer.api.get('/api/orders?state=awaiting_payment&size=100')
      for (const { id } of expectBody(waiting, 200, OrderList).data) await cancelled(buyer, id)
    }),
  )
  expect(await books.disagreements()).toEqual([])
})

/** The database goes over to a server that only reads, and comes back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, type Person } from '../support/people.ts'
import {
  askOrder,
  beginPayment,
  buy,
  changeItem,
  placeOrder,
  setStock,
  stockShelves,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { Order, Payment } from '../support/views.ts'
import { somebody } from './passer-by.ts'

/** How long until everything works again once the database writes. */
const BACK_WITHIN_MS = 30_000

let system: System
let buyer: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem({ settings: { PAYMENT_LOOK_SECONDS: Array<number>(60).fill(1).join(',') } })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000 })
  await setStock(merchant, itemId, 100)
  buyer = await somebody(system)
})
afterAll(() => system?.stop())

/** Like a switch-over: every connection is cut, and the next ones meet the other server. */
async function goOver(writable: boolean): Promise<void> {
  const name = new URL(system.databaseUrl).pathname.slice(1)
  const set = `alter database ${name} set default_transaction_read_only = ${writable ? 'off' : 'on'}`
  await execute(system.databaseUrl, `begin read write; ${set}; commit`)
  await execute(
    system.databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  )
}

const ready = async () => (await system.api().get('/health/ready')).status

test('a database that only reads: pages are read, what writes is told to come back, and all is as before', async () => {
  // One stands on the bank's page, with the money still theirs.
  const order = await placeOrder(buyer, itemId)
  const begun = await beginPayment(buyer, order.id)
  const back = await system.bank.press(begun.redirectUrl, 'approve')
  await goOver(false)

  await until(async () => (await ready()) === 503, { what: 'the server not to be ready', deadlineMs: 10_000 })
  const page = await until(
    async () => {
      const answer = await system.api().get(`/api/items/${itemId}`)
      return answer.status === 200 && answer
    },
    { what: 'an item to be read', deadlineMs: 10_000 },
  )
  expect(page.status).toBe(200)
  const refusals = [await askOrder(buyer, itemId), await system.api().get(back ?? '')]
  for (const { status, headers, code } of refusals) {
    expect([status, code]).toEqual([503, 'temporarily_unavailable'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect((await system.bank.money(begun.id)).charges).toBe(0)

  // Connections stand that know the server as one that reads: they are not kept.
  const name = new URL(system.databaseUrl).pathname.slice(1)
  await execute(
    system.databaseUrl,
    `begin read write; alter database ${name} set default_transaction_read_only = off; commit`,
  )
  await until(async () => (await ready()) === 200, {
    what: 'the server to be ready',
    deadlineMs: BACK_WITHIN_MS,
  })
  const placed = await until(
    async () => {
      const answer = await askOrder(buyer, itemId)
      return answer.status === 201 && answer
    },
    { what: 'an order to be placed', deadlineMs: BACK_WITHIN_MS },
  )
  expect(expectBody(placed, 201, Order).state).toBe('awaiting_payment')
  const paid = await system.api().get(back ?? '')
  expect(expectBody(paid, 200, Payment).state).toBe('paid')
  expect((await buy(system, buyer, itemId)).payment.state).toBe('paid')
}, 90_000)

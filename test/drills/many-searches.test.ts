import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, type Person } from '../support/people.ts'
import { askOrder, buy, changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { Order } from '../support/views.ts'
import { somebody } from './passer-by.ts'

const VISITORS = 10
/** One page asks for so many items at once. */
const LOOKED_AT = 12
/** What DATABASE_BROWSING_POOL_SIZE is by default. */
const READING = 4
/** Far less than the three seconds after which a request that found no connection is refused. */
const SOON_MS = 2_000

let system: System
let buyer: Person
let itemIds: string[]
let holder: pg.Client
beforeAll(async () => {
  system = await startSystem()
  itemIds = (await stockShelves(system, LOOKED_AT)).map(({ id }) => id)
  const merchant = await colleague(system, 'merchant')
  for (const id of itemIds) {
    await changeItem(merchant, id, { status: 'on_sale', originPrice: 10_000 })
    await setStock(merchant, id, 100)
  }
  buyer = await somebody(system)
  holder = new pg.Client({ connectionString: system.databaseUrl })
  await holder.connect()
})
afterAll(async () => {
  await holder?.end()
  await system?.stop()
})

test('while visitors take all the connections there are for reading, somebody orders and pays', async () => {
  // What an item's page reads and an order does not: all reads of visitors stand still.
  await holder.query('begin')
  await holder.query('lock table catalog.item_text in access exclusive mode')
  const page = `${system.url}/recent?${itemIds.map((id) => `item=${id}`).join('&')}`
  const visits = Array.from({ length: VISITORS }, () => fetch(page).then(({ status }) => status))
  await until(async () => (await standingStill()) >= READING, {
    what: 'the visitors to take every connection they can get',
    deadlineMs: 10_000,
  })
  const startedAt = performance.now()
  const order = expectBody(await askOrder(buyer, itemIds[0] ?? '', {}), 201, Order)
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
  expect(order.state).toBe('awaiting_payment')
  const { payment } = await buy(system, buyer, itemIds[1] ?? '', 1)
  expect(payment.state).toBe('paid')
  expect(await standingStill()).toBe(READING)
  const [waiting] = (await system.metric('database_browsing_waiting')).values()
  expect(waiting).toBeGreaterThan(0)
  await holder.query('rollback')
  for (const status of await Promise.all(visits)) expect([200, 503]).toContain(status)
}, 60_000)

/** Sessions of the server that wait for the lock. */
async function standingStill(): Promise<number> {
  const rows = await execute(
    system.databaseUrl,
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length
}

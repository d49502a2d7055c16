import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { orderPaid, orderRefunded } from '../../../contracts/order-events.ts'
import { transact } from '../../../platform/database/database.ts'
import { deliverAll } from '../../../platform/events/deliver.ts'
import { deliveryOf } from '../../../platform/events/delivery.fixture.ts'
import { newId } from '../../../platform/ids.ts'
import { systemClock } from '../../../platform/time/clock.ts'
import { changeNumbers } from '../browse/shelves.ts'
import { catalogSchema } from '../index.ts'
import { salesCount } from './sales-count.ts'

let database: TestDatabase
let items: string[]
beforeAll(async () => {
  database = await testDatabase([catalogSchema], { poolSize: 20 })
  items = await Promise.all(Array.from({ length: 6 }, (_, n) => addItem(n)))
})
afterAll(() => database.drop())

async function addItem(n: number): Promise<string> {
  const id = newId()
  const now = systemClock.now()
  await sql`
    insert into catalog.item (id, statement_number, name, enterprise, listed_on, categories, origin_price,
      discount_permille, status, version, search_doc, created_at, updated_at)
    values (${id}, ${String(200_400_160_000 + n)}, '홍삼', '(주)고려', '2026-01-01', array['ETC'], 10000, 0,
      'on_sale', 1, 'x', ${now}, ${now})`.execute(database.db)
  await sql`insert into catalog.item_numbers (item_id) values (${id}) on conflict do nothing`.execute(
    database.db,
  )
  return id
}

const at = '2026-11-21T03:00:00Z'
const paid = (id: string, lines: readonly { itemId: string; quantity: number }[]) =>
  orderPaid.of(id, 1, {
    kind: 'purchase',
    paymentMethodId: null,
    orderId: id,
    customerId: id,
    total: 1_000,
    paidAt: at,
    lines: lines.map((line) => ({ ...line, unitPrice: 1_000, lineTotal: 1_000, subscription: null })),
  })
const refunded = (id: string, lines: readonly { itemId: string; quantity: number }[]) =>
  orderRefunded.of(id, 2, {
    orderId: id,
    customerId: id,
    amount: 1_000,
    full: true,
    refundedAt: at,
    lines: [...lines],
  })

async function sales(): Promise<number[]> {
  const { rows } = await sql<{ item_id: string; sales_count: number }>`
    select item_id, sales_count from catalog.item_numbers`.execute(database.db)
  return items.map((id) => rows.find((row) => row.item_id === id)?.sales_count ?? -1)
}

it('counts the pieces of many orders exactly while others change the same items in any order', async () => {
  const lines = (n: number) => {
    const turned = [...items.slice(n % 6), ...items.slice(0, n % 6)]
    return (n % 2 === 0 ? turned : turned.toReversed()).map((itemId) => ({ itemId, quantity: 1 }))
  }
  const ids = Array.from({ length: 60 }, () => newId())
  const orders = ids.map((id, n) => deliveryOf(paid(id, lines(n))))
  const back = ids.slice(0, 20).map((id, n) => deliveryOf(refunded(id, lines(n + 1))))
  const deps = { db: database.db, now: systemClock.now }
  const parts = [orders.slice(0, 30), orders.slice(30), back]
  const reviews = Array.from({ length: 60 }, (_, n) =>
    transact(database.db, (tx) =>
      changeNumbers(
        tx,
        lines(n).map(({ itemId }) => ({ itemId, reviews: 1, stars: 5 })),
      ),
    ),
  )
  // Handed over a second time, nothing is counted again.
  const handed = [...parts, ...parts].map((part) => deliverAll(deps, salesCount, part, 2))
  await Promise.all([...handed, ...reviews])
  expect(await sales()).toEqual(items.map(() => 40))
  const { rows } = await sql`select 1 from platform.parked_event`.execute(database.db)
  expect(rows).toEqual([])
})

it('writes all events of a portion at once', async () => {
  const before = await sales()
  const [one = '', other = ''] = items
  const portion = [
    deliveryOf(paid(newId(), [{ itemId: one, quantity: 2 }])),
    deliveryOf(paid(newId(), [{ itemId: other, quantity: 3 }])),
    deliveryOf(paid(newId(), [{ itemId: one, quantity: 4 }])),
  ]
  await deliverAll({ db: database.db, now: systemClock.now }, salesCount, portion, 2)
  const after = await sales()
  expect(after.map((count, n) => count - (before[n] ?? 0))).toEqual([6, 3, 0, 0, 0, 0])
  const { rows } = await sql<{ writers: number }>`
    select count(distinct xmin::text) as writers from catalog.item_numbers
    where item_id in (${one}, ${other})`.execute(database.db)
  expect(rows[0]?.writers).toBe(1)
})

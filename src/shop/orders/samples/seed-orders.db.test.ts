import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { won } from '../../../platform/money.ts'
import { systemClock } from '../../../platform/time/clock.ts'
import { ordersSchema, type SampleItem, seedOrders } from '../index.ts'
import { piecesToSend } from '../rules/delivery.ts'
import { findOrder } from '../store/order-store.ts'
import { sampleOrderId } from './sample-order.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([ordersSchema])
})
afterAll(() => database.drop())

const items: SampleItem[] = Array.from({ length: 20 }, (_, n) => ({
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  name: `item ${n}`,
  enterprise: 'maker',
  thumbnail: null,
  originPrice: won(10_000),
  discountPrice: won(1_000),
  realPrice: won(9_000),
}))

test('fills up to the count, once, and tells exactly what was sold', async () => {
  let sold = 0
  const deps = {
    db: database.db,
    clock: systemClock,
    sold: async (_: unknown, pieces: readonly { sales: number }[]) => {
      for (const { sales } of pieces) sold += sales
    },
  }
  const fill = (count: number) => seedOrders(deps, { count, seed: '1', items })

  expect(await fill(300)).toEqual({ added: 300 })
  expect(await fill(300)).toEqual({ added: 0 })
  expect(await fill(3_000)).toEqual({ added: 2_700 })

  const { rows } = await sql<{ state: string; orders: number; pieces: number }>`
    select state, count(*) as orders, sum(item_count) as pieces from orders."order" group by state`.execute(
    database.db,
  )
  const byState = new Map(rows.map((row) => [row.state, row]))
  expect([...byState.keys()]).toEqual(
    expect.arrayContaining(['delivered', 'cancelled', 'expired', 'refunded', 'paid']),
  )
  // The database counts what is to be sent as the rule does, in every state.
  const counted = await sql<{ id: string; pieces: number }>`
    select distinct on (state) id, pieces_to_send as pieces from orders."order" order by state, id`.execute(
    database.db,
  )
  expect(counted.rows).toHaveLength(rows.length)
  for (const { id, pieces } of counted.rows) {
    const order = await findOrder(database.db, id)
    expect(order && piecesToSend(order)).toBe(pieces)
  }
  const unsold = ['cancelled', 'expired', 'refunded']
  const kept = rows.filter((row) => !unsold.includes(row.state))
  expect(sold).toBe(kept.reduce((sum, row) => sum + row.pieces, 0))
  expect((await findOrder(database.db, sampleOrderId(2_999)))?.lines.length).toBeGreaterThan(0)
})

test('stops between batches when told to', async () => {
  const deps = { db: database.db, clock: systemClock, sold: async () => {} }
  const filling = seedOrders(deps, { count: 9_000, seed: '1', items, signal: AbortSignal.abort() })
  await expect(filling).rejects.toThrow('aborted')
})

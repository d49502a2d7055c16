import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { orderPaid, orderRefunded } from '../../../contracts/order-events.ts'
import { sampleOf } from '../../../contracts/samples.fixture.ts'
import { transact } from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import { startRelay } from '../../../platform/events/relay.ts'
import { newId } from '../../../platform/ids.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { changeItem } from '../items/change-item.ts'
import { changeNumbers } from './shelves.ts'

let test: TestCatalog

beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())
beforeEach(async () => {
  await sql`truncate catalog.item cascade`.execute(test.database.db)
})

/** Shelves as they must be, derived anew from the items, minus the shelves as they are, and the other way round. */
async function differences(): Promise<unknown[]> {
  const { rows } = await sql`
    with wanted as (
      select place::catalog.shelf_name as shelf, i.id as item_id, enterprise, real_price::int, discount_permille,
        listed_on, sales_count, view_count, review_count,
        (case when review_count = 0 then 0 else round(star_sum * 100.0 / review_count) end)::smallint as rating
      from catalog.item as i join catalog.item_numbers as n on n.item_id = i.id
        cross join lateral unnest(array['ALL'] || categories) as place
      where status <> 'hidden')
    (table wanted except table catalog.shelf) union all (table catalog.shelf except table wanted)`.execute(
    test.database.db,
  )
  return rows
}

async function numbersOf(itemId: string) {
  const { rows } = await sql<{ sales_count: number; view_count: number }>`
    select * from catalog.item_numbers where item_id = ${itemId}`.execute(test.database.db)
  return rows[0]
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out: ${what}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}

describe('shelves', () => {
  it('equal the items after prices, statuses and numbers were changed by many at the same time', async () => {
    const ids = await Promise.all([
      addItem(test, { categories: ['EYE', 'SKIN'] }),
      addItem(test, { categories: ['ETC'], offered: false }),
      addItem(test, { categories: ['BONE'], stock: 0 }),
    ])
    expect(await differences()).toEqual([])
    const change = async (itemId: string, index: number) => {
      for (;;) {
        const { rows } = await sql<{ version: number }>`
          select version from catalog.item where id = ${itemId}`.execute(test.database.db)
        const result = await changeItem(
          { db: test.database.db, clock: test.clock, committed: async () => {} },
          {
            itemId,
            version: rows[0]?.version ?? 0,
            originPrice: 1_000 + index,
            status: (['on_sale', 'hidden', 'sold_out'] as const)[index % 3] ?? 'on_sale',
            actorId: newId(),
          },
        )
        if (result.kind === 'changed') return
        expect(result.code).toBe('item_changed_meanwhile')
      }
    }
    const work = Array.from({ length: 60 }, (_, index) => {
      const itemId = ids[index % 3] ?? ''
      return index % 2 === 0
        ? change(itemId, index)
        : transact(test.database.db, (tx) =>
            changeNumbers(
              tx,
              (index % 4 === 1 ? ids : ids.toReversed()).map((id) => ({
                itemId: id,
                sales: 2,
                views: 1,
                reviews: 1,
                stars: 1 + (index % 5),
              })),
            ),
          )
    })
    await Promise.all(work)
    expect(await differences()).toEqual([])
    for (const id of ids) expect(await numbersOf(id)).toMatchObject({ sales_count: 60, view_count: 30 })
  })

  it('hold exact star averages, rounded half up, and zero without reviews', async () => {
    const id = await addItem(test)
    const add = (reviews: number, stars: number) =>
      transact(test.database.db, (tx) => changeNumbers(tx, [{ itemId: id, reviews, stars }]))
    const rating = async () => {
      const { rows } = await sql<{ rating: number }>`
        select rating from catalog.shelf where shelf = 'ALL' and item_id = ${id}`.execute(test.database.db)
      return rows[0]?.rating
    }
    await add(3, 13)
    expect(await rating()).toBe(433)
    await add(5, 21)
    expect(await rating()).toBe(425)
    await add(0, -1)
    expect(await rating()).toBe(413)
    await add(-8, -33)
    expect(await rating()).toBe(0)
    await expect(add(-1, -5)).rejects.toThrow(/check/)
    await expect(add(1, 6)).rejects.toThrow(/item_stars/)
  })
})

describe('the sales count', () => {
  it('counts pieces of paid orders and takes refunds back, each event once', async () => {
    const [first, second] = [await addItem(test), await addItem(test)]
    const relay = startRelay({
      db: test.database.db,
      url: test.database.url,
      subscribers: test.catalog.module.subscribers ?? [],
      now: test.clock.now,
      log: createLog('silent'),
      pollMs: 100,
    })
    const orderId = newId()
    const line = (itemId: string, quantity: number) => ({
      itemId,
      quantity,
      unitPrice: 100,
      lineTotal: 100 * quantity,
      subscription: null,
    })
    const now = test.clock.now()
    const lines = [line(first, 3), line(second, 2), line(newId(), 9)]
    const paid = orderPaid.of(orderId, 1, sampleOf(orderPaid, { orderId, lines }))
    await transact(test.database.db, (tx) => appendEvents(tx, 'shop/orders', now, [paid]))
    await until('counted', async () => (await numbersOf(second))?.sales_count === 2)
    expect((await numbersOf(first))?.sales_count).toBe(3)
    const back = { orderId, full: false, lines: [{ itemId: first, quantity: 2 }] }
    const refunded = orderRefunded.of(orderId, 2, sampleOf(orderRefunded, back))
    await transact(test.database.db, (tx) => appendEvents(tx, 'shop/orders', now, [refunded]))
    await until('taken back', async () => (await numbersOf(first))?.sales_count === 1)
    expect(await differences()).toEqual([])
    await relay.stop()
  })
})

import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { changeNumbers } from '../browse/shelves.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { estimateOf, registersOf, SKETCH_BYTES, unpackSketch } from '../rules/hyperloglog.ts'
import { storeViews } from './store-views.ts'

let test: TestCatalog
beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())

/** Visitors from a number on; the sketch makes chance of them. Of the first few no two mark the same register. */
const visitors = (from: number, size: number) =>
  Array.from({ length: size }, (_, n) => BigInt(1_000 + from + n))

const kept = async (itemId: string) => {
  const { rows } = await sql<{
    views: number
    shown: number
    sales: number
    sketch: Buffer | null
    row: string
  }>`
    select numbers.view_count as views, shelf.view_count as shown, numbers.sales_count as sales, sketch,
      item_views.xmin::text as row
    from catalog.item_numbers as numbers
      join catalog.shelf on shelf.item_id = numbers.item_id and shelf = 'ALL'
      left join catalog.item_views on item_views.item_id = numbers.item_id
    where numbers.item_id = ${itemId}`.execute(test.database.db)
  const [row] = rows
  if (!row) throw new Error('no such item')
  return row
}

it('adds visitors once, to the number that lists are sorted by', async () => {
  const { db } = test.database
  const id = await addItem(test)
  const store = (who: readonly bigint[]) => storeViews(db, new Map([[id, registersOf(who)]]))
  await store(visitors(0, 30))
  expect(await kept(id)).toMatchObject({ views: 30, shown: 30, sales: 0 })
  const before = await kept(id)
  await store(visitors(10, 20))
  // Nobody new: nothing is written.
  expect(await kept(id)).toEqual(before)
  await store(visitors(25, 10))
  expect(await kept(id)).toMatchObject({ views: 35, shown: 35 })
  await store(visitors(0, 20_000))
  const many = await kept(id)
  expect(many.sketch).toHaveLength(SKETCH_BYTES)
  expect(Math.abs(many.views / 20_000 - 1)).toBeLessThan(3 * 0.0081)
  expect(many.shown).toBe(many.views)
})

it('keeps what was counted before there were sketches, and passes over items that are gone', async () => {
  const { db } = test.database
  const id = await addItem(test)
  await transact(db, (tx) => changeNumbers(tx, [{ itemId: id, views: 100 }]))
  const gone = newId()
  await storeViews(
    db,
    new Map([
      [gone, registersOf(visitors(0, 3))],
      [id, registersOf(visitors(0, 3))],
    ]),
  )
  expect((await kept(id)).views).toBe(103)
})

it('loses nobody when servers store the same items at once, while pieces are sold', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => addItem(test)))
  const options = { url: test.database.url, poolSize: 4, statementTimeoutMs: 15_000 }
  const servers = [1, 2, 3].map(() => openDatabase(options))
  const ROUNDS = 12
  try {
    await Promise.all(
      servers.flatMap(({ db }, server) =>
        Array.from({ length: ROUNDS }, async (_, round) => {
          // Each overlaps with the one before; the items come in another order at every server.
          const who = registersOf(visitors((server * ROUNDS + round) * 40, 50))
          const inOrder = [...ids.slice(server), ...ids.slice(0, server)]
          await storeViews(db, new Map(inOrder.map((id) => [id, who])))
          await transact(db, (tx) => changeNumbers(tx, [{ itemId: ids[server] ?? '', sales: 1 }]))
        }),
      ),
    )
  } finally {
    for (const server of servers) await server.close()
  }
  const all = registersOf(visitors(0, servers.length * ROUNDS * 40 + 10))
  for (const id of ids) {
    const { sketch, views, shown, sales } = await kept(id)
    expect(unpackSketch(sketch ?? Buffer.alloc(0))).toEqual(all)
    expect({ views, shown, sales }).toEqual({ views: estimateOf(all), shown: estimateOf(all), sales: ROUNDS })
  }
})

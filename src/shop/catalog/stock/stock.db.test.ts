import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { virtualClock } from '../../../platform/time/clock.ts'
import { catalogSchema } from '../index.ts'
import { heldStock } from './held-stock.ts'
import { itemsForSale } from './items-for-sale.ts'
import {
  consumeHold,
  holdStock,
  inLockingOrder,
  type Pieces,
  releaseHold,
  restockItems,
  takeStock,
} from './stock.ts'

const now = Temporal.Instant.from('2026-11-21T03:00:00Z')
let database: TestDatabase
let items: string[] = []

beforeAll(async () => {
  database = await testDatabase([catalogSchema], { poolSize: 20 })
})
afterAll(() => database.drop())

beforeEach(async () => {
  await sql`truncate catalog.item cascade`.execute(database.db)
  items = await Promise.all([20, 5, 0].map((onHand, index) => addItem(index, onHand)))
})

async function addItem(index: number, onHand: number, status = 'on_sale'): Promise<string> {
  const id = newId()
  await sql`
    insert into catalog.item (id, statement_number, name, enterprise, listed_on, categories, origin_price,
      discount_permille, status, version, search_doc, created_at, updated_at)
    values (${id}, ${String(200_400_150_000 + index)}, '홍삼', '(주)고려', '2026-01-01', array['ETC'], 10005, 125,
      ${status}, 1, 'x', ${now}, ${now})`.execute(database.db)
  await sql`insert into catalog.stock (item_id, on_hand) values (${id}, ${onHand})`.execute(database.db)
  return id
}

const hold = (orderId: string, lines: readonly Pieces[]) =>
  transact<Awaited<ReturnType<typeof holdStock>>>(database.db, async (tx, rollback) => {
    const result = await holdStock(tx, { orderId, lines, now })
    return result.kind === 'refused' ? rollback(result) : result
  })
const take = (orderId: string, lines: readonly Pieces[]) =>
  transact<Awaited<ReturnType<typeof takeStock>>>(database.db, async (tx, rollback) => {
    const result = await takeStock(tx, orderId, lines)
    return result.kind === 'refused' ? rollback(result) : result
  })
const release = (orderId: string) => transact(database.db, (tx) => releaseHold(tx, orderId))
const consume = (orderId: string) => transact(database.db, (tx) => consumeHold(tx, orderId))

interface StockRow {
  item_id: string
  on_hand: number
  held: number
  in_holds: number
}

async function stockRows(): Promise<Map<string, StockRow>> {
  const { rows } = await sql<StockRow>`
    select item_id, on_hand, held,
      (select coalesce(sum(quantity), 0)::int from catalog.stock_hold as h where h.item_id = s.item_id) as in_holds
    from catalog.stock as s`.execute(database.db)
  return new Map(rows.map((row) => [row.item_id, row]))
}

const at = (index: number): string => items[index] ?? ''

describe('holding stock', () => {
  it('is told by how many orders, and for how long the oldest of them', async () => {
    const clock = virtualClock(now)
    const told = () => heldStock({ db: database.db, clock })
    expect(await told()).toEqual({ orders: 0, oldestSeconds: 0 })
    const orders = [newId(), newId()]
    for (const id of orders)
      await hold(id, [
        { itemId: at(0), quantity: 1 },
        { itemId: at(1), quantity: 1 },
      ])
    clock.advance({ minutes: 2 })
    expect(await told()).toEqual({ orders: 2, oldestSeconds: 120 })
    for (const id of orders) await release(id)
    expect(await told()).toEqual({ orders: 0, oldestSeconds: 0 })
  })

  it('gives 20 pieces to exactly 20 of 200 at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 200 }, () => hold(newId(), [{ itemId: at(0), quantity: 1 }])),
    )
    expect(results.filter((result) => result.kind === 'held')).toHaveLength(20)
    expect(results.filter((result) => result.kind === 'refused')[0]).toMatchObject({
      code: 'out_of_stock',
      facts: { itemId: at(0), available: 0 },
    })
    expect((await stockRows()).get(at(0))).toMatchObject({ on_hand: 20, held: 20, in_holds: 20 })
  })

  it('is all or nothing over the lines and names the item that is short', async () => {
    const result = await hold(newId(), [
      { itemId: at(0), quantity: 3 },
      { itemId: at(1), quantity: 6 },
    ])
    expect(result).toMatchObject({
      kind: 'refused',
      code: 'out_of_stock',
      facts: { itemId: at(1), available: 5 },
    })
    expect((await stockRows()).get(at(0))).toMatchObject({ held: 0, in_holds: 0 })
    expect(await hold(newId(), [{ itemId: newId(), quantity: 1 }])).toMatchObject({ facts: { available: 0 } })
  })

  it('never deadlocks when orders name the same items in different order', async () => {
    await sql`update catalog.stock set on_hand = 1000`.execute(database.db)
    const work = Array.from({ length: 60 }, async (_, index) => {
      const order = newId()
      const lines = items.map((itemId) => ({ itemId, quantity: 1 + (index % 3) }))
      expect(await hold(order, index % 2 === 0 ? lines : lines.toReversed())).toEqual({ kind: 'held' })
      if (index % 3 === 0) expect(await release(order)).toBe(true)
      else expect(await consume(order)).toBe(true)
      if (index % 3 === 2) await transact(database.db, (tx) => restockItems(tx, lines.toReversed()))
    })
    await Promise.all(work)
    for (const row of (await stockRows()).values()) expect(row).toMatchObject({ held: 0, in_holds: 0 })
  })

  it('ends a hold once, also when everybody tries at the same time', async () => {
    const order = newId()
    await hold(order, [
      { itemId: at(0), quantity: 2 },
      { itemId: at(1), quantity: 1 },
    ])
    const ended = await Promise.all([...Array(5)].flatMap(() => [release(order), consume(order)]))
    expect(ended.filter(Boolean)).toHaveLength(1)
    const row = (await stockRows()).get(at(0))
    expect(row).toMatchObject({ held: 0, in_holds: 0 })
    expect([18, 20]).toContain(row?.on_hand)
    expect(await release(newId())).toBe(false)
  })

  it('refuses a second hold of one order', async () => {
    const order = newId()
    await hold(order, [{ itemId: at(0), quantity: 1 }])
    await expect(hold(order, [{ itemId: at(0), quantity: 1 }])).rejects.toThrow(/stock_hold_pkey/)
    expect((await stockRows()).get(at(0))).toMatchObject({ held: 1, in_holds: 1 })
  })

  it('follows a naive model under any interleaving', async () => {
    const line = fc.record({ item: fc.integer({ min: 0, max: 2 }), quantity: fc.integer({ min: 1, max: 8 }) })
    const step = fc.oneof(
      fc.record({
        verb: fc.constantFrom('hold', 'take', 'restock'),
        order: fc.nat({ max: 5 }),
        lines: fc.array(line, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        verb: fc.constantFrom('release', 'consume'),
        order: fc.nat({ max: 5 }),
        lines: fc.constant([]),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await sql`delete from catalog.stock_hold`.execute(database.db)
        await sql`update catalog.stock set on_hand = 12, held = 0`.execute(database.db)
        const orders = Array.from({ length: 6 }, () => newId())
        const onHand = new Map(items.map((id) => [id, 12]))
        const held = new Map<string, Map<string, number>>()
        const heldOf = (id: string) =>
          [...held.values()].reduce((sum, lines) => sum + (lines.get(id) ?? 0), 0)
        const change = (id: string, by: number) => onHand.set(id, (onHand.get(id) ?? 0) + by)
        for (const { verb, order, lines } of steps) {
          const orderId = orders[order] ?? ''
          const pieces = lines.map(({ item, quantity }) => ({ itemId: at(item), quantity }))
          const merged = inLockingOrder(pieces)
          const enough = merged.every((p) => (onHand.get(p.itemId) ?? 0) - heldOf(p.itemId) >= p.quantity)
          if (verb === 'hold' && !held.has(orderId)) {
            expect((await hold(orderId, pieces)).kind).toBe(enough ? 'held' : 'refused')
            if (enough) held.set(orderId, new Map(merged.map((p) => [p.itemId, p.quantity])))
          } else if (verb === 'take') {
            expect((await take(orderId, pieces)).kind).toBe(enough ? 'taken' : 'refused')
            if (enough) for (const p of merged) change(p.itemId, -p.quantity)
          } else if (verb === 'restock') {
            await transact(database.db, (tx) => restockItems(tx, pieces))
            for (const p of merged) change(p.itemId, p.quantity)
          } else if (verb === 'release') {
            expect(await release(orderId)).toBe(held.delete(orderId))
          } else if (verb === 'consume') {
            expect(await consume(orderId)).toBe(held.has(orderId))
            for (const [id, quantity] of held.get(orderId) ?? []) change(id, -quantity)
            held.delete(orderId)
          }
        }
        const rows = await stockRows()
        for (const id of items) {
          expect(rows.get(id)).toMatchObject({
            on_hand: onHand.get(id),
            held: heldOf(id),
            in_holds: heldOf(id),
          })
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('items for sale', () => {
  it('tells price, status as customers see it, and free pieces', async () => {
    await hold(newId(), [{ itemId: at(0), quantity: 4 }])
    const hidden = await addItem(3, 9, 'hidden')
    const found = await itemsForSale(database.db, [at(0), at(2), hidden, newId(), 'no id', at(0)])
    expect(found).toHaveLength(3)
    const byId = new Map(found.map((item) => [item.id, item]))
    expect(byId.get(at(0))).toEqual({
      id: at(0),
      name: '홍삼',
      enterprise: '(주)고려',
      thumbnail: null,
      categories: ['ETC'],
      status: 'on_sale',
      originPrice: 10_005,
      discountRate: 125,
      discountPrice: 1_251,
      realPrice: 8_754,
      taxFree: false,
      available: 16,
    })
    expect(byId.get(at(2))).toMatchObject({ status: 'sold_out', available: 0 })
    expect(byId.get(hidden)).toMatchObject({ status: 'hidden', available: 9 })
    expect(await itemsForSale(database.db, [])).toEqual([])
  })
})

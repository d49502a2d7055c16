import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import { cancelOrder } from './cancel-order.ts'
import { DEFAULT_ORDERS_SETTINGS } from './index.ts'
import { actor, openShop, type Shop, START } from './orders.fixture.ts'

/** How many unpaid orders, and so how much stock, one customer may keep from the others, and for how long. */
let shop: Shop
let itemId: string
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(async () => {
  await shop.settleAll()
  itemId = await shop.addItem(1_000)
})

const LIMIT = DEFAULT_ORDERS_SETTINGS.openOrdersPerCustomer
const refusal = { kind: 'refused', code: 'too_many_open_orders', facts: { limit: LIMIT } }
const one = (customerId: string, key?: string) =>
  shop.place([{ itemId, quantity: 1 }], { customerId, ...(key === undefined ? {} : { key }) })

/** As many unpaid orders as are allowed. */
async function fill(customerId: string) {
  const placed = []
  for (let n = 0; n < LIMIT; n++) placed.push(await shop.placed([{ itemId, quantity: 1 }], { customerId }))
  return placed
}

describe('unpaid pieces of one customer', () => {
  it('are 500 at most over all orders, and more hold no stock', async () => {
    const customerId = newId()
    const many = (quantity: number) => shop.place([{ itemId, quantity }], { customerId })
    for (let n = 0; n < 5; n++) expect((await many(99)).kind).toBe('answered')
    expect(await many(6)).toEqual({ kind: 'refused', code: 'too_many_unpaid_pieces', facts: { limit: 500 } })
    expect((await shop.stock(itemId)).held).toBe(495)
    expect((await many(5)).kind).toBe('answered')
  })
})

describe('unpaid orders of one customer', () => {
  it('are 20 at most; one more holds no stock, and its key may be used again', async () => {
    expect(LIMIT).toBe(20)
    const customerId = newId()
    const key = newId()
    await fill(customerId)
    expect(await one(customerId, key)).toEqual(refusal)
    expect((await shop.stock(itemId)).held).toBe(20)
    expect((await one(newId())).kind).toBe('answered')
    shop.clock.advance({ minutes: 30 })
    await shop.orders.expireOrders()
    expect((await one(customerId, key)).kind).toBe('answered')
  })

  it('make room when one is paid or cancelled, not when a kept answer is asked for again', async () => {
    const customerId = newId()
    const key = newId()
    const first = await one(customerId, key)
    for (let n = 1; n < LIMIT; n++) await one(customerId)
    expect(await one(customerId, key)).toMatchObject({ replayed: true })
    expect(await one(customerId)).toEqual(refusal)
    if (first.kind === 'refused') throw new Error(first.code)
    await shop.pay(first.body.id, 10_000)
    const next = await one(customerId)
    if (next.kind === 'refused') throw new Error(next.code)
    expect(await one(customerId)).toEqual(refusal)
    await cancelOrder(shop.deps, { orderId: next.body.id, actor: actor(customerId) })
    expect((await one(customerId)).kind).toBe('answered')
  })

  it('do not include the deliveries of subscriptions', async () => {
    const customerId = newId()
    await fill(customerId)
    const wish = { orderId: newId(), subscriptionId: newId(), customerId, cycleNo: 2, itemId, quantity: 1 }
    const { receiver } = await shop.order((await shop.placed([{ itemId, quantity: 1 }])).id)
    const rest = { unitPrice: won(9_000), receiver, now: START }
    const cycle = await transact(shop.db, (tx) => shop.orders.placeCycleOrder(tx, { ...wish, ...rest }))
    expect(cycle.kind).toBe('placed')
  })

  it('are never more, also when 60 are placed at the same moment', async () => {
    const customerId = newId()
    const results = await Promise.all(Array.from({ length: 60 }, () => one(customerId)))
    expect(results.filter((result) => result.kind === 'answered')).toHaveLength(LIMIT)
    for (const result of results) if (result.kind === 'refused') expect(result).toEqual(refusal)
    expect(await shop.stock(itemId)).toEqual({ onHand: 1_000, held: LIMIT, holds: LIMIT })
  })

  it('leave others alone: two customers at once have room for themselves', async () => {
    const customers = [newId(), newId()]
    const results = await Promise.all(
      Array.from({ length: 2 * LIMIT }, (_, n) => one(customers[n % 2] ?? newId())),
    )
    expect(results.filter((result) => result.kind === 'answered')).toHaveLength(2 * LIMIT)
  })
})

describe('the stock of an unpaid order', () => {
  const keepOpen = (id: string, until: Temporal.Instant) =>
    transact(shop.db, (tx) => shop.orders.payable.keepOpenUntil(tx, id, until))

  it('is held for an hour at most, however often its payment is begun', async () => {
    const { id } = await shop.placed([{ itemId, quantity: 3 }])
    // Every five minutes the customer begins to pay again, and gets twenty minutes for it.
    const ends = []
    for (let minute = 0; minute < 60; minute += 5) {
      shop.clock.set(START.add({ minutes: minute }))
      await keepOpen(id, shop.clock.now().add({ minutes: 20 }))
      ends.push((await shop.order(id)).expiresAt)
      await shop.orders.expireOrders()
    }
    const minutes = [30, 30, 30, 35, 40, 45, 50, 55, 60, 60, 60, 60]
    expect(ends).toEqual(minutes.map((later) => START.add({ minutes: later })))
    expect((await shop.stock(itemId)).held).toBe(3)
    shop.clock.set(START.add({ minutes: 60 }))
    await keepOpen(id, START.add({ hours: 9 }))
    await shop.orders.expireOrders()
    expect((await shop.order(id)).state).toBe('expired')
    expect(await shop.stock(itemId)).toEqual({ onHand: 1_000, held: 0, holds: 0 })
  })
})

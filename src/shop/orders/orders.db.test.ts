import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { openShop, receiver, type Shop, START } from './orders.fixture.ts'
import { placeOrder } from './place-order.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

async function countOrders(customerId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from orders."order" where customer_id = ${customerId}`.execute(shop.db)
  return rows[0]?.n ?? 0
}

describe('placing an order', () => {
  it('computes the amounts, keeps a copy of the lines, holds the stock and tells of it', async () => {
    const a = await shop.addItem(10, 12_500, 200)
    const b = await shop.addItem(10, 5_000)
    const customerId = newId()
    const lines = [
      { itemId: a, quantity: 1 },
      { itemId: b, quantity: 3 },
      { itemId: a, quantity: 1 },
    ]
    const order = await shop.placed(lines, { customerId, expectedTotal: 35_000 })
    expect(order).toMatchObject({
      customerId,
      state: 'awaiting_payment',
      itemCount: 5,
      amounts: { originTotal: 40_000, discountTotal: 5_000, total: 35_000, vat: 3_182, refundedTotal: 0 },
      lines: [
        { lineNo: 1, itemId: a, quantity: 2, unitPrice: 10_000, lineTotal: 20_000 },
        { lineNo: 2, itemId: b, quantity: 3, unitPrice: 5_000, lineTotal: 15_000 },
      ],
      receiver: { phone: '01012345678' },
      placedAt: '2026-11-20T16:00:00Z',
      expiresAt: '2026-11-20T16:30:00Z',
      paidAt: null,
      payment: null,
    })
    // 01:00 on the 21st in Seoul.
    expect(order.orderNumber).toMatch(/^20261121-/)
    expect(await shop.stock(a)).toEqual({ onHand: 10, held: 2, holds: 2 })
    const [event, ...more] = await shop.events(order.id)
    expect(more).toEqual([])
    expect(event).toMatchObject({
      type: 'shop.order.placed',
      version: 1,
      data: { total: 35_000, lines: [{ itemId: a, quantity: 2, unitPrice: 10_000, lineTotal: 20_000 }, {}] },
    })
  })

  it('keeps name and price as they were when the catalogue changes', async () => {
    const itemId = await shop.addItem(5, 10_000)
    const order = await shop.placed([{ itemId, quantity: 1 }])
    await shop.changeItem(itemId, { name: '새 이름', price: 99_000 })
    expect(await shop.order(order.id)).toMatchObject({
      total: 10_000,
      lines: [{ name: order.lines[0]?.name, unitPrice: 10_000 }],
    })
  })

  it('leaves nothing behind when it is refused', async () => {
    const plenty = await shop.addItem(10)
    const scarce = await shop.addItem(1)
    const customerId = newId()
    const key = newId()
    // Somebody takes the last piece between reading and holding.
    const stale = {
      ...shop.deps.catalog,
      itemsForSale: async (...args: Parameters<typeof shop.deps.catalog.itemsForSale>) =>
        (await shop.deps.catalog.itemsForSale(...args)).map((item) => ({ ...item, available: 99 })),
    }
    const lines = [
      { itemId: plenty, quantity: 2 },
      { itemId: scarce, quantity: 2 },
    ]
    const command = { customerId, idempotencyKey: key, asked: { lines, receiver } }
    const refusal = await placeOrder({ ...shop.deps, catalog: stale, draw: () => 1 }, command)
    expect(refusal).toMatchObject({ code: 'out_of_stock', facts: { itemId: scarce, available: 1 } })
    expect(await countOrders(customerId)).toBe(0)
    expect(await shop.stock(plenty)).toEqual({ onHand: 10, held: 0, holds: 0 })
    const { rows } = await sql`select 1 from platform.idempotency_key where key = ${key}`.execute(shop.db)
    expect(rows).toEqual([])
  })

  it('draws again when an order number is taken', async () => {
    const itemId = await shop.addItem(5)
    const first = await shop.placed([{ itemId, quantity: 1 }], { draw: () => 123_456_789 })
    const rest = [123_456_789, 123_456_789, 987_654]
    const second = await shop.placed([{ itemId, quantity: 1 }], { draw: () => rest.shift() ?? 0 })
    expect(second.orderNumber).not.toBe(first.orderNumber)
    expect(await shop.order(second.id)).toMatchObject({ orderNumber: second.orderNumber })
    const always = shop.place([{ itemId, quantity: 1 }], { draw: () => 123_456_789 })
    await expect(always).rejects.toThrow('no free order number')
    expect(await shop.stock(itemId)).toEqual({ onHand: 5, held: 2, holds: 2 })
  })

  it('sells the last 20 pieces to exactly 20 of 200 buyers at once', async () => {
    const itemId = await shop.addItem(20)
    const results = await Promise.all(
      Array.from({ length: 200 }, () => shop.place([{ itemId, quantity: 1 }])),
    )
    const sold = results.filter((result) => result.kind === 'answered')
    const refusals = results.filter((result) => result.kind === 'refused')
    expect(sold).toHaveLength(20)
    expect(new Set(refusals.map((result) => result.code))).toEqual(new Set(['out_of_stock']))
    expect(await shop.stock(itemId)).toEqual({ onHand: 20, held: 20, holds: 20 })
  })

  it('does not deadlock when buyers want the same items in different order', async () => {
    const items = await Promise.all(Array.from({ length: 5 }, () => shop.addItem(1_000)))
    const lines = items.map((itemId) => ({ itemId, quantity: 1 }))
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, n) => shop.place(n % 2 === 0 ? lines : lines.toReversed())),
    )
    expect(results.filter((result) => result.kind === 'answered')).toHaveLength(60)
    for (const itemId of items) expect((await shop.stock(itemId)).held).toBe(60)
  })
})

describe('one idempotency key', () => {
  it('makes one order of 50 requests at once, and all get the same answer', async () => {
    const itemId = await shop.addItem(100)
    const wish = { customerId: newId(), key: newId() }
    const results = await Promise.all(
      Array.from({ length: 50 }, () => shop.place([{ itemId, quantity: 2 }], wish)),
    )
    const bodies = results.map((result) => (result.kind === 'answered' ? result.body : result))
    for (const body of bodies) expect(body).toEqual(bodies[0])
    expect(results.filter((result) => result.kind === 'answered' && !result.replayed)).toHaveLength(1)
    expect(await countOrders(wish.customerId)).toBe(1)
    expect((await shop.stock(itemId)).held).toBe(2)
  })

  it('gets the kept answer even when price and stock have changed since', async () => {
    const itemId = await shop.addItem(1)
    const wish = { customerId: newId(), key: newId(), expectedTotal: 10_000 }
    const first = await shop.placed([{ itemId, quantity: 1 }], wish)
    await shop.changeItem(itemId, { price: 20_000, status: 'hidden' })
    expect(await shop.placed([{ itemId, quantity: 1 }], wish)).toEqual(first)
  })

  it('is refused for another body, and belongs to one customer', async () => {
    const itemId = await shop.addItem(10)
    const wish = { customerId: newId(), key: newId() }
    const first = await shop.placed([{ itemId, quantity: 1 }], wish)
    expect(await shop.place([{ itemId, quantity: 2 }], wish)).toMatchObject({
      code: 'idempotency_key_reused',
    })
    const other = await shop.placed([{ itemId, quantity: 1 }], { key: wish.key })
    expect(other.id).not.toBe(first.id)
  })

  it('may be used again after a refusal', async () => {
    const itemId = await shop.addItem(10, 10_000)
    const wish = { customerId: newId(), key: newId(), expectedTotal: 9_000 }
    expect(await shop.place([{ itemId, quantity: 1 }], wish)).toMatchObject({
      code: 'total_changed',
      facts: { currentTotal: 10_000 },
    })
    expect(await shop.place([{ itemId, quantity: 1 }], { ...wish, expectedTotal: 10_000 })).toMatchObject({
      status: 201,
    })
  })
})

describe('the table', () => {
  it.each([
    ['order_amounts', 'total = total + 1'],
    ['order_refunded', 'refunded_total = 1'],
    ['order_payment', `state = 'paid', version = 2`],
    ['order_payment', 'paid_at = now()'],
    ['order_closing', `state = 'cancelled'`],
    ['order_payment', `state = 'lost'`],
  ])('refuses by %s: %s', async (constraint, change) => {
    const itemId = await shop.addItem(1)
    const { id } = await shop.placed([{ itemId, quantity: 1 }])
    const update = sql`update orders."order" set ${sql.raw(change)} where id = ${id}`.execute(shop.db)
    await expect(update).rejects.toMatchObject({ constraint })
  })
})

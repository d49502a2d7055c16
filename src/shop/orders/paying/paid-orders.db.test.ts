import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { refused } from '../../../platform/refusal.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { cancelOrder } from '../cancel-order.ts'
import { moveOrder } from '../move-order.ts'
import { actor, openShop, type Shop, START } from '../orders.fixture.ts'
import { moveLines } from '../rules/delivery.ts'
import { findOrder, lockOrder, saveLines, saveOrder } from '../store/order-store.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

/** An order of two lines, 40,000 won, of ten pieces each in stock. */
async function order(customerId = newId()) {
  const items = [await shop.addItem(10, 10_000), await shop.addItem(10, 20_000)] as const
  const lines = [
    { itemId: items[0], quantity: 2 },
    { itemId: items[1], quantity: 1 },
  ]
  const { id } = await shop.placed(lines, { customerId })
  return { id, customerId, items }
}

async function paidOrder(customerId = newId()) {
  const made = await order(customerId)
  const attemptId = newId()
  expect(await shop.pay(made.id, 40_000, attemptId)).toBe('accepted')
  return { ...made, attemptId }
}

const cancelled = (id: string, userId: string, deps = shop.deps) =>
  cancelOrder(deps, { orderId: id, actor: actor(userId) })

/** @param lineNos default: all of it */
async function ship(orderId: string, lineNos?: readonly number[]): Promise<void> {
  const parcel = { carrier: 'hanjin', trackingNumber: '123456789012' } as const
  const moved = await moveOrder(shop.deps, {
    actorId: 'packer',
    orderId,
    wanted: lineNos?.map((lineNo) => ({ lineNo })),
    step: { step: 'ship', parcel },
  })
  if (moved.kind === 'refused') throw new Error(moved.code)
}

describe('a payment', () => {
  it('makes the order paid, sells its stock and tells of it', async () => {
    const { id, items, attemptId } = await paidOrder()
    expect(await shop.order(id)).toMatchObject({
      state: 'paid',
      version: 2,
      payment: { attemptId, provider: 'toss', at: START },
    })
    expect(await shop.stock(items[0])).toEqual({ onHand: 8, held: 0, holds: 0 })
    const [, paid] = await shop.events(id)
    expect(paid).toMatchObject({
      type: 'shop.order.paid',
      version: 2,
      data: {
        total: 40_000,
        paidAt: START.toString(),
        lines: [{ itemId: items[0], quantity: 2, unitPrice: 10_000, lineTotal: 20_000 }, {}],
      },
    })
  })

  it('told twice is accepted twice and counted once; another one is too late', async () => {
    const { id, attemptId, items } = await paidOrder()
    expect(await shop.pay(id, 40_000, attemptId)).toBe('accepted')
    expect(await shop.pay(id, 40_000)).toBe('too_late')
    expect(await shop.events(id)).toHaveLength(2)
    expect((await shop.stock(items[0])).onHand).toBe(8)
  })

  it('of another amount, of an unknown order, or without held stock is given back', async () => {
    const { id } = await order()
    expect(await shop.pay(id, 39_999)).toBe('too_late')
    expect(await shop.pay(newId(), 40_000)).toBe('too_late')
    await sql`delete from catalog.stock_hold where order_id = ${id}`.execute(shop.db)
    expect(await shop.pay(id, 40_000)).toBe('too_late')
    expect((await shop.order(id)).state).toBe('awaiting_payment')
  })

  it('may begin only while the order waits for it', async () => {
    const { id, customerId } = await order()
    const lock = () => shop.db.transaction().execute((tx) => shop.orders.payable.lockForPayment(tx, id))
    expect(await lock()).toMatchObject({
      kind: 'payable',
      orderId: id,
      ownerId: customerId,
      total: 40_000,
      itemName: expect.stringMatching(/^상품 .* 외 1건$/),
      quantity: 3,
    })
    shop.clock.advance({ minutes: 30 })
    expect(await lock()).toMatchObject({ code: 'order_closed' })
    expect(await shop.pay(id, 40_000)).toBe('accepted')
    expect(await lock()).toMatchObject({ code: 'order_already_paid' })
  })
})

describe('a refund', () => {
  const lock = (id: string) =>
    shop.db.transaction().execute((tx) => shop.orders.payable.lockForRefund(tx, id))

  it('is possible only for a paid order', async () => {
    const waiting = await order()
    expect(await lock(waiting.id)).toMatchObject({ code: 'order_not_refundable' })
    expect(await lock(newId())).toMatchObject({ code: 'not_found' })
    expect(await lock((await paidOrder()).id)).toMatchObject({ kind: 'payable', total: 40_000 })
  })

  it('of all of it closes the order and puts the stock back', async () => {
    const { id, items } = await paidOrder()
    await shop.giveBack(id, won(40_000), won(0))
    expect(await shop.order(id)).toMatchObject({
      state: 'refunded',
      version: 3,
      closing: { reason: 'refunded' },
    })
    expect(await shop.stock(items[0])).toEqual({ onHand: 10, held: 0, holds: 0 })
    expect((await shop.events(id)).at(-1)).toMatchObject({
      type: 'shop.order.refunded',
      version: 3,
      data: { amount: 40_000, full: true, lines: [{ itemId: items[0], quantity: 2 }, { quantity: 1 }] },
    })
    expect(await lock(id)).toMatchObject({ code: 'order_not_refundable' })
  })

  it('in parts gives the stock back with the last one, and counts each part once', async () => {
    const { id, items } = await paidOrder()
    await shop.giveBack(id, won(15_000), won(25_000))
    await shop.giveBack(id, won(15_000), won(25_000))
    expect(await shop.order(id)).toMatchObject({
      state: 'partially_refunded',
      refundedTotal: 15_000,
      version: 3,
    })
    expect((await shop.stock(items[0])).onHand).toBe(8)
    expect((await shop.events(id)).at(-1)?.data).toMatchObject({ amount: 15_000, full: false, lines: [] })
    await shop.giveBack(id, won(25_000), won(0))
    expect(await shop.order(id)).toMatchObject({ state: 'refunded', refundedTotal: 40_000, version: 4 })
    expect((await shop.stock(items[0])).onHand).toBe(10)
  })

  it('of a shipped order leaves the stock alone', async () => {
    const { id, items } = await paidOrder()
    await ship(id)
    await shop.giveBack(id, won(10_000), won(30_000))
    await shop.giveBack(id, won(30_000), won(0))
    expect(await shop.order(id)).toMatchObject({ state: 'refunded', shippedAt: START })
    expect((await shop.stock(items[0])).onHand).toBe(8)
  })

  it('of an order of which one parcel has left puts back what has not, also when it left just now', async () => {
    const { id, items } = await paidOrder()
    const locked = Promise.withResolvers<void>()
    const sent = Promise.withResolvers<void>()
    const shipping = transact(shop.db, async (tx) => {
      await lockOrder(tx, id)
      locked.resolve()
      await sent.promise
      const order = await findOrder(tx, id)
      if (!order) throw new Error('no such order')
      const parcel = { carrier: 'hanjin', trackingNumber: '123456789012' } as const
      const moved = moveLines(order, { step: 'ship', parcel, shipmentId: newId() }, [{ lineNo: 1 }], START)
      if (moved.kind !== 'moved') throw new Error(moved.kind)
      await saveOrder(tx, order, moved.order)
      await saveLines(tx, id, moved.lines)
    })
    await locked.promise
    const given = shop.giveBack(id, won(40_000), won(0))
    await until(
      async () => {
        const { rows } = await sql`
          select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
          shop.db,
        )
        return rows.length > 0
      },
      { deadlineMs: 5_000, what: 'the refund that waits for the order' },
    )
    sent.resolve()
    await Promise.all([shipping, given])
    expect(await shop.order(id)).toMatchObject({ state: 'refunded', shippedAt: START })
    expect((await shop.stock(items[0])).onHand).toBe(8)
    expect((await shop.stock(items[1])).onHand).toBe(10)
  })

  it('that does not continue the order’s own sum, or of no order, throws; of an unpaid one it changes nothing', async () => {
    const { id } = await paidOrder()
    await expect(shop.giveBack(id, won(10_000), won(10_000))).rejects.toThrow('given back')
    await expect(shop.giveBack(newId(), won(1), won(0))).rejects.toThrow('unknown order')
    const waiting = await order()
    await shop.giveBack(waiting.id, won(40_000), won(0))
    expect(await shop.order(waiting.id)).toMatchObject({ state: 'awaiting_payment', version: 1 })
  })
})

describe('cancelling', () => {
  it('ends an unpaid order at once and frees its stock; again it answers the same', async () => {
    const { id, customerId, items } = await order()
    shop.payments.attempts.set(id, 'closed')
    const first = await cancelled(id, customerId)
    expect(first).toMatchObject({ kind: 'cancelled', order: { state: 'cancelled', version: 2 } })
    expect(await cancelled(id, customerId)).toEqual(first)
    expect(await shop.stock(items[0])).toEqual({ onHand: 10, held: 0, holds: 0 })
    expect((await shop.events(id)).map((event) => event.type)).toEqual([
      'shop.order.placed',
      'shop.order.cancelled',
    ])
  })

  it('waits while money may be moving', async () => {
    const { id, customerId, items } = await order()
    shop.payments.attempts.set(id, 'in_flight')
    expect(await cancelled(id, customerId)).toMatchObject({
      code: 'payment_in_progress',
      retryAfterSeconds: 5,
    })
    expect((await shop.order(id)).state).toBe('awaiting_payment')
    expect((await shop.stock(items[0])).held).toBe(2)
  })

  it('asks the money back for a paid order, and the order changes when it has moved', async () => {
    const { id, customerId, items } = await paidOrder()
    const answer = await cancelled(id, customerId)
    expect(answer).toMatchObject({ kind: 'cancelled', order: { state: 'paid', refundRequestedAt: START } })
    expect(shop.payments.refunds.get(id)).toMatchObject({ requestedBy: customerId })
    expect(await shop.order(id)).toMatchObject({ state: 'paid', version: 2, refundRequestedAt: START })
    expect((await shop.stock(items[0])).onHand).toBe(8)

    shop.clock.advance({ minutes: 1 })
    expect(await cancelled(id, customerId)).toEqual(answer)
    await shop.giveBack(id, won(40_000), won(0))
    expect(await cancelled(id, customerId)).toMatchObject({ kind: 'cancelled', order: { state: 'refunded' } })
    expect((await shop.stock(items[0])).onHand).toBe(10)
  })

  it('is undone when the provider declines the refund: the order can be sent, or cancelled again', async () => {
    const { id, customerId } = await paidOrder()
    await cancelled(id, customerId)
    const refundId = shop.payments.refunds.get(id)?.refundId ?? ''
    await expect(ship(id)).rejects.toThrow('order_refund_requested')
    shop.payments.refunds.delete(id)
    const declined = { orderId: id, refundId, at: shop.clock.now() }
    for (let told = 0; told < 2; told++)
      await transact(shop.db, (tx) => shop.orders.payable.refundDeclined(tx, declined))
    expect(await shop.order(id)).toMatchObject({ state: 'paid', refundRequestedAt: null })
    const sent = await paidOrder()
    await cancelled(sent.id, sent.customerId)
    await transact(shop.db, (tx) => shop.orders.payable.refundDeclined(tx, { ...declined, orderId: sent.id }))
    await ship(sent.id)
    expect((await shop.order(sent.id)).state).toBe('shipped')
    expect(await cancelled(id, customerId)).toMatchObject({
      kind: 'cancelled',
      order: { refundRequestedAt: START },
    })
    expect(shop.payments.refunds.get(id)?.refundId).not.toBe(refundId)
  })

  it('changes nothing when payments refuse the refund', async () => {
    const { id, customerId } = await paidOrder()
    const deps = {
      ...shop.deps,
      payments: { ...shop.payments.port, refundOrder: async () => refused('refund_in_progress') },
    }
    expect(await cancelled(id, customerId, deps)).toMatchObject({ code: 'refund_in_progress' })
    expect(await shop.order(id)).toMatchObject({ state: 'paid', refundRequestedAt: null })
  })

  it('is too late for a shipped or expired order, and impossible for somebody else', async () => {
    const shipped = await paidOrder()
    await ship(shipped.id)
    expect(await cancelled(shipped.id, shipped.customerId)).toMatchObject({ code: 'order_not_cancellable' })
    expect(await cancelled(shipped.id, newId())).toMatchObject({ code: 'not_found' })
    expect(await cancelled(newId(), newId())).toMatchObject({ code: 'not_found' })
    const late = await order()
    shop.clock.advance({ hours: 1 })
    await shop.orders.expireOrders()
    expect(await cancelled(late.id, late.customerId)).toMatchObject({ code: 'order_closed' })
  })

  it('twenty times at once asks for one refund', async () => {
    const { id, customerId } = await paidOrder()
    const answers = await Promise.all(Array.from({ length: 20 }, () => cancelled(id, customerId)))
    for (const answer of answers)
      expect(answer).toMatchObject({ kind: 'cancelled', order: { id, state: 'paid' } })
    expect(shop.payments.refunds.has(id)).toBe(true)
  })
})

import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import type { AttemptEnd } from '../../payments/index.ts'
import { cancelOrder } from '../cancel-order.ts'
import type { CycleOrderFate } from '../cycle-port.ts'
import { actor, openShop, receiver, type Shop, START } from '../orders.fixture.ts'
import { findOrder } from '../store/order-store.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => {
  shop.clock.set(START)
  shop.payments.attempts.clear()
  shop.payments.closed.length = 0
  shop.cycles.told.length = 0
  shop.cycles.answer.fate = 'keep'
})

const to = { ...receiver, phone: '01012345678', deliveryNote: null }

async function wish(stock = 5) {
  const itemId = await shop.addItem(stock, 12_000, 100)
  const ids = { orderId: newId(), subscriptionId: newId(), customerId: newId() }
  return { ...ids, cycleNo: 2, itemId, quantity: 2, unitPrice: won(9_000), receiver: to, now: START }
}
type Wish = Awaited<ReturnType<typeof wish>>

const place = (one: Wish) => transact(shop.db, (tx) => shop.orders.placeCycleOrder(tx, one))
const hold = (id: string) => transact(shop.db, (tx) => shop.orders.holdCycleStock(tx, id))
const release = (id: string) => transact(shop.db, (tx) => shop.orders.releaseCycleHold(tx, id))
const giveUp = (id: string) =>
  transact(shop.db, (tx) => shop.orders.cancelCycleOrder(tx, id, 'payment_given_up'))
const lock = (id: string, payer?: string) =>
  transact(shop.db, (tx) => shop.orders.payable.lockForPayment(tx, id, payer))

async function placed(stock = 5) {
  const one = await wish(stock)
  expect((await place(one)).kind).toBe('placed')
  return one
}
async function now(id: string) {
  const order = await findOrder(shop.db, id)
  if (!order) throw new Error('no such order')
  return order
}
const free = { onHand: 5, held: 0, holds: 0 }
const held = { onHand: 5, held: 2, holds: 2 }

describe('the order of a cycle', () => {
  it('costs the agreed price, whatever the catalogue says, waits without an end and holds its pieces', async () => {
    const one = await wish()
    expect(await place(one)).toMatchObject({
      kind: 'placed',
      orderId: one.orderId,
      total: 18_000,
      fresh: { kind: 'payable', ownerId: one.customerId, total: 18_000, quantity: 2 },
    })
    // Placed before, it must be locked and looked at by whoever is to be paid.
    expect(await place(one)).toMatchObject({ kind: 'placed', orderId: one.orderId, fresh: null })
    expect(await now(one.orderId)).toMatchObject({
      state: 'awaiting_payment',
      customerId: one.customerId,
      total: 18_000,
      originTotal: 18_000,
      discountTotal: 0,
      itemCount: 2,
      receiver: to,
      expiresAt: null,
      consent: null,
      cycle: { subscriptionId: one.subscriptionId, no: 2, stockHeld: true },
      lines: [{ itemId: one.itemId, unitPrice: 9_000, enterprise: '건강제약', subscription: null }],
    })
    expect(await shop.stock(one.itemId)).toEqual(held)
    expect(await shop.events(one.orderId)).toMatchObject([
      { type: 'shop.order.placed', data: { kind: 'cycle', expiresAt: null, total: 18_000 } },
    ])
  })

  it('is free of VAT when the item is so today', async () => {
    const one = await wish()
    await sql`update catalog.item set tax_free = true where id = ${one.itemId}`.execute(shop.db)
    expect(await place(one)).toMatchObject({ fresh: { total: 18_000, taxFree: 18_000 } })
    await sql`update catalog.item set tax_free = false where id = ${one.itemId}`.execute(shop.db)
    expect(await lock(one.orderId)).toMatchObject({ kind: 'payable', taxFree: 18_000 })
  })

  it('exists once for a cycle, however often and from wherever it is placed', async () => {
    const one = await wish()
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => place({ ...one, orderId: newId() })),
    )
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
    const { rows } = await sql<{ id: string }>`
      select id from orders."order" where subscription_id = ${one.subscriptionId}`.execute(shop.db)
    expect(rows).toHaveLength(1)
    expect(await place(one)).toMatchObject({ kind: 'placed', orderId: rows[0]?.id })
    expect(await shop.stock(one.itemId)).toEqual(held)
  })

  it('that cannot be filled is refused, and the transaction may go on', async () => {
    const one = await wish(1)
    const other = newId()
    const result = await transact(shop.db, async (tx) => {
      const refusal = await shop.orders.placeCycleOrder(tx, one)
      await sql`insert into platform.inbox (subscriber, event_id) values ('test', ${other})`.execute(tx)
      return refusal
    })
    expect(result).toMatchObject({ code: 'out_of_stock', facts: { itemId: one.itemId, available: 1 } })
    const kept = await sql`select 1 from platform.inbox where event_id = ${other}`.execute(shop.db)
    expect(kept.rows).toHaveLength(1)
    expect(await shop.stock(one.itemId)).toEqual({ onHand: 1, held: 0, holds: 0 })
    expect(await findOrder(shop.db, one.orderId)).toBeUndefined()
  })

  it('of an item that is hidden, sold out or gone is refused', async () => {
    for (const [status, code] of [
      ['hidden', 'item_not_on_sale'],
      ['sold_out', 'out_of_stock'],
    ] as const) {
      const one = await wish()
      await shop.changeItem(one.itemId, { status })
      expect(await place(one)).toMatchObject({ code })
    }
    expect(await place({ ...(await wish()), itemId: newId() })).toMatchObject({ code: 'item_not_found' })
  })

  it('never expires, and cannot be cancelled as an order while it waits', async () => {
    const one = await placed()
    shop.clock.advance({ hours: 10_000 })
    expect(await shop.orders.expireOrders()).toMatchObject({ expired: 0, kept: 0 })
    expect(
      await cancelOrder(shop.deps, { orderId: one.orderId, actor: actor(one.customerId) }),
    ).toMatchObject({
      code: 'order_of_subscription',
    })
    expect((await now(one.orderId)).state).toBe('awaiting_payment')
    expect(await lock(one.orderId, one.customerId)).toMatchObject({ kind: 'payable', recurring: true })
  })
})

describe('between two tries', () => {
  it('its pieces are free, and are set aside again for the next one', async () => {
    const one = await placed()
    expect([await release(one.orderId), await release(one.orderId)]).toEqual([true, false])
    expect(await shop.stock(one.itemId)).toEqual(free)
    for (const again of [() => hold(one.orderId), () => lock(one.orderId), () => place(one)]) {
      await again()
      await again()
      expect(await shop.stock(one.itemId)).toEqual(held)
      await release(one.orderId)
    }
  })

  it('others may have bought them: then nothing can be charged', async () => {
    const one = await placed(2)
    await release(one.orderId)
    await placed2(one.itemId)
    expect(await hold(one.orderId)).toMatchObject({ code: 'out_of_stock' })
    expect(await lock(one.orderId)).toMatchObject({ code: 'out_of_stock' })
    expect(await place(one)).toMatchObject({ code: 'out_of_stock' })
  })

  it('what is no longer on sale is not charged, unless its pieces are still set aside', async () => {
    const one = await placed()
    await shop.changeItem(one.itemId, { status: 'hidden' })
    expect((await place(one)).kind).toBe('placed')
    await release(one.orderId)
    expect(await place(one)).toMatchObject({ code: 'item_not_on_sale' })
    expect(await shop.stock(one.itemId)).toEqual(free)
  })

  it('money that comes after all takes free pieces, or goes back when there are none', async () => {
    const one = await placed(2)
    await release(one.orderId)
    expect(await shop.pay(one.orderId, 18_000)).toBe('accepted')
    expect(await shop.stock(one.itemId)).toEqual({ onHand: 0, held: 0, holds: 0 })
    const late = await placed(2)
    await release(late.orderId)
    await placed2(late.itemId)
    expect(await shop.pay(late.orderId, 18_000)).toBe('too_late')
    expect((await now(late.orderId)).state).toBe('awaiting_payment')
  })

  async function placed2(itemId: string): Promise<void> {
    expect((await place({ ...(await wish()), itemId })).kind).toBe('placed')
  }
})

describe('giving a cycle up', () => {
  it('ends its order once and frees its pieces', async () => {
    const one = await placed()
    expect([await giveUp(one.orderId), await giveUp(one.orderId)]).toEqual([
      { kind: 'cancelled' },
      { kind: 'cancelled' },
    ])
    expect(await now(one.orderId)).toMatchObject({
      state: 'cancelled',
      closing: { reason: 'payment_given_up' },
    })
    expect(await shop.stock(one.itemId)).toEqual(free)
    expect((await shop.events(one.orderId)).map(({ type }) => type)).toEqual([
      'shop.order.placed',
      'shop.order.cancelled',
    ])
    expect(await place(one)).toMatchObject({ code: 'order_closed' })
    expect(await shop.pay(one.orderId, 18_000)).toBe('too_late')
  })

  it('is not possible while money may be moving, nor afterwards', async () => {
    const one = await placed()
    shop.payments.attempts.set(one.orderId, 'in_flight')
    expect(await giveUp(one.orderId)).toMatchObject({ code: 'payment_in_progress' })
    expect((await now(one.orderId)).state).toBe('awaiting_payment')
    await shop.pay(one.orderId, 18_000)
    expect(await giveUp(one.orderId)).toMatchObject({ code: 'order_already_paid' })
    expect(await place(one)).toMatchObject({ code: 'order_already_paid' })
  })

  it('takes an attempt along that was not sent, so that nobody can pay it any more', async () => {
    const one = await placed()
    const { orderId } = one
    shop.payments.attempts.set(orderId, 'closed')
    expect(await giveUp(orderId)).toEqual({ kind: 'cancelled' })
    expect(shop.payments.closed).toEqual([{ orderId, reason: 'payment_given_up' }])
    expect(shop.cycles.told.map(({ name }) => name)).toEqual(['ended'])
    expect(await now(orderId)).toMatchObject({ state: 'cancelled', version: 2 })
    // The order is over: nothing is closed for it a second time.
    shop.payments.attempts.set(orderId, 'closed')
    expect(await giveUp(orderId)).toEqual({ kind: 'cancelled' })
    expect(shop.payments.closed).toHaveLength(1)
  })

  it.each([
    ['payment_given_up', 'payment_given_up'],
    ['release', 'subscription_ended'],
  ] as const)('ends once when the cycle answers the end of that attempt with %s', async (fate, reason) => {
    const one = await placed()
    const { orderId } = one
    shop.payments.attempts.set(orderId, 'closed')
    shop.cycles.answer.fate = fate
    const ended = await transact(shop.db, (tx) =>
      shop.orders.cancelCycleOrder(tx, orderId, 'subscription_ended'),
    )
    expect(ended).toEqual({ kind: 'cancelled' })
    expect(await now(orderId)).toMatchObject({ state: 'cancelled', version: 2, closing: { reason } })
    expect(await shop.stock(one.itemId)).toEqual(free)
    expect((await shop.events(orderId)).map(({ type }) => type)).toEqual([
      'shop.order.placed',
      'shop.order.cancelled',
    ])
  })

  it('is for cycles only', async () => {
    expect(await giveUp(newId())).toMatchObject({ code: 'not_found' })
    expect(await hold(newId())).toMatchObject({ code: 'not_found' })
    expect(await release(newId())).toBe(false)
  })
})

describe('news of its payment', () => {
  const attempt = { attemptId: newId(), at: START }
  const end = (orderId: string, outcome: AttemptEnd) =>
    transact(shop.db, (tx) =>
      shop.orders.payable.ended(tx, { orderId, ...attempt, origin: 'token', outcome }),
    )

  it('is passed on with the subscription and the number of the cycle', async () => {
    const one = await placed()
    const { orderId, subscriptionId } = one
    const news = { orderId, subscriptionId, cycleNo: 2, ...attempt }
    const { payable } = shop.orders
    await transact(shop.db, (tx) => payable.doubted(tx, { orderId, ...attempt }))
    await transact(shop.db, (tx) => payable.postponed(tx, { orderId, ...attempt, retryAfterMs: 5 }))
    await end(orderId, { kind: 'not_charged' })
    const paymentMethodId = newId()
    const notice = { orderId, ...attempt, provider: 'toss', total: won(18_000), paymentMethodId }
    await transact(shop.db, (tx) => payable.paid(tx, notice))
    await transact(shop.db, (tx) => payable.paid(tx, notice))
    expect(shop.cycles.told).toEqual([
      { name: 'doubted', news },
      { name: 'postponed', news: { ...news, retryAfterMs: 5 } },
      { name: 'ended', news: { ...news, origin: 'token', outcome: { kind: 'not_charged' } } },
      { name: 'paid', news: { ...news, paymentMethodId } },
    ])
    expect((await shop.events(orderId)).at(-1)).toMatchObject({
      type: 'shop.order.paid',
      data: { kind: 'cycle', paymentMethodId },
    })
  })

  it.each([
    ['keep', 'awaiting_payment', held],
    ['release', 'awaiting_payment', free],
    ['payment_given_up', 'cancelled', free],
    ['subscription_ended', 'cancelled', free],
  ] as const)('has the order do what the cycle answers: %s', async (fate, state, stock) => {
    const one = await placed()
    shop.cycles.answer.fate = fate satisfies CycleOrderFate
    await end(one.orderId, { kind: 'declined', class: 'final', code: 'no' })
    expect((await now(one.orderId)).state).toBe(state)
    expect(await shop.stock(one.itemId)).toEqual(stock)
  })

  it('of a purchase concerns no subscription', async () => {
    const { orderId } = await placed()
    await sql`
      update orders."order" set kind = 'purchase', subscription_id = null, cycle_no = null, expires_at = ${START}
      where id = ${orderId}`.execute(shop.db)
    await end(orderId, { kind: 'declined', class: 'final', code: 'no' })
    await transact(shop.db, (tx) => shop.orders.payable.doubted(tx, { orderId, ...attempt }))
    await shop.pay(orderId, 18_000)
    expect(shop.cycles.told).toEqual([])
  })
})

describe('a refund asked for through payments', () => {
  it('is noted with the order, once, so that it is not shipped any more', async () => {
    const one = await placed()
    await shop.pay(one.orderId, 18_000)
    const ask = (at: Temporal.Instant) =>
      transact(shop.db, (tx) =>
        shop.orders.payable.refundRequested(tx, { orderId: one.orderId, refundId: newId(), at }),
      )
    await ask(START)
    await ask(START.add({ hours: 1 }))
    const order = await now(one.orderId)
    expect('refundRequestedAt' in order && order.refundRequestedAt?.toString()).toBe(START.toString())
  })
})

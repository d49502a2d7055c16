import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { cancelOrder } from './cancel-order.ts'
import { expireOrders } from './expire-orders.ts'
import { actor, openShop, type Shop, START } from './orders.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.settleAll())

describe('an order that is not paid in time', () => {
  it('expires, frees its stock and says so; not a moment earlier', async () => {
    const itemId = await shop.addItem(3)
    const order = await shop.placed([{ itemId, quantity: 3 }])
    shop.clock.set(START.add({ minutes: 30 }).subtract({ milliseconds: 1 }))
    await shop.orders.expireOrders()
    expect((await shop.order(order.id)).state).toBe('awaiting_payment')
    shop.clock.advance({ milliseconds: 1 })
    await shop.orders.expireOrders()
    expect(await shop.order(order.id)).toMatchObject({ state: 'expired', version: 2 })
    expect(await shop.stock(itemId)).toEqual({ onHand: 3, held: 0, holds: 0 })
    expect((await shop.events(order.id)).map((event) => event.type)).toEqual([
      'shop.order.placed',
      'shop.order.expired',
    ])
    expect(await shop.pay(order.id, 30_000)).toBe('too_late')
    expect((await shop.order(order.id)).state).toBe('expired')
  })

  it('stays while money may be moving, does not stop those behind it, and expires later', async () => {
    const itemId = await shop.addItem(5)
    const first = await shop.placed([{ itemId, quantity: 1 }])
    const second = await shop.placed([{ itemId, quantity: 1 }])
    shop.payments.attempts.set(first.id, 'in_flight')
    shop.payments.attempts.set(second.id, 'closed')
    shop.clock.advance({ hours: 1 })
    expect(await shop.orders.expireOrders()).toMatchObject({ kept: 1, expired: 1, failed: 0 })
    expect((await shop.order(first.id)).state).toBe('awaiting_payment')
    expect((await shop.order(second.id)).state).toBe('expired')
    expect(shop.payments.closed).toEqual([{ orderId: second.id, reason: 'payment_window_passed' }])
    shop.payments.attempts.delete(first.id)
    expect(await shop.orders.expireOrders()).toEqual({ kept: 0, expired: 1, failed: 0 })
    expect((await shop.stock(itemId)).held).toBe(0)
  })

  it('does not stop the others when ending it fails', async () => {
    const itemId = await shop.addItem(5)
    const [bad, good] = [
      await shop.placed([{ itemId, quantity: 1 }]),
      await shop.placed([{ itemId, quantity: 1 }]),
    ]
    shop.clock.advance({ hours: 1 })
    const failing = {
      ...shop.deps,
      catalog: {
        ...shop.deps.catalog,
        releaseHold: (...args: Parameters<typeof shop.deps.catalog.releaseHold>) =>
          args[1] === bad.id ? Promise.reject(new Error('broken')) : shop.deps.catalog.releaseHold(...args),
      },
    }
    expect(await expireOrders(failing)).toEqual({ expired: 1, kept: 0, failed: 1 })
    expect((await shop.order(bad.id)).state).toBe('awaiting_payment')
    expect((await shop.order(good.id)).state).toBe('expired')
  })

  it('is kept open longer on request, never shorter', async () => {
    const itemId = await shop.addItem(5)
    const { id } = await shop.placed([{ itemId, quantity: 1 }])
    const keep = (until: Temporal.Instant) =>
      shop.db.transaction().execute((tx) => shop.orders.payable.keepOpenUntil(tx, id, until))
    await keep(START.add({ minutes: 45 }))
    await keep(START.add({ minutes: 40 }))
    expect(await shop.order(id)).toMatchObject({ expiresAt: START.add({ minutes: 45 }), version: 1 })
    shop.clock.advance({ minutes: 44 })
    expect((await shop.orders.expireOrders()).expired).toBe(0)
    shop.clock.advance({ minutes: 1 })
    expect((await shop.orders.expireOrders()).expired).toBe(1)
    await keep(START.add({ hours: 9 }))
    expect(await shop.order(id)).toMatchObject({ state: 'expired', expiresAt: START.add({ minutes: 45 }) })
  })

  it('expires once under several sweeps at once', async () => {
    const itemId = await shop.addItem(100)
    const orders = await Promise.all(Array.from({ length: 40 }, () => shop.placed([{ itemId, quantity: 2 }])))
    shop.clock.advance({ hours: 1 })
    const counts = await Promise.all(Array.from({ length: 4 }, () => shop.orders.expireOrders()))
    expect(counts.reduce((sum, count) => sum + count.expired, 0)).toBe(40)
    expect(await shop.stock(itemId)).toEqual({ onHand: 100, held: 0, holds: 0 })
    for (const { id } of orders) expect(await shop.events(id)).toHaveLength(2)
  })
})

describe('a race for one order', () => {
  it('between payment, cancelling and expiry has exactly one winner, and the stock adds up', async () => {
    const itemId = await shop.addItem(100)
    const buyers = Array.from({ length: 30 }, () => newId())
    const orders = await Promise.all(
      buyers.map((customerId) => shop.placed([{ itemId, quantity: 2 }], { customerId })),
    )
    shop.clock.advance({ minutes: 31 })
    const sweeps = [shop.orders.expireOrders(), shop.orders.expireOrders()]
    const attempts = orders.map((order, n) => {
      const cancelling = () => cancelOrder(shop.deps, { orderId: order.id, actor: actor(order.customerId) })
      const paying = () => shop.pay(order.id, 20_000)
      // Who starts first differs from order to order.
      if (n % 3 === 0) return [paying(), cancelling()]
      return n % 3 === 1 ? [cancelling(), paying()] : [paying()]
    })
    await Promise.all([...attempts.flat(), ...sweeps])

    let sold = 0
    for (const { id } of orders) {
      const { state } = await shop.order(id)
      expect(['paid', 'cancelled', 'expired']).toContain(state)
      if (state === 'paid') sold += 2
      const events = await shop.events(id)
      expect(events.map((event) => event.type)).toEqual(['shop.order.placed', `shop.order.${state}`])
    }
    expect(await shop.stock(itemId)).toEqual({ onHand: 100 - sold, held: 0, holds: 0 })
  })

  it('between ten payments is won by one', async () => {
    const itemId = await shop.addItem(10)
    const { id } = await shop.placed([{ itemId, quantity: 1 }])
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => shop.pay(id, 10_000)))
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1)
    expect(await shop.stock(itemId)).toEqual({ onHand: 9, held: 0, holds: 0 })
    expect(await shop.events(id)).toHaveLength(2)
  })
})

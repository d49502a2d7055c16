import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { orderPaid } from '../../../contracts/order-events.ts'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { latestTerms } from '../rules/subscription.ts'
import { EVERY_30_DAYS, openShop, type Shop, START } from '../subscriptions.fixture.ts'
import { endSubscriptionsForRefund, endSubscriptionsForWithdrawal } from './end-subscriptions.ts'
import { startSubscriptions } from './start-subscription.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

async function call(...request: Parameters<Shop['send']>) {
  const reply = await shop.send(...request)
  return { status: reply.statusCode, json: reply.json() }
}

const withdraw = (customerId: string) =>
  transact(shop.db, (tx) => endSubscriptionsForWithdrawal(shop.deps, tx, customerId))

async function paidEvent(orderId: string) {
  const { rows } = await sql<{ data: unknown; version: number }>`
    select data, schema_version as version from platform.outbox
    where subject = ${orderId} and type = 'shop.order.paid'`.execute(shop.db)
  const read = orderPaid.read(rows[0]?.data, rows[0]?.version ?? 0)
  if (read.kind !== 'ok') throw new Error(read.reason)
  return read.data
}

describe('a paid purchase', () => {
  it('begins one subscription for every recurring line, each with its own price and quantity', async () => {
    const customerId = newId()
    const [pills, oil, once] = [
      await shop.addItem(50, 10_000),
      await shop.addItem(50, 25_000),
      await shop.addItem(),
    ]
    const methodId = shop.payments.addMethod(customerId)
    const { id: orderId, total } = await shop.order(customerId, [
      { itemId: pills, quantity: 2, subscription: EVERY_30_DAYS },
      { itemId: once, quantity: 3 },
      { itemId: oil, quantity: 1, subscription: { unit: 'days', count: 60 } },
    ])
    expect(total).toBe(75_000)
    const attemptId = newId()
    await shop.pay(orderId, total, methodId, attemptId)
    await shop.pump()
    const stored = await Promise.all((await shop.of(customerId)).map(shop.stored))
    const byItem = new Map(stored.map((one) => [one.subscription.itemId, one]))
    expect(byItem.size).toBe(2)
    for (const [itemId, quantity, unitPrice, days] of [
      [pills, 2, 10_000, 30],
      [oil, 1, 25_000, 60],
    ] as const) {
      const one = byItem.get(itemId)
      if (!one) throw new Error('not begun')
      const { subscription } = one
      expect(subscription).toMatchObject({ state: 'active', customerId, methodId })
      expect(subscription.startedAt).toEqual(START)
      expect(latestTerms(subscription)).toMatchObject({
        quantity,
        unitPrice,
        receiver: { name: '김하늘', phone: '01012345678', addressDetail: '101동 202호' },
      })
      expect(one.consent).toEqual({ version: await shop.consentVersion(), at: START })
      expect(await shop.row(subscription.id)).toEqual({
        nextDue: Temporal.PlainDate.from('2027-01-10').add({ days }).toString(),
        actAt: null,
        version: 1,
      })
      const [first, ...later] = await shop.cycles(subscription.id)
      expect(first?.cycle).toEqual({ state: 'paid', orderId, attemptId, paidAt: START })
      expect([first?.no, later]).toEqual([1, []])
      expect(await shop.events(subscription.id)).toMatchObject([
        {
          type: 'started',
          version: 1,
          data: {
            customerId,
            itemId,
            orderId,
            methodId,
            quantity,
            unitPrice,
            period: { unit: 'days', count: days },
            anchor: '2027-01-10',
          },
        },
      ])
    }
  })

  it('begins nothing more when it is told again, even by several at once', async () => {
    const customerId = newId()
    const itemId = await shop.addItem()
    const { id, total } = await shop.order(customerId, [{ itemId, subscription: EVERY_30_DAYS }])
    await shop.pay(id, total, shop.payments.addMethod(customerId))
    const data = await paidEvent(id)
    const tell = () => transact(shop.db, (tx) => startSubscriptions(shop.deps, tx, data))
    await Promise.all(Array.from({ length: 6 }, tell))
    await shop.pump()
    const subscription = await shop.only(customerId)
    expect(await shop.events(subscription)).toHaveLength(1)
    expect(await shop.cycles(subscription)).toHaveLength(1)
  })

  it('begins nothing for lines bought once, nor for news from before there were subscriptions', async () => {
    const customerId = newId()
    const { id, total } = await shop.order(customerId, [{ itemId: await shop.addItem() }])
    await shop.pay(id, total)
    await shop.pump()
    const lines = [{ itemId: newId(), quantity: 1, unitPrice: 1_000, lineTotal: 1_000 }]
    const old = { orderId: newId(), customerId, total: 1_000, paidAt: START.toString(), lines }
    const read = orderPaid.read(old, 1)
    expect(read).toMatchObject({
      kind: 'ok',
      data: { kind: 'purchase', paymentMethodId: null, lines: [{ subscription: null }] },
    })
    if (read.kind === 'ok') await transact(shop.db, (tx) => startSubscriptions(shop.deps, tx, read.data))
    expect(await shop.of(customerId)).toEqual([])
  })

  it('whose token was lost begins all the same and says that it needs a method', async () => {
    const customerId = newId()
    const { id, total } = await shop.order(customerId, [
      { itemId: await shop.addItem(), subscription: EVERY_30_DAYS },
    ])
    await shop.pay(id, total, null)
    await shop.pump()
    const { json } = await call('GET', `/api/subscriptions/${await shop.only(customerId)}`, {
      as: customerId,
    })
    expect(json).toMatchObject({ state: 'active', needsMethod: true, paymentMethodId: null })
  })

  it('keeps the period that was on offer when it was ordered', async () => {
    const customerId = newId()
    // Orders of this shop take months, the merchant of today does not.
    const { id, total } = await shop.order(customerId, [
      { itemId: await shop.addItem(), subscription: { unit: 'months', count: 1 } },
    ])
    shop.clock.set(Temporal.Instant.from('2027-01-31T03:00:00Z'))
    await shop.pay(id, total, shop.payments.addMethod(customerId))
    await shop.pump()
    // 31 January, then the last day of February, then the 31st again.
    const subscription = await shop.only(customerId)
    const { json } = await call('GET', `/api/subscriptions/${subscription}`, { as: customerId })
    expect(json.upcoming.map(({ due }: { due: string }) => due).slice(0, 3)).toEqual([
      '2027-02-28',
      '2027-03-31',
      '2027-04-30',
    ])
  })
})

describe('a customer who leaves', () => {
  const PERSONAL = /김하늘|01012345678|종로구/
  async function storedText(id: string) {
    const { rows } = await sql<{ text: string }>`
      select to_jsonb(s)::text as text from subscriptions.subscription s where id = ${id}`.execute(shop.db)
    return rows[0]?.text
  }

  it('is charged for nothing any more, their method is given back, and their address forgotten', async () => {
    const { customerId, id, methodId } = await shop.subscriber()
    await withdraw(customerId)
    const { subscription } = await shop.stored(id)
    expect(subscription).toMatchObject({ state: 'cancelled', reason: 'account_withdrawn', by: 'system' })
    expect((await shop.row(id)).nextDue).toBeNull()
    expect(shop.payments.revocations.filter((one) => one === methodId)).toHaveLength(1)
    expect(await storedText(id)).not.toMatch(PERSONAL)
    await withdraw(customerId)
    expect((await shop.events(id)).map(({ type }) => type)).toEqual(['started', 'cancelled'])
  })

  it('while a purchase is still being paid gets no running subscription', async () => {
    const customerId = newId()
    const { id, total } = await shop.order(customerId, [
      { itemId: await shop.addItem(), subscription: EVERY_30_DAYS },
    ])
    const methodId = shop.payments.addMethod(customerId)
    await withdraw(customerId)
    await shop.pay(id, total, methodId)
    await shop.pump()
    const { subscription } = await shop.stored(await shop.only(customerId))
    expect(subscription).toMatchObject({ state: 'cancelled', reason: 'account_withdrawn' })
    expect(await storedText(subscription.id)).not.toMatch(PERSONAL)
    expect(shop.payments.revocations).toContain(methodId)
  })

  it('at the very moment a subscription begins has none left afterwards', async () => {
    for (let round = 0; round < 8; round++) {
      const customerId = newId()
      const { id, total } = await shop.order(customerId, [
        { itemId: await shop.addItem(), subscription: EVERY_30_DAYS },
      ])
      await shop.pay(id, total, shop.payments.addMethod(customerId))
      const data = await paidEvent(id)
      await Promise.all([
        transact(shop.db, (tx) => startSubscriptions(shop.deps, tx, data)),
        withdraw(customerId),
      ])
      expect((await shop.stored(await shop.only(customerId))).subscription.state).toBe('cancelled')
    }
    await shop.pump()
  })
})

describe('a purchase that is wholly refunded', () => {
  const refund = (orderId: string) =>
    transact(shop.db, (tx) => endSubscriptionsForRefund(shop.deps, tx, orderId))

  it('takes along what it began', async () => {
    const { id, orderId, methodId } = await shop.subscriber()
    await refund(orderId)
    await refund(orderId)
    expect((await shop.stored(id)).subscription).toMatchObject({
      state: 'cancelled',
      reason: 'order_refunded',
    })
    expect(shop.payments.revocations.filter((one) => one === methodId)).toHaveLength(1)
  })

  it('leaves alone what has gone on since', async () => {
    const { id, orderId } = await shop.subscriber()
    shop.clock.advance({ hours: 30 * 24 })
    await shop.settle(id, await shop.charge(id), 'paid')
    await refund(orderId)
    expect((await shop.stored(id)).subscription.state).toBe('active')
  })
})

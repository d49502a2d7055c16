import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accountWithdrawn } from '../../contracts/account-events.ts'
import { transact } from '../../platform/database/database.ts'
import { handOver } from '../../platform/events/hand-over.fixture.ts'
import { appendEvents, type OutboxRow } from '../../platform/events/outbox.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import { PARCEL_DAYS } from './forget-receivers.ts'
import { moveOrder } from './move-order.ts'
import { actor, openShop, type Shop, START } from './orders.fixture.ts'
import { cancelLine } from './refunding/cancel-line.ts'
import type { WantedPieces } from './rules/delivery.ts'
import { countArrivals } from './shipping/count-arrivals.ts'

let shop: Shop
let itemId: string
beforeAll(async () => {
  shop = await openShop()
  itemId = await shop.addItem(10_000)
})
afterAll(() => shop.drop())
beforeEach(() => shop.settleAll())

const kept = { name: '김하늘', phone: '01012345678', deliveryNote: '문 앞에 놓아 주세요' }
const nobody = {
  name: '',
  phone: '',
  address: { city: '', detail: '', postalCode: '' },
  deliveryNote: null,
}

/** The event as identity publishes it, handed over twice. */
async function leave(customerId: string): Promise<void> {
  await transact(shop.db, (tx) =>
    appendEvents(tx, 'identity', shop.clock.now(), [
      accountWithdrawn.of(customerId, 1, { accountId: customerId }),
    ]),
  )
  const { rows } = await sql<OutboxRow & { position: number }>`
    select position, event_id, source, type, subject, subject_version, schema_version, occurred_at, data,
      request_id, traceparent
    from platform.outbox where subject = ${customerId}`.execute(shop.db)
  const subscribers = shop.orders.module.subscribers ?? []
  await handOver({ db: shop.db, now: shop.clock.now }, subscribers, [...rows, ...rows])
  const parked = await sql`select reason from platform.parked_event`.execute(shop.db)
  expect(parked.rows).toEqual([])
}

const place = (customerId: string) => shop.placed([{ itemId, quantity: 2 }], { customerId })
const receiverOf = async (id: string) => (await shop.order(id)).receiver
/** @param wanted default: all of it */
async function ship(
  orderId: string,
  state: 'shipped' | 'delivered',
  wanted?: readonly WantedPieces[],
  trackingNumber = '123456789012',
) {
  const parcel = { carrier: 'hanjin', trackingNumber } as const
  const steps = [{ step: 'ship', parcel }, { step: 'deliver' }] as const
  for (const step of state === 'shipped' ? steps.slice(0, 1) : steps) {
    const moved = await moveOrder(shop.deps, { actorId: 'packer', orderId, wanted, step })
    if (moved.kind === 'refused') throw new Error(moved.code)
  }
}

/** The customer cancels a line of 10,000 won; the money is under way until {@link paidBack}. */
async function cancelSecondLine({ id: orderId, customerId }: { id: string; customerId: string }) {
  const wish = { actor: actor(customerId), orderId, lineNo: 2, quantity: undefined, idempotencyKey: newId() }
  expect(await cancelLine(shop.deps, wish)).toMatchObject({ kind: 'cancelled' })
}
async function paidBack(orderId: string, outcome: 'given' | 'declined') {
  const refundId = shop.payments.refunds.get(orderId)?.refundId ?? ''
  shop.payments.refunds.delete(orderId)
  const notice = { orderId, refundId, at: shop.clock.now() }
  await transact(shop.db, (tx) =>
    outcome === 'given'
      ? shop.orders.payable.refunded(tx, { ...notice, amount: won(10_000), remaining: won(10_000) })
      : shop.orders.payable.refundDeclined(tx, notice),
  )
}

describe('the receivers of a customer who has left', () => {
  it('are forgotten where an order is over; its books stay', async () => {
    const customerId = newId()
    const [expired, refunded, delivered] = [
      await place(customerId),
      await place(customerId),
      await place(customerId),
    ]
    await shop.pay(refunded.id, 20_000)
    await shop.giveBack(refunded.id, won(20_000), won(0))
    await shop.pay(delivered.id, 20_000)
    await ship(delivered.id, 'delivered')
    shop.clock.advance({ hours: 1 })
    await shop.orders.expireOrders()
    expect(await shop.orders.forgetReceivers()).toBe(0)
    const before = await Promise.all([expired, refunded, delivered].map(({ id }) => shop.order(id)))
    await leave(customerId)
    expect(await shop.orders.forgetReceivers()).toBe(3)
    const after = await Promise.all([expired, refunded, delivered].map(({ id }) => shop.order(id)))
    expect(after).toEqual(before.map((order) => ({ ...order, receiver: nobody })))
    expect(await shop.orders.forgetReceivers()).toBe(0)
  })

  it('are kept of a parcel that only counts as arrived, until it must have', async () => {
    const customerId = newId()
    const { id } = await place(customerId)
    await shop.pay(id, 20_000)
    await ship(id, 'shipped')
    shop.clock.advance({ hours: 24 * 7 })
    await countArrivals(shop.deps)
    expect(await shop.order(id)).toMatchObject({ state: 'delivered' })
    await leave(customerId)
    await shop.orders.forgetReceivers()
    expect((await receiverOf(id)).name).not.toBe('')
    shop.clock.advance({ hours: 24 * 23 })
    await shop.orders.forgetReceivers()
    expect((await receiverOf(id)).name).toBe('')
  })

  it('are kept while a parcel is still to be sent, and until it must have arrived', async () => {
    const customerId = newId()
    const [paid, partly, shipped] = [
      await place(customerId),
      await place(customerId),
      await place(customerId),
    ]
    for (const { id } of [paid, partly, shipped]) await shop.pay(id, 20_000)
    await shop.giveBack(partly.id, won(5_000), won(15_000))
    await ship(shipped.id, 'shipped')
    await leave(customerId)
    expect(await shop.orders.forgetReceivers()).toBe(0)
    shop.clock.set(START.add({ hours: PARCEL_DAYS * 24 }).subtract({ seconds: 1 }))
    expect(await shop.orders.forgetReceivers()).toBe(0)
    expect(await receiverOf(shipped.id)).toMatchObject(kept)
    shop.clock.advance({ seconds: 1 })
    expect(await shop.orders.forgetReceivers()).toBe(1)
    expect(await receiverOf(shipped.id)).toEqual(nobody)
    expect(await receiverOf(paid.id)).toMatchObject(kept)
    expect(await receiverOf(partly.id)).toMatchObject(kept)
    // Years later one is delivered after all, and one given back.
    shop.clock.advance({ hours: 20_000 })
    await ship(paid.id, 'delivered')
    await shop.giveBack(partly.id, won(15_000), won(0))
    expect(await shop.orders.forgetReceivers()).toBe(2)
    expect(await receiverOf(paid.id)).toEqual(nobody)
  })

  it('are kept as long as a part of the order is still to be sent', async () => {
    const customerId = newId()
    const lines = [itemId, await shop.addItem(10)].map((id) => ({ itemId: id, quantity: 1 }))
    const { id } = await shop.placed(lines, { customerId })
    await shop.pay(id, 20_000)
    await ship(id, 'shipped', [{ lineNo: 1 }])
    await leave(customerId)
    shop.clock.advance({ hours: PARCEL_DAYS * 24 })
    expect(await shop.orders.forgetReceivers()).toBe(0)
    expect(await receiverOf(id)).toMatchObject(kept)
    await ship(id, 'shipped', [{ lineNo: 2 }])
    expect(await shop.orders.forgetReceivers()).toBe(1)
    expect(await receiverOf(id)).toEqual(nobody)
  })

  it('are kept while pieces of a line that has left in part are still to be sent', async () => {
    const customerId = newId()
    const { id } = await shop.placed([{ itemId, quantity: 5 }], { customerId })
    await shop.pay(id, 50_000)
    await ship(id, 'shipped', [{ lineNo: 1, quantity: 2 }])
    await leave(customerId)
    shop.clock.advance({ hours: PARCEL_DAYS * 24 })
    expect(await shop.orders.forgetReceivers()).toBe(0)
    expect(await receiverOf(id)).toMatchObject(kept)
    await ship(id, 'shipped', [{ lineNo: 1, quantity: 3 }], '999999999999')
    expect(await shop.orders.forgetReceivers()).toBe(1)
  })

  it.each(['given', 'declined'] as const)(
    'wait for the money of a line that was cancelled when all else was sent: %s',
    async (outcome) => {
      const customerId = newId()
      const lines = [itemId, await shop.addItem(10)].map((id) => ({ itemId: id, quantity: 1 }))
      const { id } = await shop.placed(lines, { customerId })
      await shop.pay(id, 20_000)
      await cancelSecondLine({ id, customerId })
      await ship(id, 'shipped', [{ lineNo: 1 }])
      await leave(customerId)
      shop.clock.advance({ hours: PARCEL_DAYS * 24 })
      expect(await shop.orders.forgetReceivers()).toBe(0)
      await paidBack(id, outcome)
      expect(await shop.orders.forgetReceivers()).toBe(outcome === 'given' ? 1 : 0)
      expect(await receiverOf(id)).toMatchObject(outcome === 'given' ? nobody : kept)
    },
  )

  it('go with an order whose payment is under way when that ends', async () => {
    const customerId = newId()
    const { id } = await place(customerId)
    shop.payments.attempts.set(id, 'in_flight')
    await leave(customerId)
    await shop.orders.forgetReceivers()
    expect(await receiverOf(id)).toMatchObject(kept)
    shop.payments.attempts.delete(id)
    shop.clock.advance({ minutes: 30 })
    await shop.orders.expireOrders()
    await shop.orders.forgetReceivers()
    expect(await receiverOf(id)).toEqual(nobody)
  })

  it('are forgotten whatever was placed in the moment of leaving', async () => {
    const customers = Array.from({ length: 12 }, () => newId())
    const [placed] = await Promise.all([
      Promise.all(customers.map(place)),
      Promise.all(customers.map(leave)),
      shop.orders.forgetReceivers(),
    ])
    shop.clock.advance({ hours: 1 })
    const rounds = await Promise.all([
      shop.orders.expireOrders(),
      shop.orders.forgetReceivers(),
      shop.orders.forgetReceivers(),
    ])
    await shop.orders.forgetReceivers()
    // What the news of the leaving did not find yet.
    expect(rounds[0].failed).toBe(0)
    for (const { id } of placed) expect((await shop.order(id)).state).toMatch(/^(cancelled|expired)$/)
    for (const { id } of placed) expect(await receiverOf(id)).toEqual(nobody)
  })

  it('are forgotten once when several processes do it at once', async () => {
    const customerId = newId()
    for (let n = 0; n < 20; n++) await place(customerId)
    shop.clock.advance({ hours: 1 })
    await shop.orders.expireOrders()
    await leave(customerId)
    const counts = await Promise.all(Array.from({ length: 4 }, () => shop.orders.forgetReceivers()))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20)
  })

  it('do not wait for an order somebody else has locked: the next round has it', async () => {
    const customerId = newId()
    const { id } = await place(customerId)
    shop.clock.advance({ hours: 1 })
    await shop.orders.expireOrders()
    await leave(customerId)
    await transact(shop.db, async (tx) => {
      await sql`select 1 from orders."order" where id = ${id} for update`.execute(tx)
      expect(await shop.orders.forgetReceivers()).toBe(0)
    })
    expect(await shop.orders.forgetReceivers()).toBe(1)
  })

  it('go with the unpaid orders, which nobody can pay any more: cancelled at once, their stock is free', async () => {
    const customerId = newId()
    const [first, second, paid] = [await place(customerId), await place(customerId), await place(customerId)]
    const other = await place(newId())
    await shop.pay(paid.id, paid.amounts.total)
    const before = await shop.stock(itemId)
    await leave(customerId)
    const states = await Promise.all(
      [first, second, paid, other].map(async ({ id }) => (await shop.order(id)).state),
    )
    expect(states).toEqual(['cancelled', 'cancelled', 'paid', 'awaiting_payment'])
    expect((await shop.stock(itemId)).held).toBe(before.held - 4)
    await shop.orders.forgetReceivers()
    expect(await receiverOf(first.id)).toEqual(nobody)
  })

  it('are looked for no longer than something can come', async () => {
    const customerId = newId()
    const { id } = await place(customerId)
    await leave(customerId)
    const left = async () => {
      const { rows } = await sql<{ left: boolean }>`
        select forgotten_at is null as left from orders.withdrawn_customer
        where customer_id = ${customerId}`.execute(shop.db)
      return rows[0]?.left
    }
    shop.clock.advance({ hours: 1 })
    await shop.orders.expireOrders()
    await shop.orders.forgetReceivers()
    expect(await receiverOf(id)).toEqual(nobody)
    expect(await left()).toBe(true)
    shop.clock.set(START.add({ hours: PARCEL_DAYS * 24 }))
    await shop.orders.forgetReceivers()
    expect(await left()).toBe(false)
  })

  it('do not stay in the answers kept for repeated requests', async () => {
    const customerId = newId()
    await place(customerId)
    const other = await place(newId())
    await leave(customerId)
    const { rows } = await sql<{ scope: string }>`
      select scope from platform.idempotency_key
      where scope in (${`orders:${customerId}`}, ${`orders:${other.customerId}`})`.execute(shop.db)
    expect(rows).toEqual([{ scope: `orders:${other.customerId}` }])
  })
})

it('others keep their receivers', async () => {
  const { id } = await place(newId())
  await leave(newId())
  shop.clock.advance({ hours: 1 })
  await shop.orders.expireOrders()
  await shop.orders.forgetReceivers()
  expect(await receiverOf(id)).toMatchObject(kept)
})

it('the table refuses a receiver that is half forgotten', async () => {
  const { id } = await place(newId())
  const change = (set: string) =>
    sql`update orders."order" set ${sql.raw(set)} where id = ${id}`.execute(shop.db)
  for (const set of [`receiver_phone = ''`, `postal_code = ''`, 'receiver_forgotten_at = now()'])
    await expect(change(set)).rejects.toMatchObject({ constraint: 'order_receiver' })
})

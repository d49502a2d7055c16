import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { customerLeft } from '../forget-receivers.ts'
import { moveOrder } from '../move-order.ts'
import { orderView } from '../order-view.ts'
import { actor, insisting, openShop, type Shop, START } from '../orders.fixture.ts'
import { refundLines } from '../refunding/refund-lines.ts'
import type { ReturnWish } from '../rules/return-request.ts'
import { findReturn, returnsOfOrder } from '../store/return-store.ts'
import { askReturn, cancelOwnReturn, MAX_RETURNS_PER_ORDER } from './ask-return.ts'
import { decideReturn, receiveReturn, refundReturn, sendExchange } from './handle-return.ts'
import { listReturns } from './list-returns.ts'
import { settleExchangeFee } from './settle-exchange-fee.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ fee: won(3_000), freeFrom: won(1_000_000) }, returns)
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.set(START))

const merchant = actor(newId(), 'merchant')
const returns = { returnFee: won(3_000), exchangeFee: won(6_000) }

/** 3 × 10,000 with 3,000 for the delivery, paid, sent and there. */
async function delivered() {
  const itemId = await shop.addItem(5, 10_000)
  const customerId = newId()
  const order = await shop.placed([{ itemId, quantity: 3 }], { customerId })
  await shop.pay(order.id, 33_000)
  const step = { step: 'ship', parcel: { carrier: 'hanjin', trackingNumber: '123456' } } as const
  await moveOrder(shop.deps, { actorId: 'packer', orderId: order.id, wanted: undefined, step })
  await moveOrder(shop.deps, {
    actorId: 'packer',
    orderId: order.id,
    wanted: undefined,
    step: { step: 'deliver' },
  })
  return { id: order.id, itemId, customerId, stock: async () => (await shop.stock(itemId)).onHand }
}
type Delivered = Awaited<ReturnType<typeof delivered>>

const ask = (
  { id, customerId }: Delivered,
  quantity: number,
  more: Partial<ReturnWish> = {},
  key = newId(),
) =>
  askReturn(shop.deps, {
    actor: actor(customerId),
    orderId: id,
    wish: { kind: 'return', reason: 'changed_mind', note: null, lines: [{ lineNo: 1, quantity }], ...more },
    idempotencyKey: key,
  })
async function asked(order: Delivered, quantity: number, more: Partial<ReturnWish> = {}): Promise<string> {
  const result = await ask(order, quantity, more)
  if (result.kind === 'refused') throw new Error(result.code)
  return result.request.id
}
const approve = (returnId: string) => decideReturn(shop.deps, { actor: merchant, returnId, refuseFor: null })
const receive = (returnId: string, restock = true) =>
  receiveReturn(shop.deps, { actor: merchant, returnId, restock, parcelFee: undefined })
const lineOf = async ({ id }: Delivered) => orderView(await shop.order(id)).lines[0]
const stateOf = async (id: string) => (await findReturn(shop.db, id))?.state
const eventsOf = async (id: string) =>
  (await shop.events(id)).map(({ version, data }) => [version, data.state])

/** The provider gives the money back or declines, as payments tell it. */
async function settle({ id }: Delivered, outcome: 'given' | 'declined') {
  const found = shop.payments.refunds.get(id)
  if (!found) throw new Error('nothing was asked back')
  shop.payments.refunds.delete(id)
  const order = await shop.order(id)
  const before = 'refundedTotal' in order ? order.refundedTotal : 0
  const amount = found.amount ?? won(order.total - before)
  const notice = { orderId: id, refundId: found.refundId, at: shop.clock.now() }
  const remaining = won(order.total - before - amount)
  await transact(shop.db, (tx) =>
    outcome === 'given'
      ? shop.orders.payable.refunded(tx, { ...notice, amount, remaining })
      : shop.orders.payable.refundDeclined(tx, notice),
  )
  return amount
}

describe('a return', () => {
  it('ends with the money, less the parcel, and the pieces on the shelf', async () => {
    const order = await delivered()
    const id = await asked(order, 2)
    expect(await lineOf(order)).toMatchObject({ delivery: { claimed: 2 }, returns: { pieces: 1 } })
    await approve(id)
    expect(await receive(id)).toMatchObject({ kind: 'handled', request: { state: 'refunding' } })
    expect(await lineOf(order)).toMatchObject({ delivery: { claimed: 0, returned: 2 } })
    expect(await settle(order, 'given')).toBe(17_000)
    expect(await stateOf(id)).toBe('refunded')
    expect(await order.stock()).toBe(4)
    expect(await eventsOf(id)).toEqual([
      [1, 'requested'],
      [2, 'approved'],
      [3, 'refunding'],
      [4, 'refunded'],
    ])
  })

  it('of what was wrong brings its share of the first delivery, too', async () => {
    const order = await delivered()
    const id = await asked(order, 1, { reason: 'defective' })
    await approve(id)
    await receive(id, false)
    expect(await settle(order, 'given')).toBe(11_000)
    expect(await order.stock()).toBe(2)
  })

  it('waits when the money did not move, and is refunded by asking again', async () => {
    const order = await delivered()
    const id = await asked(order, 3)
    await approve(id)
    await receive(id)
    await settle(order, 'declined')
    expect(await stateOf(id)).toBe('received')
    expect(await lineOf(order)).toMatchObject({
      delivery: { returned: 3, claimed: 0 },
      refund: { pieces: 0 },
    })
    expect(await refundReturn(shop.deps, { actor: merchant, returnId: id })).toMatchObject({
      kind: 'handled',
    })
    expect(await settle(order, 'given')).toBe(27_000)
    expect([await stateOf(id), await order.stock()]).toEqual(['refunded', 5])
  })

  it('changes nothing while another refund of the order is under way', async () => {
    const order = await delivered()
    const id = await asked(order, 1)
    await approve(id)
    const other = { refundId: newId(), amount: won(1), taxFree: won(0), reason: '', requestedBy: '' }
    shop.payments.refunds.set(order.id, other)
    const before = [await lineOf(order), await stateOf(id)]
    expect(await receive(id)).toMatchObject({ code: 'refund_in_progress' })
    expect([await lineOf(order), await stateOf(id)]).toEqual(before)
    shop.payments.refunds.delete(order.id)
  })

  it('frees its pieces when it is refused or cancelled', async () => {
    const order = await delivered()
    const refusedId = await asked(order, 3)
    expect(await ask(order, 1)).toMatchObject({ code: 'order_line_not_returnable' })
    await decideReturn(shop.deps, { actor: merchant, returnId: refusedId, refuseFor: '개봉한 상품' })
    const cancelled = await asked(order, 3)
    const wish = { actor: actor(order.customerId), returnId: cancelled }
    expect(await cancelOwnReturn(shop.deps, wish)).toMatchObject({ kind: 'cancelled' })
    expect(await cancelOwnReturn(shop.deps, wish)).toMatchObject({ kind: 'cancelled' })
    expect(await lineOf(order)).toMatchObject({ returns: { pieces: 3 } })
    const states = (await returnsOfOrder(shop.db, order.id)).map(({ state }) => state)
    expect(states.toSorted()).toEqual(['cancelled', 'refused'])
    const stranger = { actor: actor(newId()), returnId: refusedId }
    expect(await cancelOwnReturn(shop.deps, stranger)).toMatchObject({ code: 'not_found' })
  })

  it('is asked for only so often of one order', async () => {
    const order = await delivered()
    for (let n = 0; n < MAX_RETURNS_PER_ORDER; n++) {
      const returnId = await asked(order, 1)
      await cancelOwnReturn(shop.deps, { actor: actor(order.customerId), returnId })
    }
    expect(await ask(order, 1)).toMatchObject({ code: 'too_many_returns', facts: { limit: 20 } })
  })

  it('of more than one person may give back is refunded by two: who approved it and who receives it', async () => {
    const order = await delivered()
    const id = await asked(order, 2)
    await approve(id)
    shop.payments.one.mayGiveBack = 10_000
    try {
      expect(await receive(id)).toMatchObject({
        code: 'refund_beyond_one_person',
        detail: { en: expect.stringContaining('colleague') },
      })
      expect(await stateOf(id)).toBe('approved')
      const colleague = actor(newId(), 'merchant')
      const step = { actor: colleague, returnId: id, restock: true, parcelFee: undefined }
      expect(await receiveReturn(shop.deps, step)).toMatchObject({ request: { state: 'refunding' } })
    } finally {
      shop.payments.one.mayGiveBack = Number.POSITIVE_INFINITY
    }
    expect(await settle(order, 'given')).toBe(17_000)
  })

  it('is decided by nobody for themselves', async () => {
    const order = await delivered()
    const id = await asked(order, 1)
    const own = actor(order.customerId, 'merchant')
    expect(await decideReturn(shop.deps, { actor: own, returnId: id, refuseFor: null })).toMatchObject({
      code: 'own_order',
    })
  })
})

describe('an exchange', () => {
  const parcel = { carrier: 'lotte', trackingNumber: '987654' } as const
  const send = (returnId: string) => sendExchange(shop.deps, { actor: merchant, returnId, parcel })

  it('holds its pieces until the others have left, which come off the shelf', async () => {
    const order = await delivered()
    const id = await asked(order, 1, { kind: 'exchange', reason: 'damaged' })
    await approve(id)
    await receive(id, false)
    expect(await lineOf(order)).toMatchObject({ delivery: { claimed: 1 } })
    await sql`update catalog.stock set on_hand = 0 where item_id = ${order.itemId}`.execute(shop.db)
    expect(await send(id)).toMatchObject({ code: 'out_of_stock' })
    expect(await stateOf(id)).toBe('received')
    await sql`update catalog.stock set on_hand = 2 where item_id = ${order.itemId}`.execute(shop.db)
    expect(await send(id)).toMatchObject({ kind: 'handled', request: { state: 'exchanged' } })
    expect(await order.stock()).toBe(1)
    expect(await send(id)).toMatchObject({ code: 'return_not_in_state' })
    // It may be sent back again.
    expect(await lineOf(order)).toMatchObject({ delivery: { claimed: 0 }, returns: { pieces: 3 } })
  })

  it.each([true, false])(
    'gives the money when the other piece cannot be sent (sold again: %s)',
    async (restock) => {
      const order = await delivered()
      const id = await asked(order, 2, { kind: 'exchange' })
      const money = () => refundReturn(shop.deps, { actor: merchant, returnId: id })
      await approve(id)
      expect(await money()).toMatchObject({ code: 'return_not_in_state' })
      await receive(id, restock)
      expect(await money()).toMatchObject({ request: { state: 'refunding', kind: 'return', parcelFee: 0 } })
      expect(await money()).toMatchObject({ code: 'return_not_in_state' })
      expect(await lineOf(order)).toMatchObject({ delivery: { claimed: 0, returned: 2 } })
      expect(await settle(order, 'declined')).toBe(20_000)
      expect(await stateOf(id)).toBe('received')
      expect(await money()).toMatchObject({ request: { state: 'refunding' } })
      expect(await settle(order, 'given')).toBe(20_000)
      expect(await stateOf(id)).toBe('refunded')
      expect(await order.stock()).toBe(restock ? 4 : 2)
      expect(await eventsOf(id)).toHaveLength(7)
    },
  )

  it('gives what came back to the shelf when it can be sold', async () => {
    const order = await delivered()
    const id = await asked(order, 1, { kind: 'exchange' })
    await approve(id)
    await receive(id)
    expect(await order.stock()).toBe(3)
  })
})

describe('the fee of an exchange', () => {
  const parcel = { carrier: 'lotte', trackingNumber: '987654' } as const
  const send = (returnId: string) => sendExchange(shop.deps, { actor: merchant, returnId, parcel })
  const settle = (returnId: string, how: 'transfer' | 'enclosed' | 'waived' = 'transfer', why?: string) =>
    settleExchangeFee(shop.deps, { actor: merchant, returnId, how, why })
  const feeOf = async (id: string) => (await findReturn(shop.db, id))?.fee
  const approved = async (more: Partial<ReturnWish> = {}) => {
    const order = await delivered()
    const id = await asked(order, 1, { kind: 'exchange', ...more })
    await approve(id)
    return { id, order }
  }

  it('is settled before the other piece is sent', async () => {
    const { id, order } = await approved()
    await receive(id, false)
    expect(await send(id)).toMatchObject({ code: 'exchange_fee_owed', facts: { parcelFee: 6_000 } })
    expect([await stateOf(id), await order.stock()]).toEqual(['received', 2])
    const why = '단골 고객'
    expect(await settle(id, 'waived', why)).toMatchObject({ kind: 'settled', request: { state: 'received' } })
    expect(await feeOf(id)).toEqual({ how: 'waived', why, at: shop.clock.now(), by: merchant.userId })
    expect(await send(id)).toMatchObject({ kind: 'handled', request: { state: 'exchanged' } })
    // It is told of by no event: the state was the same.
    expect((await eventsOf(id)).map(([, state]) => state)).toEqual([
      'requested',
      'approved',
      'received',
      'exchanged',
    ])
  })

  it('may be settled before the piece came back, and stays so through the steps that follow', async () => {
    const { id } = await approved()
    expect(await settle(id, 'enclosed')).toMatchObject({ kind: 'settled' })
    await receive(id)
    const money = await refundReturn(shop.deps, { actor: merchant, returnId: id })
    expect(money).toMatchObject({ request: { state: 'refunding', kind: 'return', parcelFee: 0 } })
    expect(await feeOf(id)).toMatchObject({ how: 'enclosed', by: merchant.userId })
  })

  it('is settled by others, of what is owed, and in full', async () => {
    const { id, order } = await approved()
    expect(await settle(newId())).toMatchObject({ code: 'not_found' })
    const own = { actor: actor(order.customerId, 'merchant'), returnId: id, how: 'transfer' } as const
    expect(await settleExchangeFee(shop.deps, own)).toMatchObject({ code: 'own_order' })
    expect(await settle(id, 'waived')).toMatchObject({ code: 'invalid_request' })
    expect(await settle(id, 'transfer', '이체함')).toMatchObject({ code: 'invalid_request' })
    const free = await approved({ reason: 'damaged' })
    expect(await settle(free.id)).toMatchObject({ code: 'exchange_fee_settled' })
    expect(await feeOf(id)).toBeNull()
  })

  it('is settled once, however many say so at the same time', async () => {
    const { id } = await approved()
    const ways = ['transfer', 'enclosed'] as const
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, n) => insisting(() => settle(id, ways[n % 2]))),
    )
    const done = results.flatMap((one) => (one.kind === 'settled' ? [one.request.fee?.how] : []))
    expect(done).toHaveLength(1)
    expect(await feeOf(id)).toMatchObject({ how: done[0] })
    const { rows } = await sql<{ after: object }>`
      select after from platform.audit_entry where action = 'return.fee_settled' and subject_id = ${id}`.execute(
      shop.db,
    )
    expect(rows).toHaveLength(1)
  })

  it('is whole or not there, and never another, whoever writes', async () => {
    const { id } = await approved()
    const half = sql`update orders.return_request set fee_settlement = 'transfer' where id = ${id}`
    await expect(half.execute(shop.db)).rejects.toThrow('return_fee_settled')
    const silent = sql`
      update orders.return_request set fee_settlement = 'waived', fee_settled_at = now(), fee_settled_by = 'x'
      where id = ${id}`
    await expect(silent.execute(shop.db)).rejects.toThrow('return_fee_settled')
    await settle(id)
    const other = sql`update orders.return_request set fee_settlement = 'enclosed' where id = ${id}`
    await expect(other.execute(shop.db)).rejects.toThrow('was settled before')
    const none = sql`
      update orders.return_request set fee_settlement = null, fee_settled_at = null, fee_settled_by = null
      where id = ${id}`
    await expect(none.execute(shop.db)).rejects.toThrow('was settled before')
  })

  it('of what a process of an earlier release received or sends is no hindrance', async () => {
    // It knows no such columns: what it writes of a transition leaves them alone.
    const receivedBefore = (id: string) =>
      sql`
        update orders.return_request set version = version + 1, state = 'received', received_at = now(), restock = false
        where id = ${id} and state = 'approved'`.execute(shop.db)
    const [before, after] = [await approved(), await approved()]
    await receivedBefore(before.id)
    await settle(before.id)
    expect(await send(before.id)).toMatchObject({ kind: 'handled' })
    await settle(after.id)
    await receivedBefore(after.id)
    expect(await send(after.id)).toMatchObject({ kind: 'handled' })
    const { id, order } = await approved()
    await receivedBefore(id)
    await transact(shop.db, async (tx) => {
      await sql`
        update orders.return_request set version = version + 1, state = 'exchanged', carrier = 'lotte',
          tracking_number = '987654', ended_at = now()
        where id = ${id}`.execute(tx)
      await sql`update orders.order_line set claimed = 0 where order_id = ${order.id}`.execute(tx)
    })
    expect(await findReturn(shop.db, id)).toMatchObject({ state: 'exchanged', fee: null })
  })
})

describe('what was paid back', () => {
  const parcel = { carrier: 'lotte', trackingNumber: '987654' } as const
  const send = (returnId: string) => sendExchange(shop.deps, { actor: merchant, returnId, parcel })
  const give = (order: Delivered, quantity: number) =>
    refundLines(shop.deps, {
      actor: merchant,
      orderId: order.id,
      wish: { lines: [{ lineNo: 1, quantity }], deliveryFee: false },
      reason: '보상',
      cancel: false,
      returned: false,
      restock: false,
      idempotencyKey: newId(),
    })
  /** Everything still paid is asked back. */
  const askAll = ({ id }: Delivered) =>
    transact(shop.db, (tx) =>
      shop.orders.payable.refundRequested(tx, { orderId: id, refundId: newId(), at: shop.clock.now() }),
    )

  it('is not exchanged: neither received nor sent once the whole order is asked back', async () => {
    const order = await delivered()
    const [first, second] = [
      await asked(order, 1, { kind: 'exchange', reason: 'damaged' }),
      await asked(order, 1, { kind: 'exchange', reason: 'damaged' }),
    ]
    for (const id of [first, second]) await approve(id)
    await receive(first)
    await askAll(order)
    expect(await send(first)).toMatchObject({ code: 'order_refund_requested' })
    expect(await receive(second)).toMatchObject({ code: 'order_refund_requested' })
    expect([await stateOf(first), await stateOf(second)]).toEqual(['received', 'approved'])
    expect(await order.stock()).toBe(3)
  })

  it('is never in a request: a refund leaves alone what is to be exchanged', async () => {
    const order = await delivered()
    const id = await asked(order, 2, { kind: 'exchange', reason: 'damaged' })
    expect(await give(order, 2)).toMatchObject({ code: 'refund_exceeds_line', facts: { lineNo: 1 } })
    expect(await give(order, 1)).toMatchObject({ kind: 'answered' })
    await settle(order, 'given')
    const write = sql`update orders.order_line set refund_pieces = 2 where order_id = ${order.id}`
    await expect(write.execute(shop.db)).rejects.toThrow('pieces that were paid back are in a request')
    await approve(id)
    await receive(id, false)
    expect(await send(id)).toMatchObject({ kind: 'handled', request: { state: 'exchanged' } })
  })

  it('by hand is not paid again for the pieces that came back', async () => {
    const order = await delivered()
    const id = await asked(order, 1)
    await approve(id)
    await receive(id)
    await settle(order, 'declined')
    expect(await give(order, 1)).toMatchObject({ kind: 'answered' })
    await settle(order, 'given')
    expect(await refundReturn(shop.deps, { actor: merchant, returnId: id })).toMatchObject({
      code: 'refund_exceeds_line',
      facts: { lineNo: 1, pieces: 0 },
    })
    expect(await stateOf(id)).toBe('received')
  })
})

describe('at the same time', () => {
  it('no piece is in two requests', async () => {
    const order = await delivered()
    const results = await Promise.all(Array.from({ length: 12 }, () => insisting(() => ask(order, 2))))
    expect(results.filter(({ kind }) => kind === 'asked')).toHaveLength(1)
    expect(await lineOf(order)).toMatchObject({ delivery: { claimed: 2 } })
  })

  it('the same wish is one request', async () => {
    const order = await delivered()
    const key = newId()
    const results = await Promise.all(
      Array.from({ length: 6 }, () => insisting(() => ask(order, 1, {}, key))),
    )
    expect(new Set(results.map((one) => (one.kind === 'asked' ? one.request.id : one.code))).size).toBe(1)
  })

  it('what came back is refunded once, whoever receives it', async () => {
    const order = await delivered()
    const id = await asked(order, 1)
    await approve(id)
    const results = await Promise.all(Array.from({ length: 8 }, () => insisting(() => receive(id))))
    expect(results.filter(({ kind }) => kind === 'handled')).toHaveLength(1)
    await settle(order, 'given')
    expect(await lineOf(order)).toMatchObject({ delivery: { returned: 1 }, refund: { pieces: 1 } })
  })

  it('a refund of the merchant does not take pieces out of a request', async () => {
    const order = await delivered()
    await asked(order, 2)
    const give = (quantity: number) =>
      refundLines(shop.deps, {
        actor: merchant,
        orderId: order.id,
        wish: { lines: [{ lineNo: 1, quantity }], deliveryFee: false },
        reason: '반품',
        cancel: false,
        returned: true,
        restock: false,
        idempotencyKey: newId(),
      })
    expect(await give(2)).toMatchObject({ code: 'order_line_not_returnable' })
    expect(await give(1)).toMatchObject({ kind: 'answered' })
    await settle(order, 'given')
  })

  it('the database holds it, whoever writes', async () => {
    const order = await delivered()
    await asked(order, 2)
    const write = (claimed: number) =>
      sql`update orders.order_line set claimed = ${claimed} where order_id = ${order.id}`.execute(shop.db)
    await expect(write(4)).rejects.toThrow('order_line_claims')
    await expect(write(1)).rejects.toThrow('counts other pieces than its requests hold')
  })
})

it('a merchant finds requests by what they are', async () => {
  const order = await delivered()
  const id = await asked(order, 1, { kind: 'exchange', reason: 'wrong_item' })
  const number = orderView(await shop.order(order.id)).orderNumber
  const find = (filter: object) =>
    listReturns(shop.db, { sort: 'newest', number, ...filter }, { page: 1, size: 10 })
  const today = Temporal.PlainDate.from('2026-11-21')
  for (const filter of [
    {},
    { state: 'requested', kind: 'exchange', reason: 'wrong_item', from: today, to: today, sort: 'oldest' },
  ])
    expect(await find(filter)).toMatchObject({ totalElements: 1, returns: [{ request: { id } }] })
  for (const filter of [
    { state: 'approved' },
    { kind: 'return' },
    { reason: 'damaged' },
    { from: today.add({ days: 1 }) },
  ])
    expect((await find(filter)).totalElements).toBe(0)
})

it('what a customer said is forgotten with the receiver, once the request has ended', async () => {
  const order = await delivered()
  const id = await asked(order, 1, { note: '문 앞에 두었어요' })
  await transact(shop.db, (tx) => customerLeft(tx, order.customerId, shop.clock.now()))
  await shop.orders.forgetReceivers()
  expect(await shop.order(order.id)).toMatchObject({ receiver: { name: '김하늘' } })
  await decideReturn(shop.deps, { actor: merchant, returnId: id, refuseFor: '오지 않음' })
  await shop.orders.forgetReceivers()
  expect(await shop.order(order.id)).toMatchObject({ receiver: { name: '' } })
  expect(await findReturn(shop.db, id)).toMatchObject({ note: null })
})

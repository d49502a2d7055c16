import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { moveOrder } from '../move-order.ts'
import { orderView } from '../order-view.ts'
import { actor, openShop, type Shop } from '../orders.fixture.ts'
import { refundsOfOrder } from '../store/refund-store.ts'
import { cancelLine } from './cancel-line.ts'
import { refundLines } from './refund-lines.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ fee: won(3_000), freeFrom: won(1_000_000) })
})
afterAll(() => shop.drop())

/** 3 × 10,000 and 2 × 5,000, with 3,000 for the delivery, paid. */
async function paid() {
  const items = [await shop.addItem(10, 10_000), await shop.addItem(10, 5_000)] as const
  const customerId = newId()
  const order = await shop.placed(
    [
      { itemId: items[0], quantity: 3 },
      { itemId: items[1], quantity: 2 },
    ],
    { customerId },
  )
  await shop.pay(order.id, 43_000)
  const stockOf = (n: 0 | 1) => shop.stock(items[n]).then(({ onHand }) => onHand)
  return { id: order.id, customerId, items, stockOf }
}
type Paid = Awaited<ReturnType<typeof paid>>

const cancelPieces = ({ id, customerId }: Paid, lineNo: number, quantity?: number, key = newId()) =>
  cancelLine(shop.deps, { actor: actor(customerId), orderId: id, lineNo, quantity, idempotencyKey: key })
const give = ({ id }: Paid, wish: object, more: object = {}) =>
  refundLines(shop.deps, {
    actor: actor(newId(), 'merchant'),
    orderId: id,
    wish: { deliveryFee: false, ...wish },
    reason: '파손',
    cancel: false,
    returned: false,
    restock: false,
    idempotencyKey: newId(),
    ...more,
  })
/** The provider gives the money back, as payments tell it. */
async function settle({ id }: Paid, outcome: 'given' | 'declined') {
  const asked = shop.payments.refunds.get(id)
  if (!asked) throw new Error('nothing was asked back')
  shop.payments.refunds.delete(id)
  const { refundId } = asked
  const order = await shop.order(id)
  const before = 'refundedTotal' in order ? order.refundedTotal : 0
  const amount = asked.amount ?? won(order.total - before)
  const notice = { orderId: id, refundId, at: shop.clock.now() }
  await transact(shop.db, (tx) =>
    outcome === 'given'
      ? shop.orders.payable.refunded(tx, { ...notice, amount, remaining: won(order.total - before - amount) })
      : shop.orders.payable.refundDeclined(tx, notice),
  )
  return amount
}
const ship = ({ id }: Paid, lineNo: number, quantity: number, trackingNumber: string) =>
  moveOrder(shop.deps, {
    actorId: 'packer',
    orderId: id,
    wanted: [{ lineNo, quantity }],
    step: { step: 'ship', parcel: { carrier: 'hanjin', trackingNumber } },
  })
const linesOf = async ({ id }: Paid) =>
  orderView(await shop.order(id)).lines.map(({ delivery, refund }) => ({ ...delivery, refund }))

describe('a customer', () => {
  it('cancels pieces that have not left: they are not sent, their price goes back, and they are sold again', async () => {
    const order = await paid()
    await ship(order, 1, 1, '111111')
    expect(await cancelPieces(order, 1, 1)).toMatchObject({ kind: 'cancelled' })
    expect((await linesOf(order))[0]).toMatchObject({
      toSend: 1,
      cancelled: 1,
      refund: { pieces: 1, amount: 10_000 },
    })
    // What is on its way back cannot be sent; the rest can.
    expect(await ship(order, 1, 2, '222222')).toMatchObject({ code: 'order_line_not_movable' })
    expect(await ship(order, 1, 1, '222222')).toMatchObject({ kind: 'moved' })
    expect([await settle(order, 'given'), await order.stockOf(0)]).toEqual([10_000, 8])
    expect(await shop.order(order.id)).toMatchObject({ state: 'partially_refunded', refundedTotal: 10_000 })
    const event = (await shop.events(order.id)).at(-1)
    expect(event).toMatchObject({
      type: 'shop.order.refunded',
      data: { amount: 10_000, full: false, lines: [{ itemId: order.items[0], quantity: 1, whole: false }] },
    })
  })

  it('cancels a line, then the last one: the rest with the delivery fee goes back, and the order is over', async () => {
    const order = await paid()
    expect(await cancelPieces(order, 2)).toMatchObject({ kind: 'cancelled' })
    // One refund at a time: the money of the first is still on its way.
    expect(await cancelPieces(order, 1)).toMatchObject({ code: 'refund_in_progress' })
    await settle(order, 'given')
    const told = (await shop.events(order.id)).at(-1)?.data.lines
    expect(told).toEqual([{ itemId: order.items[1], quantity: 2, whole: true }])
    expect(await cancelPieces(order, 1)).toMatchObject({ kind: 'cancelled' })
    expect(await settle(order, 'given')).toBe(33_000)
    expect(await shop.order(order.id)).toMatchObject({ state: 'refunded', refundedTotal: 43_000 })
    expect([await order.stockOf(0), await order.stockOf(1)]).toEqual([10, 10])
    const last = (await shop.events(order.id)).at(-1)?.data
    expect(last).toMatchObject({ full: true, lines: [{ itemId: order.items[0], quantity: 3, whole: true }] })
  })

  it('gets the pieces after all when the money did not move', async () => {
    const order = await paid()
    const before = await shop.order(order.id)
    await cancelPieces(order, 1, 2)
    await settle(order, 'declined')
    expect(await shop.order(order.id)).toEqual(before)
    expect(await refundsOfOrder(shop.db, order.id)).toMatchObject([{ state: 'declined', amount: 20_000 }])
    expect(await ship(order, 1, 3, '333333')).toMatchObject({ kind: 'moved' })
  })

  it('cancels nothing that has left, was cancelled, is unpaid, or is somebody else’s', async () => {
    const order = await paid()
    await ship(order, 1, 3, '444444')
    expect(await cancelPieces(order, 1)).toMatchObject({ code: 'order_line_not_cancellable' })
    expect(await cancelPieces(order, 2, 3)).toMatchObject({ code: 'order_line_not_cancellable' })
    expect(await cancelPieces(order, 9)).toMatchObject({ code: 'order_line_not_found' })
    expect(await cancelPieces({ ...order, customerId: newId() }, 2)).toMatchObject({ code: 'not_found' })
    const open = await shop.placed([{ itemId: order.items[1], quantity: 1 }], {
      customerId: order.customerId,
    })
    expect(await cancelPieces({ ...order, id: open.id }, 1)).toMatchObject({ code: 'order_not_refundable' })
    const whole = await paid()
    await cancelPieces(whole, 1)
    await settle(whole, 'given')
    expect(await cancelPieces(whole, 1)).toMatchObject({ code: 'order_line_not_cancellable' })
  })

  it('asking again with the same key cancels once', async () => {
    const order = await paid()
    const key = newId()
    const answers = await Promise.all(Array.from({ length: 4 }, () => cancelPieces(order, 1, 1, key)))
    expect(answers.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'cancelled'))
    expect((await linesOf(order))[0]).toMatchObject({ cancelled: 1 })
  })
})

describe('a merchant', () => {
  it('gives back pieces with their share of the fee; stock comes back only when they say so', async () => {
    const order = await paid()
    await ship(order, 1, 3, '555555')
    expect(await give(order, { lines: [{ lineNo: 1, quantity: 1 }], deliveryFee: true })).toMatchObject({
      kind: 'answered',
    })
    expect([await settle(order, 'given'), await order.stockOf(0)]).toEqual([10_750, 7])
    await give(order, { lines: [{ lineNo: 1, quantity: 1 }] }, { restock: true })
    expect([await settle(order, 'given'), await order.stockOf(0)]).toEqual([10_000, 8])
    await give(order, { lines: [{ lineNo: 2, amount: 700 }] })
    await settle(order, 'given')
    await give(order, { amount: 1_000 })
    await settle(order, 'given')
    expect(await shop.order(order.id)).toMatchObject({ refundedTotal: 22_450 })
    expect(await give(order, { lines: [{ lineNo: 1, quantity: 2 }] })).toMatchObject({
      code: 'refund_exceeds_line',
    })
    expect(await give(order, { lines: [{ lineNo: 2, quantity: 1 }] }, { cancel: true })).toMatchObject({
      kind: 'answered',
    })
    expect((await linesOf(order))[1]).toMatchObject({ cancelled: 1, toSend: 1 })
  })

  it('gives nothing back to themselves', async () => {
    const order = await paid()
    const own = { actor: actor(order.customerId, 'merchant') }
    expect(await give(order, { amount: 1_000 }, own)).toMatchObject({ code: 'own_order' })
    expect(await refundsOfOrder(shop.db, order.id)).toEqual([])
    expect((await give(order, { amount: 1_000 })).kind).toBe('answered')
  })

  it('puts pieces back on the shelf once: what was never sent only when it is not to be sent', async () => {
    const both = [
      { lineNo: 1, quantity: 3 },
      { lineNo: 2, quantity: 2 },
    ]
    const all = { lines: both, deliveryFee: true }
    const whole = await paid()
    expect(await give(whole, all, { restock: true })).toMatchObject({
      code: 'order_line_not_restockable',
      facts: { lineNo: 1 },
    })
    expect(await refundsOfOrder(shop.db, whole.id)).toEqual([])
    expect((await give(whole, all, { restock: true, cancel: true })).kind).toBe('answered')
    expect(await settle(whole, 'given')).toBe(43_000)
    expect(await shop.order(whole.id)).toMatchObject({ state: 'refunded' })
    expect([await whole.stockOf(0), await whole.stockOf(1)]).toEqual([10, 10])
    // Of a line that is sent in part, what has left; and that once.
    const part = await paid()
    await ship(part, 1, 2, '888888')
    const shelve = (quantity: number, more: object = {}) =>
      give(part, { lines: [{ lineNo: 1, quantity }] }, { restock: true, ...more })
    expect(await shelve(3)).toMatchObject({ code: 'order_line_not_restockable' })
    expect((await shelve(2)).kind).toBe('answered')
    await settle(part, 'declined')
    expect((await shelve(2)).kind).toBe('answered')
    await settle(part, 'given')
    expect(await shelve(1)).toMatchObject({ code: 'order_line_not_restockable' })
    expect((await shelve(1, { cancel: true })).kind).toBe('answered')
    expect([await settle(part, 'given'), await part.stockOf(0)]).toEqual([10_000, 10])
  })

  it('takes pieces back that had arrived; they stay returned also when the money does not move', async () => {
    const order = await paid()
    const back = (lineNo: number, quantity: number) =>
      give(order, { lines: [{ lineNo, quantity }] }, { returned: true, restock: true })
    await ship(order, 1, 3, '777777')
    expect(await back(1, 1)).toMatchObject({ code: 'order_line_not_returnable' })
    await moveOrder(shop.deps, {
      actorId: 'packer',
      orderId: order.id,
      wanted: undefined,
      step: { step: 'deliver' },
    })
    expect((await back(1, 2)).kind).toBe('answered')
    await settle(order, 'declined')
    expect((await linesOf(order))[0]).toMatchObject({
      state: 'delivered',
      returned: 2,
      refund: { pieces: 0 },
    })
    expect(await back(1, 2)).toMatchObject({ code: 'order_line_not_returnable' })
    expect((await back(1, 1)).kind).toBe('answered')
    expect([await settle(order, 'given'), await order.stockOf(0)]).toEqual([10_000, 8])
    expect((await linesOf(order))[0]).toMatchObject({ state: 'returned', returned: 3 })
    expect(await refundsOfOrder(shop.db, order.id)).toMatchObject([
      { cause: 'returned' },
      { cause: 'returned' },
    ])
  })

  it('promises no more than is left, however many ask at once, and nothing of what cannot be cancelled', async () => {
    const order = await paid()
    const results = await Promise.all(
      Array.from({ length: 6 }, () => give(order, { lines: [{ lineNo: 1, quantity: 2 }] })),
    )
    expect(results.filter(({ kind }) => kind === 'answered')).toHaveLength(1)
    expect((await linesOf(order))[0]?.refund).toEqual({ pieces: 2, amount: 20_000 })
    const sent = await paid()
    await ship(sent, 2, 2, '666666')
    expect(await give(sent, { lines: [{ lineNo: 2, quantity: 1 }] }, { cancel: true })).toMatchObject({
      code: 'order_line_not_cancellable',
    })
    expect(await refundsOfOrder(shop.db, sent.id)).toEqual([])
    expect(await give({ ...sent, id: newId() }, { amount: 1 })).toMatchObject({ code: 'not_found' })
    await shop.giveBack(sent.id, won(43_000), won(0))
    expect(await give(sent, { amount: 1 })).toMatchObject({ code: 'order_not_refundable' })
  })
})

it('the database keeps refunds true to their lines', async () => {
  const order = await paid()
  await give(order, { lines: [{ lineNo: 1, quantity: 1 }] })
  for (const damage of [sql`refund_pieces = 4`, sql`refund_goods = 30001`, sql`refund_goods = -1`])
    await expect(
      sql`update orders.order_line set ${damage} where order_id = ${order.id} and line_no = 1`.execute(
        shop.db,
      ),
    ).rejects.toThrow(/check constraint/)
  for (const damage of [sql`refund_goods = 9999`, sql`refund_pieces = 0`])
    await expect(
      sql`update orders.order_line set ${damage} where order_id = ${order.id} and line_no = 1`.execute(
        shop.db,
      ),
    ).rejects.toThrow('counts other refunds than it has')
})

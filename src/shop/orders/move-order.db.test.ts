import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { cancelOrder } from './cancel-order.ts'
import { moveOrder } from './move-order.ts'
import { orderView } from './order-view.ts'
import { actor, openShop, type Shop } from './orders.fixture.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())

const first = { carrier: 'hanjin', trackingNumber: '123456789012' } as const
const second = { carrier: 'cj_logistics', trackingNumber: '210987654321' } as const

async function paidOrder() {
  const customerId = newId()
  const lines = [await shop.addItem(100), await shop.addItem(100)].map((itemId) => ({ itemId, quantity: 1 }))
  const order = await shop.placed(lines, { customerId })
  await shop.pay(order.id, 20_000)
  return { orderId: order.id, customerId }
}

async function moved(input: Parameters<typeof moveOrder>[1]) {
  const result = await moveOrder(shop.deps, input)
  if (result.kind === 'refused') throw new Error(result.code)
  return orderView(result.order)
}

it('an order leaves in two parcels, and each is told once', async () => {
  const { orderId, customerId } = await paidOrder()
  const all = { orderId, lineNos: undefined }
  expect(await moved({ ...all, step: { step: 'prepare' } })).toMatchObject({ deliveryState: 'preparing' })
  const part = { orderId, lineNos: [1], step: { step: 'ship', parcel: first } } as const
  // Ten at once, as when somebody presses again and again.
  await Promise.all(Array.from({ length: 10 }, () => moved(part)))
  expect(await cancelOrder(shop.deps, { orderId, actor: actor(customerId) })).toMatchObject({
    code: 'order_not_cancellable',
  })
  const shipped = await moved({ ...all, step: { step: 'ship', parcel: second } })
  expect(shipped).toMatchObject({ state: 'shipped', paymentState: 'paid', deliveryState: 'shipped' })
  expect(shipped.lines.map(({ delivery }) => delivery.trackingNumber)).toEqual([
    first.trackingNumber,
    second.trackingNumber,
  ])
  expect(await moved({ ...all, step: { step: 'deliver' } })).toMatchObject({ state: 'delivered' })
  const { rows } = await sql<{ type: string; data: Record<string, unknown> }>`
    select type, data from platform.outbox where subject = ${orderId} order by subject_version`.execute(
    shop.db,
  )
  expect(rows.slice(2).map(({ type, data }) => [type, data.complete, data.trackingNumber])).toEqual([
    ['shop.order.shipped', false, first.trackingNumber],
    ['shop.order.shipped', true, second.trackingNumber],
    ['shop.order.delivered', true, undefined],
  ])
})

it('the database keeps what a parcel must have', async () => {
  const { orderId } = await paidOrder()
  await moved({ orderId, lineNos: [1], step: { step: 'ship', parcel: first } })
  for (const damage of [
    sql`delivery = 'none'`,
    sql`delivery = 'delivered'`,
    sql`carrier = null`,
    sql`shipped_at = null`,
    sql`tracking_number = 'x'`,
    sql`delivery = 'lost'`,
  ])
    await expect(
      sql`update orders.order_line set ${damage} where order_id = ${orderId} and line_no = 1`.execute(
        shop.db,
      ),
    ).rejects.toThrow(/check constraint/)
})

it('what does not exist or was not paid is not sent', async () => {
  const step = { step: 'ship', parcel: first } as const
  const unknown = await moveOrder(shop.deps, { orderId: newId(), lineNos: undefined, step })
  expect(unknown).toMatchObject({ code: 'not_found' })
  const open = await shop.placed([{ itemId: await shop.addItem(10), quantity: 1 }])
  const unpaid = await moveOrder(shop.deps, { orderId: open.id, lineNos: undefined, step })
  expect(unpaid).toMatchObject({ code: 'order_not_paid' })
})

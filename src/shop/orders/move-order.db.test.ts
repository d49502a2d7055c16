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

async function moved(input: Omit<Parameters<typeof moveOrder>[1], 'actorId'>) {
  const result = await moveOrder(shop.deps, { ...input, actorId: 'packer' })
  if (result.kind === 'refused') throw new Error(result.code)
  return orderView(result.order)
}

it('an order leaves in two parcels, and each is told once', async () => {
  const { orderId, customerId } = await paidOrder()
  const all = { orderId, wanted: undefined }
  expect(await moved({ ...all, step: { step: 'prepare' } })).toMatchObject({ deliveryState: 'preparing' })
  const part = { orderId, wanted: [{ lineNo: 1 }], step: { step: 'ship', parcel: first } } as const
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

it('a line is divided over parcels, and never more leaves than was bought, however many send at once', async () => {
  const itemId = await shop.addItem(100)
  const order = await shop.placed([{ itemId, quantity: 5 }])
  await shop.pay(order.id, 50_000)
  const parcelNo = (n: number) => ({ carrier: 'hanjin', trackingNumber: `55555${n}` }) as const
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      moveOrder(shop.deps, {
        actorId: 'packer',
        orderId: order.id,
        wanted: [{ lineNo: 1, quantity: 2 }],
        step: { step: 'ship', parcel: parcelNo(n) },
      }),
    ),
  )
  expect(results.filter(({ kind }) => kind === 'moved')).toHaveLength(2)
  expect(results.filter((one) => one.kind === 'refused').map(({ code }) => code)).toEqual(
    Array.from({ length: 6 }, () => 'order_line_not_movable'),
  )
  const view = orderView(await shop.order(order.id))
  expect(view.lines[0]?.delivery).toMatchObject({ state: 'shipped', sent: 4, toSend: 1, arrived: 0 })
  expect(view.shipments.map(({ lines }) => lines)).toEqual([
    [{ lineNo: 1, quantity: 2 }],
    [{ lineNo: 1, quantity: 2 }],
  ])
})

it('the database keeps lines and parcels true to one another', async () => {
  const { orderId } = await paidOrder()
  await moved({ orderId, wanted: [{ lineNo: 1 }], step: { step: 'ship', parcel: first } })
  for (const damage of [
    sql`sent = 2`,
    sql`cancelled = 1`,
    sql`arrived = 2`,
    sql`returned = 1`,
    sql`sent = -1`,
  ])
    await expect(
      sql`update orders.order_line set ${damage} where order_id = ${orderId} and line_no = 1`.execute(
        shop.db,
      ),
    ).rejects.toThrow(/check constraint/)
  for (const damage of [sql`carrier = null`, sql`shipped_at = null`, sql`tracking_number = 'x'`])
    await expect(
      sql`update orders.shipment set ${damage} where order_id = ${orderId}`.execute(shop.db),
    ).rejects.toThrow(/constraint/)
  // What no check of one row sees: counts that are not those of the parcels.
  for (const lie of [
    sql`update orders.order_line set sent = 0 where order_id = ${orderId} and line_no = 1`,
    sql`update orders.order_line set arrived = 1 where order_id = ${orderId} and line_no = 1`,
    sql`update orders.shipment_line set delivered_at = now() where order_id = ${orderId}`,
  ])
    await expect(lie.execute(shop.db)).rejects.toThrow('counts other pieces than its parcels hold')
})

it('what does not exist or was not paid is not sent', async () => {
  const step = { step: 'ship', parcel: first } as const
  const unknown = await moveOrder(shop.deps, { actorId: 'packer', orderId: newId(), wanted: undefined, step })
  expect(unknown).toMatchObject({ code: 'not_found' })
  const open = await shop.placed([{ itemId: await shop.addItem(10), quantity: 1 }])
  const unpaid = await moveOrder(shop.deps, { actorId: 'packer', orderId: open.id, wanted: undefined, step })
  expect(unpaid).toMatchObject({ code: 'order_not_paid' })
})

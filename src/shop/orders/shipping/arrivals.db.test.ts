import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { readCsv, writeCsv } from '../../../platform/text/csv.ts'
import { moveOrder } from '../move-order.ts'
import { orderView } from '../order-view.ts'
import { actor, openShop, type Shop } from '../orders.fixture.ts'
import { refundLines } from '../refunding/refund-lines.ts'
import { confirmArrival } from './confirm-arrival.ts'
import { countArrivals } from './count-arrivals.ts'
import { importTracking } from './import-tracking.ts'
import { listForMerchant } from './merchant-list.ts'

let shop: Shop
let items: string[]
beforeAll(async () => {
  shop = await openShop()
  items = [await shop.addItem(10_000), await shop.addItem(10_000)]
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.advance({ hours: 24 * 40 }))

let parcels = 800_000

/** An order of two lines that has left in one parcel. */
async function sent(customerId = newId()) {
  const lines = items.map((itemId) => ({ itemId, quantity: 1 }))
  const order = await shop.placed(lines, { customerId })
  await shop.pay(order.id, 20_000)
  const trackingNumber = String(++parcels)
  const step = { step: 'ship', parcel: { carrier: 'hanjin', trackingNumber } } as const
  const moved = await moveOrder(shop.deps, { actorId: 'packer', orderId: order.id, wanted: undefined, step })
  if (moved.kind === 'refused') throw new Error(moved.code)
  const shipmentId = orderView(moved.order).shipments[0]?.id ?? ''
  return { ...order, customerId, shipmentId, trackingNumber }
}
const seen = async (id: string) => orderView(await shop.order(id))
const arrivals = async (id: string) =>
  (await shop.events(id))
    .filter(({ type }) => type === 'shop.order.delivered')
    .map(({ data }) => [data.by, data.complete])
const received = (order: { id: string; customerId: string; shipmentId: string }) =>
  confirmArrival(shop.deps, {
    actor: actor(order.customerId),
    orderId: order.id,
    shipmentId: order.shipmentId,
  })

it('what nobody marks counts as arrived after a week, once, and can be sent back from then on', async () => {
  const order = await sent()
  shop.clock.advance({ hours: 24 * 7 - 1 })
  await countArrivals(shop.deps)
  expect(await seen(order.id)).toMatchObject({ state: 'shipped', withdrawal: { anyReasonUntil: null } })
  shop.clock.advance({ hours: 1 })
  const now = shop.clock.now()
  expect(await countArrivals(shop.deps)).toBe(1)
  expect(await countArrivals(shop.deps)).toBe(0)
  const there = await seen(order.id)
  expect(there.shipments).toMatchObject([{ arrival: 'counted', deliveredAt: now.toString() }])
  expect(there).toMatchObject({ state: 'delivered', lines: [{ returns: { pieces: 1 } }, {}] })
  expect(there.withdrawal.anyReasonUntil).not.toBeNull()
  expect(await arrivals(order.id)).toEqual([['counted', true]])
  // It came three days later: its time begins then, and nothing is told twice.
  shop.clock.advance({ hours: 72 })
  expect(await received(order)).toMatchObject({ kind: 'there', changed: true })
  expect(await received(order)).toMatchObject({ kind: 'there', changed: false })
  const later = await seen(order.id)
  expect(later.shipments).toMatchObject([{ arrival: 'customer', deliveredAt: shop.clock.now().toString() }])
  expect(String(later.withdrawal.anyReasonUntil) > String(there.withdrawal.anyReasonUntil)).toBe(true)
  expect(await arrivals(order.id)).toEqual([['counted', true]])
})

it('of what waited for longer the time begins when it is counted, not in the past', async () => {
  const order = await sent()
  shop.clock.advance({ hours: 24 * 30 })
  const now = shop.clock.now()
  expect(await countArrivals(shop.deps)).toBe(1)
  expect((await seen(order.id)).shipments).toMatchObject([{ deliveredAt: now.toString() }])
})

it('what was sent long before anything counted begins no time anew, neither by itself nor by its customer', async () => {
  const order = await sent()
  const long = shop.clock.now().add({ hours: 24 * 7 })
  shop.clock.advance({ hours: 24 * 400 })
  expect(await countArrivals(shop.deps)).toBe(1)
  const there = await seen(order.id)
  expect(there.shipments).toMatchObject([{ arrival: 'counted', deliveredAt: long.toString() }])
  expect(await received(order)).toMatchObject({ kind: 'there', changed: false })
  expect(await seen(order.id)).toEqual(there)
  const [told] = (await shop.events(order.id)).filter(({ type }) => type === 'shop.order.delivered')
  expect(told?.data.deliveredAt).toBe(long.toString())
})

it('a line that is paid back is neither counted nor waited for', async () => {
  const order = await sent()
  const asked = await refundLines(shop.deps, {
    actor: actor(newId(), 'merchant'),
    orderId: order.id,
    wish: { deliveryFee: false, lines: [{ lineNo: 2, quantity: 1 }] },
    reason: '분실',
    cancel: false,
    returned: false,
    restock: false,
    idempotencyKey: newId(),
  })
  if (asked.kind === 'refused') throw new Error(asked.code)
  const { refundId } = asked.body
  const amounts = { amount: won(10_000), remaining: won(10_000) }
  await transact(shop.db, (tx) =>
    shop.orders.payable.refunded(tx, { orderId: order.id, refundId, ...amounts, at: shop.clock.now() }),
  )
  const listed = async () => {
    const { orders } = await listForMerchant(shop.deps, { onTheWay: true }, { page: 1, size: 100 })
    return orders.some(({ id }) => id === order.id)
  }
  expect(await listed()).toBe(true)
  shop.clock.advance({ hours: 24 * 7 })
  expect(await countArrivals(shop.deps)).toBe(1)
  expect(await listed()).toBe(false)
  const there = await seen(order.id)
  expect(there.lines.map(({ delivery }) => delivery.arrived)).toEqual([1, 0])
  expect(there.withdrawal.anyReasonUntil).not.toBeNull()
  expect(await arrivals(order.id)).toEqual([['counted', true]])
  shop.clock.advance({ hours: 24 })
  expect(await countArrivals(shop.deps)).toBe(0)
  expect((await received(order)).kind).toBe('there')
  expect((await seen(order.id)).lines.map(({ delivery }) => delivery.arrived)).toEqual([1, 0])
})

it('told by its customer and counted at one moment it arrives once', async () => {
  const orders = await Promise.all([sent(), sent(), sent(), sent()])
  shop.clock.advance({ hours: 24 * 8 })
  await Promise.all([
    countArrivals(shop.deps),
    ...orders.flatMap((order) => [received(order), received(order)]),
    countArrivals(shop.deps),
  ])
  for (const { id } of orders) {
    expect(await arrivals(id)).toHaveLength(1)
    expect(await seen(id)).toMatchObject({ state: 'delivered', shipments: [{ arrival: 'customer' }] })
  }
})

it('a parcel of somebody else, or of another order, is not there', async () => {
  const [one, other] = [await sent(), await sent()]
  const wrong = [
    { ...one, customerId: other.customerId },
    { ...one, shipmentId: other.shipmentId },
  ]
  for (const order of wrong) expect(await received(order)).toMatchObject({ code: 'not_found' })
  expect(await seen(one.id)).toMatchObject({ state: 'shipped' })
})

it('the list of what is on its way has what was sent first before the others, and ends with the arrival', async () => {
  const [first, second] = [await sent(), await sent()]
  const listed = async () => {
    const { orders } = await listForMerchant(shop.deps, { onTheWay: true }, { page: 1, size: 100 })
    return orders.map(({ id }) => id).filter((id) => id === first.id || id === second.id)
  }
  expect(await listed()).toEqual([first.id, second.id])
  await received(first)
  expect(await listed()).toEqual([second.id])
})

const HEAD = ['주문번호', '상품순번', '택배사', '운송장번호', '도착일']
const bring = (...rows: string[][]) =>
  importTracking(shop.deps, {
    actorId: 'packer',
    table: readCsv(writeCsv([HEAD, ...rows])),
    check: false,
  })
const today = (days = 0) =>
  shop.clock.now().toZonedDateTimeISO('Asia/Seoul').toPlainDate().add({ days }).toString()

it('a table tells the day of arrival, also of what it sends itself, all of it or nothing', async () => {
  const one = await sent()
  const lines = items.map((itemId) => ({ itemId, quantity: 1 }))
  const two = await shop.placed(lines)
  await shop.pay(two.id, 20_000)
  shop.clock.advance({ hours: 72 })
  const wrong = await bring(
    [one.orderNumber, '', '한진', one.trackingNumber, today(-1)],
    [two.orderNumber, '1', '한진', '900001', today(1)],
    [two.orderNumber, '2', '한진', '900001', today(-2)],
    [two.orderNumber, '2', '한진', '900001', '어제'],
  )
  expect(wrong).toMatchObject({ code: 'tracking_rows_wrong', facts: { wrongRows: 1 } })
  const impossible = await bring(
    [one.orderNumber, '', '한진', one.trackingNumber, today(-1)],
    [two.orderNumber, '1', '한진', '900001', today(1)],
    [two.orderNumber, '2', '한진', '900001', today(-2)],
  )
  expect(impossible.kind === 'refused' && impossible.errors?.map(({ field, code }) => [field, code])).toEqual(
    [
      ['rows.3', 'tracking_day_impossible'],
      ['rows.4', 'tracking_day_impossible'],
    ],
  )
  expect(await arrivals(one.id)).toEqual([])
  const right = [
    [one.orderNumber, '', '한진', one.trackingNumber, today(-1)],
    [two.orderNumber, '1', '한진', '900001', today()],
    [two.orderNumber, '2', '한진', '900001', today()],
  ]
  expect(await bring(...right)).toEqual({
    kind: 'imported',
    rows: 3,
    sent: 2,
    arrived: 3,
    unchanged: 0,
    orders: 2,
  })
  expect(await bring(...right)).toMatchObject({ sent: 0, arrived: 0, unchanged: 3, orders: 0 })
  expect((await seen(one.id)).shipments[0]?.deliveredAt).toBe(
    Temporal.PlainDate.from(today(-1)).toZonedDateTime('Asia/Seoul').toInstant().toString(),
  )
  expect(await seen(two.id)).toMatchObject({ state: 'delivered', shipments: [{ arrival: 'merchant' }] })
  expect(await arrivals(two.id)).toEqual([
    ['merchant', false],
    ['merchant', true],
  ])
  // That day began before the parcel left: the event says what was kept.
  const kept = (await seen(two.id)).shipments[0]
  const events = (await shop.events(two.id)).filter(({ type }) => type === 'shop.order.delivered')
  expect(events.map(({ data }) => data.deliveredAt)).toEqual([kept?.shippedAt, kept?.deliveredAt])
  const { rows } = await sql<{ after: { arrivals: unknown } }>`
    select after from platform.audit_entry where action = 'order.arrived' and subject_id = ${two.id}`.execute(
    shop.db,
  )
  expect(rows.map(({ after }) => after.arrivals)).toEqual([
    [{ shipmentId: kept?.id, on: today() }],
    [{ shipmentId: kept?.id, on: today() }],
  ])
})

it('the database knows nobody else who could say so, and nothing that arrived before it did', async () => {
  const { id } = await sent()
  for (const wrong of [
    sql`update orders.shipment_line set arrival = 'counted' where order_id = ${id}`,
    sql`update orders.shipment_line set delivered_at = now(), arrival = 'somebody' where order_id = ${id}`,
  ])
    await expect(wrong.execute(shop.db)).rejects.toThrow('shipment_line_arrival')
})

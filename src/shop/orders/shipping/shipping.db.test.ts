import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { readCsv, writeCsv } from '../../../platform/text/csv.ts'
import { cancelOrder } from '../cancel-order.ts'
import { moveOrder } from '../move-order.ts'
import { orderView } from '../order-view.ts'
import { actor, openShop, type Shop } from '../orders.fixture.ts'
import { sheetOf } from '../rules/tracking-sheet.ts'
import { importTracking } from './import-tracking.ts'
import { listForMerchant, type MerchantFilter } from './merchant-list.ts'
import { countToSend, linesToSend } from './to-send.ts'

let shop: Shop
let items: string[]
beforeAll(async () => {
  shop = await openShop()
  items = [await shop.addItem(10_000), await shop.addItem(10_000)]
})
afterAll(() => shop.drop())
beforeEach(() => shop.clock.advance({ minutes: 1 }))

/** A paid order of two lines, 3 + 2 pieces. */
async function paid(customerId = newId()) {
  const lines = items.map((itemId, n) => ({ itemId, quantity: 3 - n }))
  const order = await shop.placed(lines, { customerId })
  await shop.pay(order.id, 50_000)
  return order
}

type Row = [
  orderNumber: string,
  lineNo: number | '',
  quantity: number | '',
  carrier: string,
  tracking: string,
]
const tableOf = (...rows: Row[]) =>
  writeCsv([['주문번호', '상품순번', '수량', '택배사', '운송장번호'], ...rows])
const bring = (csv: string, check = false) =>
  importTracking(shop.deps, { actorId: 'packer', table: readCsv(csv), check })
const shipmentsOf = async (id: string) =>
  orderView(await shop.order(id)).shipments.map(({ trackingNumber, lines }) => [
    trackingNumber,
    ...lines.map(({ lineNo, quantity }) => `${lineNo}×${quantity}`),
  ])
const shippedEvents = async (id: string) =>
  (await shop.events(id)).filter(({ type }) => type === 'shop.order.shipped')

it('a table sends orders, lines and pieces; the same table again changes nothing', async () => {
  const [one, two] = [await paid(), await paid()]
  const table = tableOf(
    [one.orderNumber, '', '', '한진택배', '100001'],
    [two.orderNumber, 1, 2, '한진택배', '100002'],
    [two.orderNumber, 2, '', '한진택배', '100002'],
    [two.orderNumber, 1, 1, 'CJ대한통운', '100003'],
  )
  expect(await bring(table, true)).toMatchObject({ kind: 'imported', sent: 4, orders: 2 })
  expect(await shipmentsOf(two.id)).toEqual([])
  expect(await bring(table)).toEqual({
    kind: 'imported',
    rows: 4,
    sent: 4,
    arrived: 0,
    unchanged: 0,
    orders: 2,
  })
  expect(await shipmentsOf(one.id)).toEqual([['100001', '1×3', '2×2']])
  expect((await shipmentsOf(two.id)).toSorted()).toEqual([
    ['100002', '1×2', '2×2'],
    ['100003', '1×1'],
  ])
  const events = await shippedEvents(two.id)
  expect(events.map(({ data }) => [data.trackingNumber, data.complete])).toEqual([
    ['100002', false],
    ['100002', false],
    ['100003', true],
  ])
  const before = await shop.order(two.id)
  expect(await bring(table)).toEqual({
    kind: 'imported',
    rows: 4,
    sent: 0,
    arrived: 0,
    unchanged: 4,
    orders: 0,
  })
  expect(await shop.order(two.id)).toEqual(before)
  expect(await shippedEvents(two.id)).toHaveLength(3)
})

it('what a process of an earlier release was paid for is on the work list, and leaves it piece by piece', async () => {
  const { id } = await shop.placed([{ itemId: items[0] ?? '', quantity: 3 }])
  const toSend = async () => {
    const { orders } = await listForMerchant(shop.deps, { toSend: true }, { page: 1, size: 100 })
    const { rows } = await sql<{ pieces: number }>`
      select pieces_to_send as pieces from orders."order" where id = ${id}`.execute(shop.db)
    return [orders.some((order) => order.id === id), rows[0]?.pieces]
  }
  expect(await toSend()).toEqual([false, 0])
  // As it wrote the state: without the column of what is to be sent.
  await sql`
    update orders."order" set state = 'paid', version = 2, paid_at = ${shop.clock.now()}, paid_attempt_id = ${newId()},
      paid_provider = 'toss'
    where id = ${id}`.execute(shop.db)
  expect(await toSend()).toEqual([true, 3])
  await sql`update orders.order_line set cancelled = 1 where order_id = ${id}`.execute(shop.db)
  expect(await toSend()).toEqual([true, 2])
  await sql`update orders."order" set pieces_to_send = 0 where id = ${id}`.execute(shop.db)
  expect(await toSend()).toEqual([true, 2])
  await sql`update orders."order" set refund_requested_at = ${shop.clock.now()} where id = ${id}`.execute(
    shop.db,
  )
  expect(await toSend()).toEqual([false, 0])
})

it('one wrong row, and nothing is sent; each is told by its line', async () => {
  const [good, sent, waiting] = [
    await paid(),
    await paid(),
    await shop.placed([{ itemId: items[0] ?? '', quantity: 1 }]),
  ]
  await bring(tableOf([sent.orderNumber, '', '', '한진택배', '200001']))
  const result = await bring(
    tableOf(
      [good.orderNumber, '', '', '한진택배', '200002'],
      [good.orderNumber, 7, '', '한진택배', '200002'],
      ['20260101-AAAAAA', '', '', '한진택배', '200003'],
      [sent.orderNumber, '', '', '한진택배', '200004'],
      [sent.orderNumber, 1, 9, '한진택배', '200001'],
      [waiting.orderNumber, '', '', '한진택배', '200005'],
    ),
  )
  expect(result).toMatchObject({ kind: 'refused', code: 'tracking_rows_wrong', facts: { wrongRows: 5 } })
  expect(
    result.kind === 'refused' && result.errors?.map(({ field, code, message }) => [field, code, message.en]),
  ).toEqual([
    ['rows.3', 'order_line_not_found', 'The order has no such line.'],
    ['rows.4', 'tracking_order_unknown', 'There is no order with this number.'],
    [
      'rows.5',
      'order_line_not_movable',
      'It was sent before, has not been sent yet, or there are not so many pieces left.',
    ],
    [
      'rows.6',
      'order_line_not_movable',
      'It was sent before, has not been sent yet, or there are not so many pieces left.',
    ],
    ['rows.7', 'order_not_paid', 'The order is not paid.'],
  ])
  expect(await shipmentsOf(good.id)).toEqual([])
  expect(await bring('nonsense')).toMatchObject({ code: 'tracking_rows_wrong' })
})

it('two tables at once, rows in any order, and people at the same orders: each piece leaves once', async () => {
  const orders = await Promise.all(Array.from({ length: 12 }, () => paid()))
  const rows = orders.map(({ orderNumber }, n): Row => [orderNumber, '', '', '롯데택배', `30000${n + 10}`])
  const [first] = orders
  const results = await Promise.all([
    bring(tableOf(...rows)),
    bring(tableOf(...rows.toReversed())),
    bring(tableOf(...rows)),
    moveOrder(shop.deps, {
      actorId: 'packer',
      orderId: first?.id ?? '',
      wanted: undefined,
      step: { step: 'prepare' },
    }),
    cancelOrder(shop.deps, { orderId: newId(), actor: actor(newId()) }),
  ])
  const imported = results.flatMap((one) => (one.kind === 'imported' ? [one.sent] : []))
  expect(imported.toSorted()).toEqual([0, 0, 12])
  for (const { id } of orders) {
    expect(await shipmentsOf(id)).toHaveLength(1)
    expect(await shippedEvents(id)).toHaveLength(1)
  }
})

it('different tables for the same orders: one wins, the other is refused as a whole', async () => {
  const orders = await Promise.all(Array.from({ length: 6 }, () => paid()))
  const table = (start: number) =>
    tableOf(...orders.map(({ orderNumber }, n): Row => [orderNumber, '', '', '롯데택배', String(start + n)]))
  const results = await Promise.all([bring(table(400_000)), bring(table(500_000))])
  expect(results.map(({ kind }) => kind).toSorted()).toEqual(['imported', 'refused'])
  const first = await Promise.all(orders.map(async ({ id }) => String((await shipmentsOf(id))[0]?.[0])[0]))
  expect(new Set(first).size).toBe(1)
})

const found = async (filter: MerchantFilter) =>
  (await listForMerchant(shop.deps, filter, { page: 1, size: 100 })).orders.map(
    ({ orderNumber }) => orderNumber,
  )

it('the merchant sees what waits to be sent, oldest first, and as a table', async () => {
  const [old, part, sent, refunding] = [await paid(), await paid(), await paid(), await paid()]
  await bring(
    tableOf([part.orderNumber, 1, 1, '한진택배', '600001'], [sent.orderNumber, '', '', '한진택배', '600002']),
  )
  await cancelOrder(shop.deps, { orderId: refunding.id, actor: actor(refunding.customerId) })
  const waiting = await found({ toSend: true })
  expect(
    waiting.filter((number) => [old, part, sent, refunding].some((one) => one.orderNumber === number)),
  ).toEqual([old.orderNumber, part.orderNumber])
  const mine = (await linesToSend(shop.db)).filter(({ orderNumber }) => orderNumber === part.orderNumber)
  expect(mine).toMatchObject([
    { lineNo: 1, quantity: 2, receiver: '김하늘', phone: '010-1234-5678', postalCode: '03045' },
    { lineNo: 2, quantity: 2, note: '문 앞에 놓아 주세요' },
  ])
  await shop.giveBack(old.id, won(50_000), won(0))
  expect(await found({ toSend: true })).not.toContain(old.orderNumber)
})

it('more than one table goes out in parts: every line is in one of them, and each part comes back', async () => {
  const before = await countToSend(shop.db)
  const many = await Promise.all(Array.from({ length: 4 }, () => paid()))
  // As many orders as fill more than one table, each a copy of one that waits.
  const [sample] = many
  await sql`
    with copies as (
      insert into orders."order" (id, order_number, customer_id, state, version, origin_total, discount_total, total,
        item_count, receiver_name, receiver_phone, city, address_detail, postal_code, placed_at, expires_at, paid_at,
        paid_attempt_id, paid_provider)
      select gen_random_uuid(), '20270101-' || lpad(n::text, 6, '0'), customer_id, state, version, origin_total,
        discount_total, total, item_count, receiver_name, receiver_phone, city, address_detail, postal_code, placed_at,
        expires_at, paid_at, gen_random_uuid(), paid_provider
      from orders."order", generate_series(1, 1100) n where id = ${sample?.id ?? ''}
      returning id)
    insert into orders.order_line (order_id, line_no, item_id, name, enterprise, quantity, origin_unit_price,
      discount_unit_price, unit_price, line_total)
    select copies.id, l.line_no, l.item_id, l.name, l.enterprise, l.quantity, l.origin_unit_price,
      l.discount_unit_price, l.unit_price, l.line_total
    from copies, orders.order_line l where l.order_id = ${sample?.id ?? ''}`.execute(shop.db)
  const counted = await countToSend(shop.db)
  expect(counted.lines).toBe(before.lines + 2 * (4 + 1_100))
  expect(counted.parts).toBe(Math.ceil(counted.lines / 1_000))
  const given: string[] = []
  let after: string | undefined
  for (let part = 1; part <= counted.parts; part += 1) {
    const { lines, until } = await countToSend(shop.db, { after })
    expect(lines).toBe(counted.lines - given.length)
    const table = await linesToSend(shop.db, { after, until: until ?? '' })
    expect(table).toHaveLength(Math.min(1_000, lines))
    expect(table.map(({ orderNumber, lineNo }) => `${orderNumber}.${lineNo}`).at(-1)).toBe(until)
    given.push(...table.map(({ orderNumber, lineNo }) => `${orderNumber}.${lineNo}`))
    after = until ?? ''
    const [head = [], ...rows] = sheetOf(table, 'ko')
    const filled = rows.map((cells, n) => [
      ...cells.slice(0, -3),
      '한진택배',
      String(910_000 + 1_000 * part + n),
      '',
    ])
    // Each is taken as a whole; the rows that a spreadsheet adds below it do not count.
    const empty = Array.from({ length: 500 }, () => head.map(() => ''))
    const asked = await bring(writeCsv([head, ...filled, ...empty]), true)
    expect(asked).toMatchObject({ rows: table.length, sent: table.length })
    // Some of it is sent before the next goes out, and waits no longer.
    expect(await bring(writeCsv([head, ...filled.slice(0, 20)]))).toMatchObject({ kind: 'imported' })
  }
  expect([given.length, new Set(given).size]).toEqual([counted.lines, counted.lines])
  expect(await countToSend(shop.db, { after })).toEqual({ lines: 0, parts: 1, until: null })
  expect(await linesToSend(shop.db, { after })).toEqual([])
  expect(await linesToSend(shop.db, { after: '20200101-AAAAAA.1' })).toEqual([])
})

it('orders are found by number, receiver, phone, item, day and state, and by all of it together', async () => {
  const order = await paid()
  const other = await shop.placed([{ itemId: await shop.addItem(9, 1_000), quantity: 1 }])
  const { orderNumber, lines } = order
  const name = lines[0]?.name ?? ''
  const day = Temporal.PlainDate.from('2026-11-21')
  for (const filter of [
    { number: orderNumber },
    { number: orderNumber.slice(0, 14).toLowerCase() },
    { receiver: '김하' },
    { phone: '5678' },
    { phone: '010-1234-5678' },
    { itemId: items[0] ?? '' },
    { item: name.slice(1) },
    { from: day, to: day },
    { state: 'paid' },
    { state: 'paid', receiver: '김하늘', item: name, phone: '12345678', from: day, to: day },
  ] satisfies MerchantFilter[])
    expect(await found(filter), JSON.stringify(filter)).toContain(orderNumber)
  for (const filter of [
    { number: other.orderNumber },
    { receiver: '하늘' },
    { receiver: '%' },
    { phone: '0000' },
    { phone: '99-1234-5678' },
    { itemId: newId() },
    { item: '100%' },
    { to: day.subtract({ days: 1 }) },
    { from: day.add({ days: 1 }) },
    { state: 'shipped' },
  ] satisfies MerchantFilter[])
    expect(await found(filter), JSON.stringify(filter)).not.toContain(orderNumber)
})

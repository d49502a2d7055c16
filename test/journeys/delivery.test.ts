/** What the merchant does with paid orders, and what the customer sees of it. */
import { createHash } from 'node:crypto'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { XLSX } from '../../src/platform/http/input/table-body.ts'
import { writeXlsx } from '../../src/platform/tables/write-xlsx.ts'
import { readCsv } from '../../src/platform/text/csv.ts'
import { businessDate } from '../../src/platform/time/clock.ts'
import { expectBody } from '../support/api.ts'
import { at, type Json } from '../support/json.ts'
import { colleague, customer, type Person, RECEIVER } from '../support/people.ts'
import { buy, changeItem, placeOrder, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let minji: Person
let merchant: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
  minji = await customer(system)
})
afterAll(async () => {
  await system?.stop()
})

const parcel = { carrier: 'hanjin', trackingNumber: '123456789012' }
const step = (id: string, name: string, json: object, by = merchant) =>
  by.api.post(`/api/admin/orders/${id}/${name}`, { json })

test('a paid order is prepared, sent and delivered; from then on it cannot be cancelled', async () => {
  const { order } = await buy(system, minji, itemId)
  expect((await step(order.id, 'prepare', {})).status).toBe(200)
  expect((await step(order.id, 'deliver', { lines: [1] })).status).toBe(409)
  expect((await step(order.id, 'ship', parcel)).status).toBe(200)
  expect((await step(order.id, 'ship', parcel)).status).toBe(200)
  const seen = await readOrder(minji, order.id)
  expect(seen).toMatchObject({ state: 'shipped' })
  expect((await minji.api.post(`/api/orders/${order.id}/cancel`)).status).toBe(409)
  expect((await step(order.id, 'deliver', {})).status).toBe(200)
  expect(await readOrder(minji, order.id)).toMatchObject({ state: 'delivered' })
})

test('what cannot be sent is refused, and customers send nothing', async () => {
  const order = await placeOrder(minji, itemId)
  expect((await step(order.id, 'ship', parcel)).status).toBe(409)
  expect((await step(order.id, 'ship', parcel, minji)).status).toBe(403)
  const { order: paid } = await buy(system, minji, itemId)
  expect((await step(paid.id, 'prepare', { lines: [7] })).status).toBe(404)
  for (const json of [{ ...parcel, carrier: 'pigeon' }, { ...parcel, trackingNumber: '1' }, {}])
    expect((await step(paid.id, 'ship', json)).status).toBe(400)
})

test('a day at the packing table: what waits, as a table, filled in, sent, and seen by the customer', async () => {
  const { order } = await buy(system, minji, itemId, 3)
  const list = await merchant.api.get('/api/admin/orders?toSend=true&size=100')
  expect(numbersIn(list.body)).toContain(order.orderNumber)
  const searched = await merchant.api.get(
    `/api/admin/orders?number=${order.orderNumber}&phone=${order.receiver.phone.slice(-4)}&state=paid`,
  )
  expect(numbersIn(searched.body)).toEqual([order.orderNumber])
  expect((await step(order.id, 'ship', { ...parcel, pieces: [{ lineNo: 1, quantity: 1 }] })).status).toBe(200)

  const counted = expectBody(
    await merchant.api.get('/api/admin/orders/to-send'),
    200,
    Type.Object({ lines: Type.Integer(), parts: Type.Integer(), until: Type.String() }),
  )
  expect([counted.lines > 0, counted.parts]).toEqual([true, 1])
  const rest = await merchant.api.get(`/api/admin/orders/to-send?after=${counted.until}`)
  expect(rest.body).toEqual({ lines: 0, parts: 1, until: null })
  const bounded = String(
    (await merchant.api.get(`/api/admin/orders/to-send.csv?until=${counted.until}`)).body,
  )
  expect(bounded.trimEnd().split('\r\n')).toHaveLength(counted.lines + 1)
  const goesOut = await merchant.api.get('/api/admin/orders/to-send.xlsx')
  expect([goesOut.status, String(goesOut.body).slice(0, 2)]).toEqual([200, 'PK'])
  const table = String((await merchant.api.get('/api/admin/orders/to-send.csv')).body)
  const row = table.split('\r\n').find((one) => one.startsWith(order.orderNumber)) ?? ''
  expect(row).toMatch(/,1,.*,2,.*,,,$/)
  const filled = `${table.split('\r\n')[0]}\r\n${row.replace(/,,,$/, ',CJ대한통운,987654321098,')}\r\n`
  const bring = (body: string | Buffer, query = '') =>
    merchant.api.post(`/api/admin/orders/tracking${query}`, { raw: { body, type: 'text/csv' } })
  const once = { rows: 1, sent: 1, arrived: 0, unchanged: 0, orders: 1 }
  expect((await bring(filled, '?check=true')).body).toEqual(once)
  expect((await bring(filled)).body).toEqual(once)
  expect((await bring(filled)).body).toEqual({ ...once, sent: 0, unchanged: 1, orders: 0 })
  // What stands in the table is the customers': the audit, from which nothing is taken out, has its hash alone.
  const admin = await colleague(system, 'admin')
  const noted = await admin.api.get(`/api/admin/audit?actorId=${merchant.id}&subjectType=request`)
  const sha256 = createHash('sha256').update(filled).digest('hex')
  const about = JSON.stringify(noted.body)
  expect(about).toContain(sha256)
  for (const personal of [RECEIVER.name, RECEIVER.phone, RECEIVER.address.detail])
    expect(about).not.toContain(personal)
  // As a workbook it says the same, and of it the audit has no more.
  const [head = [], cells = []] = readCsv(filled).map((one) => one.cells)
  const workbook = await writeXlsx([head, cells], '보낼 상품')
  const asWorkbook = await merchant.api.post('/api/admin/orders/tracking', {
    raw: { body: workbook, type: XLSX },
  })
  expect(asWorkbook.body).toEqual({ ...once, sent: 0, unchanged: 1, orders: 0 })
  const notedToo = JSON.stringify(
    (await admin.api.get(`/api/admin/audit?actorId=${merchant.id}&subjectType=request`)).body,
  )
  expect(notedToo).toContain(createHash('sha256').update(workbook).digest('hex'))
  for (const personal of [RECEIVER.name, RECEIVER.phone, RECEIVER.address.detail])
    expect(notedToo).not.toContain(personal)
  const wrong = await bring(filled.replace('CJ대한통운', '비둘기'))
  expect([wrong.status, wrong.code, wrong.fields]).toEqual([422, 'tracking_rows_wrong', ['rows.2.carrier']])
  // As Korean spreadsheets save: no UTF-8. These bytes are the heading and one carrier in EUC-KR.
  const eucKr = Buffer.from('c1d6b9aeb9f8c8a32cc5c3b9e8bbe72cbfeebcdbc0e5b9f8c8a30a', 'hex')
  expect((await bring(eucKr)).body).toEqual({ rows: 0, sent: 0, arrived: 0, unchanged: 0, orders: 0 })
  expect((await bring(Buffer.from([0xff, 0xff, 0x00]))).status).toBe(400)

  const seen = expectBody(await minji.api.get(`/api/orders/${order.id}`), 200, Shipped)
  expect(seen.shipments.map(({ carrier, lines }) => [carrier, lines])).toEqual([
    ['hanjin', [{ lineNo: 1, quantity: 1 }]],
    ['cj_logistics', [{ lineNo: 1, quantity: 2 }]],
  ])
  expect(seen.lines[0]?.delivery).toMatchObject({ state: 'shipped', toSend: 0, sent: 3 })
})

test('what arrived is told by its customer, by a table, or by nobody, and then counts after a week', async () => {
  const { order } = await buy(system, minji, itemId, 2)
  const sending = (trackingNumber: string) =>
    step(order.id, 'ship', { ...parcel, trackingNumber, pieces: [{ lineNo: 1, quantity: 1 }] })
  const sent = expectBody(await sending('700000000001'), 200, Arrivals)
  const first = sent.shipments[0]?.id ?? ''
  expect((await sending('700000000002')).status).toBe(200)
  const onTheWay = async () =>
    numbersIn((await merchant.api.get(`/api/admin/orders?onTheWay=true&number=${order.orderNumber}`)).body)
  expect(await onTheWay()).toEqual([order.orderNumber])
  const received = (shipmentId: string, by = minji) =>
    by.api.post(`/api/orders/${order.id}/shipments/${shipmentId}/received`)
  const stranger = await customer(system)
  expect((await received(first, stranger)).status).toBe(404)
  expect((await received(order.id)).status).toBe(404)
  const there = expectBody(await received(first), 200, Arrivals)
  expect(there.shipments.map(({ arrival }) => arrival)).toEqual(['customer', null])
  expect(expectBody(await received(first), 200, Arrivals)).toEqual(there)

  const table = (number: string, day: string) =>
    `주문번호,택배사,운송장번호,도착일\n${order.orderNumber},한진,${number},${day}\n`
  const bring = (csv: string, query = '') =>
    merchant.api.post(`/api/admin/orders/tracking${query}`, { raw: { body: csv, type: 'text/csv' } })
  const today = businessDate(system.now())
  const wrong = await bring(table('700000000002', today.add({ days: 1 }).toString()))
  expect([wrong.status, wrong.fields]).toEqual([422, ['rows.2']])
  const told = { rows: 1, sent: 0, arrived: 1, unchanged: 0, orders: 1 }
  expect((await bring(table('700000000002', today.toString()), '?check=true')).body).toEqual(told)
  expect((await bring(table('700000000002', today.toString()))).body).toEqual(told)
  expect((await bring(table('700000000002', today.toString()))).body).toEqual({
    ...told,
    arrived: 0,
    unchanged: 1,
    orders: 0,
  })
  expect(await onTheWay()).toEqual([])
  expect(await readOrder(minji, order.id)).toMatchObject({ state: 'delivered' })
  const admin = await colleague(system, 'admin')
  const audit = await admin.api.get(`/api/admin/audit?subjectType=order&subjectId=${order.id}`)
  const actions = at(audit.body, 'data')
  expect(Array.isArray(actions) && actions.map((one) => at(one, 'action'))).toEqual([
    'order.arrived',
    'order.sent',
    'order.sent',
  ])
})

test('the same table brought by two people at one moment sends and tells once', async () => {
  const { order } = await buy(system, minji, itemId, 2)
  const body = `주문번호,택배사,운송장번호\n${order.orderNumber},한진,710000000001\n`
  const other = await colleague(system, 'merchant')
  const answers = await Promise.all(
    [merchant, other, merchant, other, merchant, other].map((by) =>
      by.api.post('/api/admin/orders/tracking', { raw: { body, type: 'text/csv' } }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  expect(answers.map((answer) => at(answer.body, 'sent')).toSorted()).toEqual([0, 0, 0, 0, 0, 1])
  const seen = expectBody(await minji.api.get(`/api/orders/${order.id}`), 200, Arrivals)
  expect(seen.shipments).toHaveLength(1)
  const admin = await colleague(system, 'admin')
  const { body: audit } = await admin.api.get(`/api/admin/audit?action=order.sent&subjectId=${order.id}`)
  const told = at(audit, 'data')
  expect(told).toHaveLength(1)
})

const Arrivals = Type.Object({
  shipments: Type.Array(
    Type.Object({ id: Type.String(), arrival: Type.Union([Type.String(), Type.Null()]) }),
  ),
})

const Shipped = Type.Object({
  shipments: Type.Array(
    Type.Object({
      carrier: Type.String(),
      lines: Type.Array(Type.Object({ lineNo: Type.Integer(), quantity: Type.Integer() })),
    }),
  ),
  lines: Type.Array(Type.Object({ delivery: Type.Object({ state: Type.String() }) })),
})

function numbersIn(body: Json): unknown[] {
  const data = at(body, 'data')
  return Array.isArray(data) ? data.map((one) => at(one, 'orderNumber')) : []
}

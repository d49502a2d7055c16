/** What customers send back, from the request to the money or the other piece, held against the bank's journal. */
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { openBooks } from '../support/books.ts'
import { at } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { arrive, buy, changeItem, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

const Return = Type.Object({ id: Type.String(), state: Type.String(), parcelFee: Type.Integer() })

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
afterAll(() => system?.stop())

async function arrived(quantity: number): Promise<string> {
  const { order } = await buy(system, minji, itemId, quantity)
  await arrive(merchant, order.id)
  return order.id
}
const ask = (orderId: string, quantity: number, more: object = {}) =>
  minji.api.post(`/api/orders/${orderId}/returns`, {
    key: true,
    json: { kind: 'return', reason: 'changed_mind', lines: [{ lineNo: 1, quantity }], ...more },
  })
const asked = async (orderId: string, quantity: number, more: object = {}) =>
  expectBody(await ask(orderId, quantity, more), 201, Return)
const step = (id: string, name: string, json: object = {}) =>
  merchant.api.post(`/api/admin/returns/${id}/${name}`, { json })

test('a return ends with the money, an exchange with another piece, and our books are the bank’s', async () => {
  const books = await openBooks(system)
  const orderId = await arrived(3)
  const request = await asked(orderId, 1)
  expect(request).toMatchObject({ state: 'requested', parcelFee: 3_000 })
  const terms = (await minji.api.get('/api/return-terms')).body
  expect(terms).toEqual({ returnFee: 3_000, exchangeFee: 6_000 })
  const listed = (await merchant.api.get('/api/admin/returns?state=requested&kind=return&sort=oldest')).body
  expect(at(listed, 'data', 0)).toMatchObject({ id: request.id, receiverName: '홍길동' })
  expectBody(await step(request.id, 'approve'), 200, Return)
  expect(expectBody(await step(request.id, 'receive', { restock: true }), 200, Return).state).toBe(
    'refunding',
  )
  const stateOf = async () => at((await minji.api.get(`/api/orders/${orderId}/returns`)).body, 'data')
  await until(async () => at(await stateOf(), 0, 'state') === 'refunded', {
    what: 'the return to be refunded',
    deadlineMs: 15_000,
  })
  expect((await readOrder(minji, orderId)).amounts.refundedTotal).toBe(27_000)

  const swap = await asked(orderId, 1, { kind: 'exchange', reason: 'damaged', note: '뚜껑이 깨졌어요' })
  await step(swap.id, 'approve')
  await step(swap.id, 'receive', { restock: true })
  const parcel = { carrier: 'lotte', trackingNumber: '987654321' }
  expect(expectBody(await step(swap.id, 'send', parcel), 200, Return).state).toBe('exchanged')
  const admin = await colleague(system, 'admin')
  const { body: audit } = await admin.api.get(`/api/admin/audit?subjectType=return&subjectId=${swap.id}`)
  expect(audit).toMatchObject({
    data: ['exchanged', 'received', 'approved'].map((done) => ({
      action: `return.${done}`,
      actorId: merchant.id,
      after: { orderId },
    })),
  })
  const kinds = async () =>
    JSON.stringify((await minji.api.get('/api/notifications?size=100')).body).match(/"return_news"/g)?.length
  // Two requests, two approvals, two arrivals and the other parcel.
  await until(async () => (await kinds()) === 7, { what: 'seven messages', deadlineMs: 15_000 })
  expect(await books.disagreements()).toEqual([])
})

test('an exchange at the customer’s cost is sent once its fee is settled, and the customer reads that', async () => {
  const orderId = await arrived(1)
  const { id, parcelFee } = await asked(orderId, 1, { kind: 'exchange' })
  expect(parcelFee).toBe(6_000)
  await step(id, 'approve')
  const lower = await step(id, 'receive', { restock: false, parcelFee: 0 })
  expect(lower).toMatchObject({ status: 422, code: 'exchange_fee_apart' })
  await step(id, 'receive', { restock: false })
  const parcel = { carrier: 'lotte', trackingNumber: '987654321' }
  const early = await step(id, 'send', parcel)
  expect(early).toMatchObject({ status: 409, code: 'exchange_fee_owed', body: { parcelFee: 6_000 } })
  expect((await step(id, 'settle-fee', { settlement: 'waived' })).code).toBe('invalid_request')
  const done = await step(id, 'settle-fee', { settlement: 'waived', reason: '단골 고객' })
  expect(done).toMatchObject({ status: 200, body: { state: 'received', feeSettlement: 'waived' } })
  expect(await step(id, 'settle-fee', { settlement: 'transfer' })).toMatchObject({
    status: 409,
    code: 'exchange_fee_settled',
  })
  const { body: seen } = await minji.api.get(`/api/orders/${orderId}/returns`)
  expect(at(seen, 'data', 0)).toMatchObject({ feeSettlement: 'waived', feeSettledAt: expect.any(String) })
  expect(expectBody(await step(id, 'send', parcel), 200, Return).state).toBe('exchanged')
  const admin = await colleague(system, 'admin')
  const { body: audit } = await admin.api.get(`/api/admin/audit?subjectType=return&subjectId=${id}`)
  expect(at(audit, 'data', 1)).toMatchObject({
    action: 'return.fee_settled',
    actorId: merchant.id,
    reason: '단골 고객',
    after: { orderId, feeSettlement: 'waived', parcelFee: 6_000 },
  })
})

test('each step refuses what it must', async () => {
  const orderId = await arrived(2)
  const [one, other] = await Promise.all([ask(orderId, 2), ask(orderId, 2)])
  expect([one.status, other.status].toSorted()).toEqual([201, 409])
  const { id } = expectBody(one.status === 201 ? one : other, 201, Return)
  expect(await step(id, 'receive', { restock: true })).toMatchObject({
    status: 409,
    code: 'return_not_in_state',
  })
  expect((await step(id, 'refund')).code).toBe('return_not_in_state')
  expect((await step(id, 'send', { carrier: 'lotte', trackingNumber: '987654321' })).status).toBe(409)
  await step(id, 'approve')
  const high = await step(id, 'receive', { restock: true, parcelFee: 3_001 })
  expect(high).toMatchObject({ status: 422, code: 'return_fee_too_high' })
  expectBody(await step(id, 'refuse', { reason: '오지 않았습니다' }), 200, Return)
  expect((await minji.api.post(`/api/returns/${id}/cancel`)).code).toBe('return_not_in_state')
  const again = await asked(orderId, 2)
  expectBody(await minji.api.post(`/api/returns/${again.id}/cancel`), 200, Return)
  const unsent = (await buy(system, minji, itemId)).order.id
  expect((await ask(unsent, 1)).code).toBe('order_line_not_returnable')
})

test('a browser asks, sees what becomes of it, and keeps it after all', async () => {
  const orderId = await arrived(2)
  const send = (method: 'GET' | 'POST', path: string, form: Record<string, string> = {}, cookie = '') =>
    fetch(new URL(path, system.url), {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', origin: system.url, cookie },
      ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
    })
  const opened = await send('POST', '/login', { email: minji.email, password: PASSWORD })
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  const html = async (path: string) => (await send('GET', path, {}, cookie)).text()
  expect(await html(`/orders/${orderId}`)).toContain(`href="/orders/${orderId}/return"`)
  expect(await html(`/en/orders/${orderId}/return`)).toContain('You may return it for any reason until')
  expect(await html(`/en/orders/${orderId}`)).toContain('When you cannot withdraw')
  const { body: order } = await minji.api.get(`/api/orders/${orderId}`)
  expect(at(order, 'withdrawal', 'anyReasonUntil')).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect(await html(`/orders/${orderId}/return`)).toContain('까지 이유 없이 반품')
  const form = { kind: 'return', reason: 'changed_mind', note: '', key: `return-key-${orderId}` }
  const empty = await send('POST', `/orders/${orderId}/return`, { ...form, 'pieces-1': '0' }, cookie)
  expect([empty.status, await empty.text()]).toEqual([422, expect.stringContaining('수량을 입력해 주세요')])
  const many = await send('POST', `/orders/${orderId}/return`, { ...form, 'pieces-1': '3' }, cookie)
  expect(many.status).toBe(409)
  const done = await send('POST', `/orders/${orderId}/return`, { ...form, 'pieces-1': '1' }, cookie)
  expect(done.headers.get('location')).toBe(`/orders/${orderId}?done=return-asked`)
  const page = await html(`/orders/${orderId}?done=return-asked`)
  expect(page).toContain('1개 반품·교환 진행 중')
  const cancel = /\/returns\/[0-9a-f-]+\/cancel/.exec(page)?.[0] ?? ''
  expect((await send('POST', cancel, {}, cookie)).headers.get('location')).toContain('return-cancelled')
  expect(await html(`/orders/${orderId}`)).toContain('취소됨')
  const { id } = await asked(orderId, 1, { kind: 'exchange' })
  await step(id, 'approve')
  expect(await html(`/orders/${orderId}`)).toContain('왕복 배송비 6,000원 · 교환 상품을 보내기 전에')
  await step(id, 'settle-fee', { settlement: 'transfer' })
  expect(await html(`/orders/${orderId}`)).toContain('왕복 배송비 6,000원 · 받았습니다')
  expect(await html(`/en/orders/${orderId}`)).toContain('for both parcels · paid')
})

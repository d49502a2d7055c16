import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import {
  adminItem,
  askOrder,
  beginPayment,
  buy,
  changeItem,
  placeOrder,
  readOrder,
  readPayment,
  setStock,
  stockShelves,
} from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { DeadLetters, Ledger, OperatorPayment, OperatorPaymentList } from '../support/views.ts'

const NOBODY = '01890000-0000-7000-8000-000000000000'

let system: System
let minji: Person
let merchant: Person
let admin: Person
let itemId: string
beforeAll(async () => {
  // Nobody looks by itself: an hour is longer than any test.
  system = await startSystem({ settings: { PAYMENT_LOOK_SECONDS: '3600,3600,3600,3600' } })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  ;[minji, merchant, admin] = await Promise.all([
    customer(system),
    colleague(system, 'merchant'),
    colleague(system, 'admin'),
  ])
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
})
afterAll(async () => {
  await system?.stop()
})

/** A payment whose answer was lost. */
async function lostPayment(effect: 'reset_before' | 'reset_after'): Promise<{ orderId: string; id: string }> {
  const order = await placeOrder(minji, itemId)
  const { id, redirectUrl } = await beginPayment(minji, order.id)
  await system.bank.faults({ match: { operation: 'approve', partnerOrderId: id }, effect: { kind: effect } })
  await system.api().get((await system.bank.press(redirectUrl, 'approve')) ?? '')
  await system.bank.heal()
  expect((await readPayment(minji, id)).state).toBe('processing')
  return { orderId: order.id, id }
}

test('an unknown payment: seen, looked up, settled', async () => {
  const { orderId, id } = await lostPayment('reset_after')
  const list = await merchant.api.get(`/api/admin/payments?state=unknown&orderId=${orderId}`)
  expect(expectBody(list, 200, OperatorPaymentList).data.map((payment) => payment.id)).toEqual([id])
  const detail = await merchant.api.get(`/api/admin/payments/${id}`)
  expect(at(detail.body, 'payment', 'state') ?? at(detail.body, 'state')).toBe('unknown')
  expect(JSON.stringify(at(detail.body, 'history'))).toContain('sent')
  const looked = await merchant.api.post(`/api/admin/payments/${id}/lookup`)
  expect(expectBody(looked, 200, OperatorPayment).state).toBe('succeeded')
  expect((await readOrder(minji, orderId)).state).toBe('paid')
  const late = await merchant.api.post(`/api/admin/payments/${id}/decision`, {
    json: { outcome: 'not_charged', evidence: '너무 늦은 판단' },
  })
  expect(late).toMatchObject({ status: 409, code: 'payment_settled' })
})

test('an unknown payment decided by a person, with evidence', async () => {
  const { orderId, id } = await lostPayment('reset_after')
  const decide = (json: object) => merchant.api.post(`/api/admin/payments/${id}/decision`, { json })
  expect((await decide({ outcome: 'charged' })).fields).toContain('body.evidence')
  expect((await decide({ outcome: 'perhaps', evidence: '모르겠음, 아마도' })).fields).toContain(
    'body.outcome',
  )
  const decided = await decide({ outcome: 'charged', evidence: '판매자 콘솔에서 승인 확인' })
  expect(expectBody(decided, 200, OperatorPayment).state).toMatch(/^succeeded/)
  expect((await readOrder(minji, orderId)).state).toBe('paid')
  expect((await system.bank.money(id)).charges).toBe(1)
})

test('a payment is named by the provider’s id, and by no other', async () => {
  const { payment } = await buy(system, minji, itemId)
  const [charge] = await system.bank.journal(`?kind=charge&partnerOrderId=${payment.id}`)
  const name = (providerRef: unknown, id = payment.id) => {
    const json = { providerRef, evidence: '판매자 콘솔에서 확인함' }
    return merchant.api.post(`/api/admin/payments/${id}/provider-ref`, { json })
  }
  expect((await name(charge?.tid)).status).toBe(200)
  expect((await name('T0000000000000000000')).code).toBe('provider_ref_mismatch')
  const unpaid = await beginPayment(minji, (await placeOrder(minji, itemId)).id)
  expect((await name(charge?.tid, unpaid.id)).code).toBe('payment_not_refundable')
})

test('payments and refunds nobody made do not exist', async () => {
  const evidence = '아무것도 없음'
  const answers = [
    await merchant.api.get(`/api/admin/payments/${NOBODY}`),
    await merchant.api.post(`/api/admin/payments/${NOBODY}/lookup`),
    await merchant.api.post(`/api/admin/payments/${NOBODY}/decision`, {
      json: { outcome: 'not_charged', evidence },
    }),
    await merchant.api.post(`/api/admin/refunds/${NOBODY}/lookup`),
    await merchant.api.post(`/api/admin/refunds/${NOBODY}/decision`, {
      json: { outcome: 'not_given', evidence },
    }),
    await merchant.api.get(`/api/admin/items/${NOBODY}`),
    await merchant.api.get(`/api/admin/items/${NOBODY}/stock-changes`),
    await merchant.api.patch(`/api/admin/items/${NOBODY}`, { json: { version: 1, originPrice: 1 } }),
    await admin.api.post('/api/admin/dead-letters/event/999999999/replay'),
    await admin.api.post(`/api/admin/dead-letters/command/${NOBODY}/replay`),
    await admin.api.delete('/api/admin/dead-letters/event/999999999'),
  ]
  for (const answer of answers) expect(answer).toMatchObject({ status: 404, code: 'not_found' })
})

test('an unknown refund: looked up, settled, one refund', async () => {
  const { payment } = await buy(system, minji, itemId)
  await system.bank.faults({ match: { operation: 'cancel' }, effect: { kind: 'reset_after' } })
  await minji.api.post(`/api/payments/${payment.id}/refunds`, { key: true, json: { reason: '단순 변심' } })
  const query = `select id from payments.refund where attempt_id = '${payment.id}' and state = 'unknown'`
  const [refund] = await until(
    async () => {
      const rows = await execute(system.databaseUrl, query)
      return rows.length > 0 && rows
    },
    { what: 'the refund to be unknown', deadlineMs: 15_000 },
  )
  await system.bank.heal()
  const decide = (json: object) =>
    merchant.api.post(`/api/admin/refunds/${String(refund?.id)}/decision`, { json })
  expect((await decide({ outcome: 'given', evidence: '콘솔에서 확인함' })).code).toBe('provider_ref_required')
  const looked = await merchant.api.post(`/api/admin/refunds/${String(refund?.id)}/lookup`)
  expect(looked.status).toBe(200)
  expect((await decide({ outcome: 'not_given', evidence: '콘솔에 없음' })).code).toBe('refund_settled')
  expect(await readPayment(minji, payment.id)).toMatchObject({ state: 'refunded' })
  expect((await system.bank.money(payment.id)).refunds).toBe(1)
})

test('the ledger balances', async () => {
  const { data } = expectBody(await merchant.api.get('/api/admin/ledger'), 200, Ledger)
  expect(data.length).toBeGreaterThan(1)
  expect(data.reduce((sum, { balance }) => sum + balance, 0)).toBe(0)
})

test('items: a version that is not the current one, and changes that make no sense', async () => {
  const item = await adminItem(merchant, itemId)
  const change = (json: object, headers = {}) =>
    merchant.api.patch(`/api/admin/items/${itemId}`, { json, headers })
  expect((await change({ originPrice: 1_000 })).code).toBe('item_version_required')
  expect((await change({ version: item.version })).code).toBe('nothing_to_change')
  const stale = await change({ version: item.version + 1, originPrice: 1_000 })
  expect(stale).toMatchObject({ status: 409, code: 'item_changed_meanwhile' })
  const version = item.version
  expect((await change({ version, discountPercent: 12.345 })).code).toBe('discount_rate_invalid')
  expect((await change({ version, originPrice: 0 })).code).toBe('item_without_price')
  expect((await change({ version, thumbnail: 'javascript:alert(1)' })).status).toBe(400)
  await askOrder(minji, itemId, { quantity: 2 })
  const taken = { delta: -item.stock.onHand, reason: '재고 조사' }
  expect((await change({ version, stock: taken })).code).toBe('stock_below_held')
  const matched = await change({ originPrice: 31_000 }, { 'if-match': `"${version}"` })
  expect(matched.status).toBe(200)
})

test('dead letters: seen, replayed, given up', async () => {
  const park = async (subject: string) => {
    const envelope = { specversion: '1.0', id: subject, source: 'x', type: 'test.x', subject, data: {} }
    const [row] = await execute(
      system.databaseUrl,
      `insert into platform.parked_event
         (subscriber, event_id, subject, position, envelope, state, next_at, reason)
       values ('nobody', '${subject}', '${subject}', 1, '${JSON.stringify(envelope)}', 'dead', now(), 'broken')
       returning id::int as id`,
    )
    return String(row?.id)
  }
  const id = await park('01890000-0000-7000-8000-00000000dead')
  const list = async () => expectBody(await admin.api.get('/api/admin/dead-letters'), 200, DeadLetters).data
  expect((await list()).find((letter) => letter.id === id)).toMatchObject({ kind: 'event', name: 'test.x' })
  expect((await admin.api.post(`/api/admin/dead-letters/event/${id}/replay`)).status).toBe(204)
  // It waits for a process that hosts its subscriber. There is none, so it is put back before somebody gives it up.
  expect((await list()).some((letter) => letter.id === id)).toBe(false)
  await execute(system.databaseUrl, `update platform.parked_event set state = 'dead' where id = ${id}`)
  expect((await admin.api.delete(`/api/admin/dead-letters/event/${id}`)).status).toBe(204)
  expect((await list()).some((letter) => letter.id === id)).toBe(false)

  await park('01890000-0000-7000-8000-00000000beef')
  await park('01890000-0000-7000-8000-00000000cafe')
  const all = (verb: 'replay' | 'discard', json: object) =>
    admin.api.post(`/api/admin/dead-letters/events/${verb}`, { json })
  expect(await all('discard', {})).toMatchObject({ status: 400 })
  expect((await all('replay', { type: 'test.x', subscriber: 'somebody' })).body).toEqual({ count: 0 })
  expect((await all('replay', { type: 'test.x', subscriber: 'nobody' })).body).toEqual({ count: 2 })
  await execute(
    system.databaseUrl,
    `update platform.parked_event set state = 'dead' where subscriber = 'nobody'`,
  )
  expect((await all('discard', { type: 'test.x' })).body).toEqual({ count: 2 })
})

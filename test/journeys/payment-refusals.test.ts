import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import {
  askPayment,
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
import { Payment } from '../support/views.ts'

let system: System
let minji: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem({ settings: { PAYMENT_LOOK_SECONDS: '0.2,0.2,0.5,1,2,5,5,5' } })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000 })
  await setStock(merchant, itemId, 1_000)
  minji = await customer(system)
})
afterAll(async () => {
  await system?.stop()
})

const html = (language: string) => ({
  headers: { accept: 'text/html', 'accept-language': language },
  follow: true,
})

test('a hint of Toss is taken where Toss is not offered, and does nothing', async () => {
  const hint = { eventType: 'PAYMENT_STATUS_CHANGED', data: { paymentKey: 'nobody', status: 'DONE' } }
  expect((await system.api().post('/api/payments/webhooks/toss', { json: hint })).status).toBe(200)
})

test('the customer cancels on the page, is told so, and pays after all', async () => {
  const order = await placeOrder(minji, itemId)
  const payment = await beginPayment(minji, order.id)
  // A second click leads to the same page.
  expect((await beginPayment(minji, order.id)).redirectUrl).toBe(payment.redirectUrl)
  const back = (await system.bank.press(payment.redirectUrl, 'cancel')) ?? ''
  const page = await system.api().get(back, html('ko'))
  expect(page.body).toContain('결제를 취소했습니다')
  expect((await system.api().get(back, html('en-GB,ko;q=0.5'))).body).toContain('Payment cancelled')
  expect(await readPayment(minji, payment.id)).toMatchObject({ state: 'cancelled', redirectUrl: null })
  expect((await readOrder(minji, order.id)).state).toBe('awaiting_payment')

  const second = await beginPayment(minji, order.id)
  expect(second.id).not.toBe(payment.id)
  const paid = await system.api().get((await system.bank.press(second.redirectUrl, 'approve')) ?? '')
  expect(expectBody(paid, 200, Payment).state).toBe('paid')
  // The cancelled one stays cancelled, whatever its address says later.
  expect((await system.api().get(back.replace('/cancel', '/success?pg_token=late'))).status).toBe(200)
  expect((await readPayment(minji, payment.id)).state).toBe('cancelled')
  expect((await system.bank.money(second.id)).charges).toBe(1)
})

test('the method fails on the page, and the customer is told why', async () => {
  const order = await placeOrder(minji, itemId)
  const payment = await beginPayment(minji, order.id)
  const back = (await system.bank.press(payment.redirectUrl, 'fail')) ?? ''
  const page = await system.api().get(back, html('ko'))
  expect(page.body).toContain('결제되지 않았습니다')
  expect((await system.api().get(back, html('en'))).body).toContain('Payment declined')
  const declined = await readPayment(minji, payment.id)
  expect(declined.state).toBe('declined')
  expect(declined.declineCode).not.toBeNull()
  expect((await readOrder(minji, order.id)).state).toBe('awaiting_payment')
  expect((await system.bank.money(payment.id)).charges).toBe(0)
})

test('the provider declines the approval', async () => {
  const order = await placeOrder(minji, itemId)
  const payment = await beginPayment(minji, order.id)
  await system.bank.faults({
    match: { operation: 'approve', partnerOrderId: payment.id },
    effect: {
      kind: 'decline',
      extras: { method_result_code: 'USER_LOCKED', method_result_message: '잠긴 카드' },
    },
  })
  const back = (await system.bank.press(payment.redirectUrl, 'approve')) ?? ''
  const declined = expectBody(await system.api().get(back), 200, Payment)
  await system.bank.heal()
  expect(declined.state).toBe('declined')
  expect((await readOrder(minji, order.id)).state).toBe('awaiting_payment')
  expect((await system.bank.money(payment.id)).charges).toBe(0)
  // Another try, under a new key.
  expect((await beginPayment(minji, order.id)).id).not.toBe(payment.id)
})

test('a forged way back pays nothing', async () => {
  const order = await placeOrder(minji, itemId)
  const payment = await beginPayment(minji, order.id)
  await system.bank.faults({
    match: { operation: 'page_approve', partnerOrderId: payment.id },
    effect: { kind: 'tamper_return', set: { pg_token: 'forged-token' } },
  })
  const forged = (await system.bank.press(payment.redirectUrl, 'approve')) ?? ''
  await system.bank.heal()
  expect(forged).toContain('forged-token')
  const answer = expectBody(await system.api().get(forged), 200, Payment)
  expect(answer.state).not.toBe('paid')
  expect((await system.bank.money(payment.id)).charges).toBe(0)
  expect((await readOrder(minji, order.id)).state).toBe('awaiting_payment')

  // Addresses nobody was given.
  const path = new URL(forged).pathname.split('/')
  const [id, returnKey] = [path.at(-3) ?? '', path.at(-2) ?? '']
  const guess = (attempt: string, key: string) =>
    system.api().get(`/api/payments/return/${attempt}/${key}/success?pg_token=x`)
  expect((await guess(id, [...returnKey].reverse().join(''))).status).toBe(404)
  expect((await guess('01890000-0000-7000-8000-000000000000', returnKey)).status).toBe(404)
  expect((await guess(id, 'short')).status).toBe(400)
  expect((await system.api().get(`/api/payments/return/${id}/${returnKey}/elsewhere`)).status).toBe(400)
})

test('while money may be moving, nothing else happens to the order', async () => {
  const order = await placeOrder(minji, itemId)
  const payment = await beginPayment(minji, order.id)
  await system.bank.faults({
    match: { operation: 'approve', partnerOrderId: payment.id },
    effect: { kind: 'latency', distribution: 'fixed', ms: 1_000, at: 'before' },
  })
  const back = (await system.bank.press(payment.redirectUrl, 'approve')) ?? ''
  const returning = system.api().get(back)
  await until(async () => (await readPayment(minji, payment.id)).state === 'processing', {
    what: 'the approval to be under way',
    deadlineMs: 5_000,
  })
  const cancel = await minji.api.post(`/api/orders/${order.id}/cancel`)
  expect(cancel).toMatchObject({ status: 409, code: 'payment_in_progress' })
  expect(Number(cancel.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await askPayment(minji, order.id)).code).toBe('payment_in_progress')
  expect(expectBody(await returning, 200, Payment).state).toBe('paid')
  await system.bank.heal()
  expect((await system.bank.money(payment.id)).charges).toBe(1)
})

test('the answer of the provider is lost: "processing", then the truth, and one charge', async () => {
  const order = await placeOrder(minji, itemId)
  const payment = await beginPayment(minji, order.id)
  await system.bank.faults(
    { match: { operation: 'approve', partnerOrderId: payment.id }, effect: { kind: 'reset_after' } },
    // The first look-ups do not see it yet.
    { match: { operation: 'order' }, effect: { kind: 'http_5xx', status: 502 } },
  )
  const back = (await system.bank.press(payment.redirectUrl, 'approve')) ?? ''
  const page = await system.api().get(back, html('ko'))
  expect(page.body).toContain('다시 결제하지 마세요')
  expect((await readPayment(minji, payment.id)).state).toBe('processing')
  expect(await askPayment(minji, order.id)).toMatchObject({ status: 409, code: 'payment_in_progress' })
  expect((await minji.api.post(`/api/orders/${order.id}/cancel`)).code).toBe('payment_in_progress')
  await system.bank.heal()
  await until(async () => (await readPayment(minji, payment.id)).state === 'paid', {
    what: 'the look-up to find the charge',
    deadlineMs: 15_000,
  })
  expect((await readOrder(minji, order.id)).state).toBe('paid')
  expect((await system.bank.money(payment.id)).charges).toBe(1)
})

test('a refund is asked for once, and only of what was paid', async () => {
  const order = await placeOrder(minji, itemId)
  const waiting = await beginPayment(minji, order.id)
  const refund = (id: string, key: string | true = true, reason = '단순 변심') =>
    minji.api.post(`/api/payments/${id}/refunds`, { key, json: { reason } })
  expect((await refund(waiting.id)).status).toBe(409)
  expect((await refund('01890000-0000-7000-8000-000000000000')).status).toBe(404)

  const { payment } = await buy(system, minji, itemId)
  expect((await refund(payment.id, true, '')).fields).toContain('body.reason')
  const key = `refund-${payment.id}`
  const [first, repeated] = [await refund(payment.id, key), await refund(payment.id, key)]
  expect([first.status, repeated.status]).toEqual([202, 202])
  expect(await refund(payment.id, key, 'another reason')).toMatchObject({ status: 422 })
  await until(async () => (await readPayment(minji, payment.id)).state === 'refunded', {
    what: 'the refund',
    deadlineMs: 15_000,
  })
  expect((await refund(payment.id)).status).toBe(409)
  expect((await system.bank.money(payment.id)).refunds).toBe(1)
})

test('keys: missing, too short, repeated, reused for something else', async () => {
  const order = await placeOrder(minji, itemId)
  const json = { orderId: order.id, provider: 'kakaopay' }
  const without = await minji.api.post('/api/payments', { json })
  expect(without).toMatchObject({ status: 400, code: 'idempotency_key_required' })
  expect((await minji.api.post('/api/payments', { json, key: 'short' })).code).toBe(
    'idempotency_key_required',
  )
  const key = `payment-${order.id}`
  const first = expectBody(await minji.api.post('/api/payments', { json, key }), 201, Payment)
  const again = expectBody(await minji.api.post('/api/payments', { json, key }), 201, Payment)
  expect(again).toEqual(first)
  const other = await minji.api.post('/api/payments', { json: { ...json, device: 'mobile' }, key })
  expect(other).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
  const unknown = await minji.api.post('/api/payments', { json: { ...json, provider: 'cash' }, key: true })
  expect(unknown.fields).toContain('body.provider')
})

test('the provider is away: a clear answer, nothing charged, and a new try works', async () => {
  const order = await placeOrder(minji, itemId)
  await system.bank.offline()
  const answer = await askPayment(minji, order.id)
  await system.bank.heal()
  expect([502, 503]).toContain(answer.status)
  expect(['provider_unavailable', 'payment_not_started']).toContain(answer.code)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  const payment = await beginPayment(minji, order.id)
  expect(payment.state).toBe('awaiting_customer')
})

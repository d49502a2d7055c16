import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { crowd, type Person } from '../support/people.ts'
import { beginPayment, placeOrder, readOrder, readPayment, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let person: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem({
    bankClock: 'manual',
    // Nobody goes to the page of the other provider.
    settings: { TOSS_SECRET_KEY: 'test_sk_simulated', TOSS_CHECKOUT_URL: 'http://127.0.0.1:9/checkout' },
  })
  const items = await stockShelves(system, 12)
  itemId = items.find(({ available }) => available >= 5)?.id ?? ''
  const [somebody] = await crowd(system, 1)
  if (somebody === undefined) throw new Error('nobody came')
  person = somebody
})
afterAll(async () => {
  await system?.stop()
})

test('sixteen minutes on the bank’s page: it has expired, nothing is charged, paying again works', async () => {
  const order = await placeOrder(person, itemId)
  const payment = await beginPayment(person, order.id)
  await system.bank.skip({ minutes: 16 })
  system.skip({ minutes: 16 })
  const back = await system.bank.press(payment.redirectUrl, 'approve')
  expect(back).toContain('/fail')
  const page = await system.api().get(back ?? '', { headers: { accept: 'text/html' }, follow: true })
  expect(page.status).toBe(200)
  expect(page.body).toMatch(/결제되지 않았습니다|결제 시간이 지났습니다/)
  const ended = await until(
    async () => {
      const now = await readPayment(person, payment.id)
      return now.state !== 'awaiting_customer' && now
    },
    { what: 'the payment to end', deadlineMs: 10_000 },
  )
  expect(['declined', 'expired']).toContain(ended.state)
  expect((await system.bank.money(payment.id)).charges).toBe(0)
  expect((await readOrder(person, order.id)).state).toBe('awaiting_payment')

  const second = await beginPayment(person, order.id)
  const returned = await system.bank.press(second.redirectUrl, 'approve')
  expect((await system.api().get(returned ?? '')).status).toBe(200)
  expect((await readOrder(person, order.id)).state).toBe('paid')
})

test('whoever pays by an attempt that is over is told what became of it, and nothing is charged by it', async () => {
  const saidAt = async (address: string | null) => {
    const back = await system.bank.press(address, 'approve')
    const page = await system.api().get(back ?? '', { headers: { accept: 'text/html' }, follow: true })
    return String(page.body)
  }
  const order = await placeOrder(person, itemId)
  const first = await beginPayment(person, order.id)
  const json = { orderId: order.id, provider: 'toss' }
  expect((await person.api.post('/api/payments', { key: true, json })).status).toBe(201)
  const replaced = await saidAt(first.redirectUrl)
  expect(replaced).toContain('다른 결제 시도가 이어졌습니다')
  // The way on: the number of the order, and the order itself.
  expect(replaced).toContain((await readOrder(person, order.id)).orderNumber)
  expect(replaced).toContain(`/orders/${order.id}`)
  expect((await system.bank.money(first.id)).charges).toBe(0)

  const ended = await placeOrder(person, itemId)
  const late = await beginPayment(person, ended.id)
  expect((await person.api.post(`/api/orders/${ended.id}/cancel`, { key: true, json: {} })).status).toBe(200)
  expect(await saidAt(late.redirectUrl)).toContain('주문이 이미 종료되어 결제하지 않았습니다')
  expect((await system.bank.money(late.id)).charges).toBe(0)
})

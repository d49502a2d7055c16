import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { buy, changeItem, readPayment, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let minji: Person
let merchant: Person
let second: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem({ settings: { DECIDE_ALONE_UP_TO: '50000' } })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  ;[minji, merchant, second] = await Promise.all([
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

const askRefund = (paymentId: string) =>
  merchant.api.post(`/api/payments/${paymentId}/refunds`, { key: true, json: { reason: '고객 요청' } })

const proposalOf = async (paymentId: string) => {
  const { body } = await second.api.get('/api/admin/proposals')
  const rows = at(body, 'data')
  return Array.isArray(rows) ? rows.find((row) => at(row, 'subjectId') === paymentId) : undefined
}

test('what one operator may not give back alone waits for another one, who confirms it', async () => {
  const { payment } = await buy(system, minji, itemId, 3)
  expect(await askRefund(payment.id)).toMatchObject({ code: 'second_person_required' })
  expect((await readPayment(minji, payment.id)).refunds).toEqual([])
  const proposal = await proposalOf(payment.id)
  expect(proposal).toMatchObject({ kind: 'refund', amount: 90_000, state: 'open' })

  const path = `/api/admin/proposals/${String(at(proposal, 'id'))}`
  expect((await merchant.api.post(`${path}/confirm`)).status).toBe(409)
  expect((await minji.api.post(`${path}/confirm`)).status).toBe(403)
  expect(await second.api.post(`${path}/confirm`)).toMatchObject({
    status: 200,
    body: { state: 'confirmed', endedBy: second.id },
  })
  await until(async () => (await readPayment(minji, payment.id)).state === 'refunded', {
    what: 'the refund',
    deadlineMs: 10_000,
  })
  expect((await second.api.post(`${path}/confirm`)).status).toBe(409)

  // As if it had been found to be impossible after the process that was to do it had died.
  await execute(
    system.databaseOf('shop'),
    `update payments.proposal_deed set outcome = 'order_not_refundable', handed_back = true
     where proposal_id = '${String(at(proposal, 'id'))}'`,
  )
  const returned = async () =>
    at((await second.api.get('/api/admin/figures/payments')).body, 'now', 'handedBack')
  expect(await returned()).toBe(1)
  expect(await proposalOf(payment.id)).toMatchObject({ handedBack: 'order_not_refundable' })
  expect((await second.api.post(`${path}/reject`)).status).toBe(200)
  expect((await second.api.post(`${path}/reject`)).status).toBe(409)
  expect(await returned()).toBe(0)
  expect(await proposalOf(payment.id)).toBeUndefined()
})

test('what the other one says no to is not given back', async () => {
  const { payment } = await buy(system, minji, itemId, 2)
  await askRefund(payment.id)
  const path = `/api/admin/proposals/${String(at(await proposalOf(payment.id), 'id'))}`
  expect(await second.api.post(`${path}/reject`)).toMatchObject({ status: 200, body: { state: 'rejected' } })
  expect(await proposalOf(payment.id)).toBeUndefined()
  expect((await readPayment(minji, payment.id)).state).toBe('paid')
})

test('up to the amount one is enough', async () => {
  const { payment } = await buy(system, minji, itemId)
  expect((await askRefund(payment.id)).status).toBe(202)
})

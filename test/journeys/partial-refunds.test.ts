/** Parts of orders that go back, held against the bank's journal. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { openBooks } from '../support/books.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { buy, changeItem, readOrder, setStock, stockShelves } from '../support/shop.ts'
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
const ship = (id: string, pieces: object[]) =>
  merchant.api.post(`/api/admin/orders/${id}/ship`, { json: { ...parcel, pieces } })

test('parts of orders go back and forth, and our books are those of the bank', async () => {
  const books = await openBooks(system)
  const [part, whole, goodwill] = [
    (await buy(system, minji, itemId, 5)).order,
    (await buy(system, minji, itemId, 2)).order,
    (await buy(system, minji, itemId, 3)).order,
  ]
  const cancel = (id: string, quantity: number) =>
    minji.api.post(`/api/orders/${id}/lines/1/cancel`, { key: true, json: { quantity } })
  const giveBack = (id: string, json: object) =>
    merchant.api.post(`/api/admin/orders/${id}/refunds`, { key: true, json: { reason: '파손', ...json } })
  const settled = (id: string, refundedTotal: number) =>
    until(async () => (await readOrder(minji, id)).amounts.refundedTotal === refundedTotal, {
      what: `${refundedTotal} won to be back`,
      deadlineMs: 15_000,
    })
  expect((await ship(part.id, [{ lineNo: 1, quantity: 2 }])).status).toBe(200)
  expect((await cancel(part.id, 2)).status).toBe(202)
  await settled(part.id, 60_000)
  // Six at once of what is left twice: two refunds of 60 from 90 never both succeed.
  const asked = await Promise.all(
    Array.from({ length: 6 }, () => giveBack(part.id, { lines: [{ lineNo: 1, quantity: 2 }] })),
  )
  expect(asked.filter(({ status }) => status === 202)).toHaveLength(1)
  await settled(part.id, 120_000)
  expect((await giveBack(part.id, { amount: 30_001 })).code).toBe('refund_exceeds_payment')
  expect((await cancel(whole.id, 1)).status).toBe(202)
  await settled(whole.id, 30_000)
  expect((await cancel(whole.id, 1)).status).toBe(202)
  await settled(whole.id, 60_000)
  // Three that wait to be sent cannot stand on the shelf as well.
  const shelved = { lines: [{ lineNo: 1, quantity: 3 }], deliveryFee: true, restock: true }
  expect(await giveBack(goodwill.id, shelved)).toMatchObject({
    status: 409,
    code: 'order_line_not_restockable',
  })
  expect((await giveBack(goodwill.id, { amount: 777 })).status).toBe(202)
  await settled(goodwill.id, 777)
  expect(await readOrder(minji, whole.id)).toMatchObject({ state: 'refunded' })
  const refunds = (await minji.api.get(`/api/orders/${part.id}/refunds`)).body
  expect(at(refunds, 'data', 1)).toMatchObject({ cause: 'cancelled', state: 'given', amount: 60_000 })
  expect(await books.disagreements()).toEqual([])
})

/** What the merchant does with paid orders, and what the customer sees of it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { colleague, customer, type Person } from '../support/people.ts'
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
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000 })
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

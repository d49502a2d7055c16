/** What selling costs, published by the merchant: what was ordered keeps to its terms, what comes after goes by the new. */
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { buy, changeItem, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { inOneProcess, type System, startSystem } from '../support/system.ts'

const Listed = Type.Object({
  data: Type.Array(Type.Object({ version: Type.Integer(), state: Type.String() })),
  inForce: Type.Object({ deliveryFee: Type.Integer() }),
})
const Published = Type.Object({ version: Type.Integer(), validFrom: Type.String() })

const NEW_TERMS = {
  deliveryFee: 4_000,
  freeFrom: 50_000,
  returnFee: 2_500,
  exchangeFee: 5_000,
  recurringDiscount: 7,
}

let system: System
let merchant: Person
let minji: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem({ settings: { DELIVERY_FEE: '3000', FREE_DELIVERY_FROM: '30000' } })
  itemId = (await stockShelves(system, 12))[0]?.id ?? ''
  merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
  minji = await customer(system)
})
afterAll(() => system?.stop())

const listed = async () =>
  expectBody(await merchant.api.get('/api/admin/selling-terms'), 200, Listed).data.map(
    ({ version, state }) => [version, state],
  )
const publish = (version: number, terms: object = NEW_TERMS) =>
  merchant.api.send('PUT', '/api/admin/selling-terms', { json: { version, terms } })
const deliveryTerms = async () => (await system.api().get('/api/delivery-terms')).body

test('published terms begin in a minute; who saw an older version is told so', async () => {
  expect(await listed()).toEqual([[0, 'in_force']])
  const published = expectBody(await publish(0), 200, Published)
  expect(published.version).toBe(1)
  const leadMs = Temporal.Instant.from(published.validFrom).epochMilliseconds - system.now().epochMilliseconds
  expect(leadMs).toBeGreaterThan(30_000)
  expect(leadMs).toBeLessThanOrEqual(60_000)
  expect(await listed()).toEqual([
    [1, 'planned'],
    [0, 'in_force'],
  ])
  expect(await publish(0)).toMatchObject({ status: 409, body: { code: 'terms_changed_meanwhile' } })
  expect(await publish(1, { ...NEW_TERMS, recurringDiscount: 51 })).toMatchObject({ status: 400 })
  expect(await deliveryTerms()).toMatchObject({ fee: 3_000, freeFrom: 30_000 })
})

test.runIf(inOneProcess)('an order keeps the terms of its moment, the next one goes by the new', async () => {
  const before = await buy(system, minji, itemId)
  expect(at(before.order, 'amounts', 'deliveryFee')).toBe(3_000)
  system.skip({ minutes: 2 })
  expect(await deliveryTerms()).toMatchObject({ fee: 4_000, freeFrom: 50_000 })
  expect(await listed()).toEqual([
    [1, 'in_force'],
    [0, 'past'],
  ])
  expect((await minji.api.get('/api/return-terms')).body).toEqual({ returnFee: 2_500, exchangeFee: 5_000 })
  const after = await buy(system, minji, itemId)
  expect(at(after.order, 'amounts', 'deliveryFee')).toBe(4_000)
  expect(at(await readOrder(minji, before.order.id), 'amounts', 'deliveryFee')).toBe(3_000)
})

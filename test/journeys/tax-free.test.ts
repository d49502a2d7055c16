/** Items without VAT, from the merchant's table to the charge and back in parts, held against the bank's journal. */
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { openBooks } from '../support/books.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person, RECEIVER } from '../support/people.ts'
import { adminItem, beginPayment, changeItem, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let merchant: Person
let items: string[]
beforeAll(async () => {
  system = await startSystem({ settings: { DELIVERY_FEE: '3000', FREE_DELIVERY_FROM: '100000' } })
  items = (await stockShelves(system, 12)).slice(0, 2).map(({ id }) => id)
  merchant = await colleague(system, 'merchant')
  for (const itemId of items) {
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 9_990, discountPercent: 0 })
    await setStock(merchant, itemId, 100)
  }
})
afterAll(() => system?.stop())

const Placed = Type.Object({
  id: Type.String(),
  amounts: Type.Object({
    total: Type.Integer(),
    taxFree: Type.Integer(),
    taxable: Type.Integer(),
    vat: Type.Integer(),
  }),
  lines: Type.Array(Type.Object({ lineNo: Type.Integer(), itemId: Type.String(), taxFree: Type.Boolean() })),
})
const Told = Type.Object({
  token: Type.String(),
  changes: Type.Array(
    Type.Object({
      before: Type.Object({ taxFree: Type.Boolean() }),
      after: Type.Object({ taxFree: Type.Boolean() }),
    }),
  ),
})

test('a tax-free line is charged and given back as such, in parts, to the won', async () => {
  const [taxed = '', free = ''] = items
  const { version } = await adminItem(merchant, free)
  const bring = (token?: string) =>
    merchant.api.post(
      `/api/admin/items/table?${new URLSearchParams({ reason: '면세 전환', ...(token ? { token } : {}) })}`,
      { raw: { body: `상품ID,버전,과세구분\n${free},${version},면세`, type: 'text/csv' } },
    )
  const told = expectBody(await bring(), 200, Told)
  expect(told.changes).toMatchObject([{ before: { taxFree: false }, after: { taxFree: true } }])
  expectBody(await bring(told.token), 200, Told)
  expect((await system.api().get(`/api/items/${free}`)).body).toMatchObject({ taxFree: true })

  const books = await openBooks(system)
  const hana = await customer(system)
  const now = system.now()
  const coupon = await merchant.api.post('/api/admin/coupons', {
    key: true,
    json: {
      name: '가을 쿠폰',
      off: { kind: 'amount', amount: 1_000 },
      minimum: 10_000,
      startsAt: now.subtract({ hours: 1 }).toString(),
      endsAt: now.add({ hours: 24 }).toString(),
    },
  })
  const json = {
    lines: [
      { itemId: taxed, quantity: 1 },
      { itemId: free, quantity: 2 },
    ],
    receiver: RECEIVER,
    couponId: at(coupon.body, 'id'),
  }
  const placed = expectBody(await hana.api.post('/api/orders', { key: true, json }), 201, Placed)
  expect(placed.lines.map(({ taxFree }) => taxFree)).toEqual([false, true])
  // 19,980 less 667 of the coupon, and 2,000 of the delivery.
  expect(placed.amounts).toMatchObject({ total: 31_970, taxFree: 21_313, taxable: 10_657, vat: 969 })
  const begun = await beginPayment(hana, placed.id)
  await system.api().get((await system.bank.press(begun.redirectUrl, 'approve')) ?? '')

  // What is changed later does not reach the order.
  await changeItem(merchant, free, { taxFree: false })
  const back = async (ask: Promise<{ status: number }>, total: number) => {
    expect((await ask).status).toBe(202)
    await until(async () => (await readOrder(hana, placed.id)).amounts.refundedTotal === total, {
      what: `${total} won to be back`,
      deadlineMs: 15_000,
    })
  }
  const give = (wish: object) =>
    merchant.api.post(`/api/admin/orders/${placed.id}/refunds`, {
      key: true,
      json: { reason: '파손', ...wish },
    })
  await back(
    hana.api.post(`/api/orders/${placed.id}/lines/2/cancel`, { key: true, json: { quantity: 1 } }),
    9_656,
  )
  await back(give({ amount: 777 }), 10_433)
  await back(give({ lines: [{ lineNo: 1, amount: 5_000 }] }), 15_433)
  await back(
    hana.api.post(`/api/payments/${begun.id}/refunds`, { key: true, json: { reason: '변심' } }),
    31_970,
  )

  const rows = await system.bank.journal(`?partnerOrderId=${begun.id}`)
  const of = (kind: string) =>
    rows
      .filter((row) => row.kind === kind)
      .map(({ amount, taxFree, vat }) => [amount, taxFree, vat].map(Number))
  expect(of('charge')).toEqual([[31_970, 21_313, 969]])
  const given = of('refund')
  expect(given[0]).toEqual([9_656, 9_656, 0])
  expect(given[2]).toEqual([5_000, 0, expect.any(Number)])
  const sums = [0, 1, 2].map((column) => given.reduce((sum, row) => sum + (row[column] ?? 0), 0))
  expect(sums).toEqual([31_970, 21_313, 969])
  expect(await books.disagreements()).toEqual([])
})

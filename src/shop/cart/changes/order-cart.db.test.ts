import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { cancelOrder } from '../../orders/cancel-order.ts'
import { actor } from '../../orders/orders.fixture.ts'
import { type CartShop, newCustomer, openCartShop } from '../cart.fixture.ts'
import { forgetOrderedLines, takePaidLines } from '../store/paid-lines.ts'

let shop: CartShop
beforeAll(async () => {
  shop = await openCartShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.settleAll())

type Ordered = Awaited<ReturnType<CartShop['order']>>

function orderOf(result: Ordered) {
  if (result.kind === 'refused') throw new Error(`refused: ${result.code}`)
  return result.body
}

async function cartOf(...pieces: [itemId: string, quantity: number][]) {
  const customer = newCustomer()
  for (const [itemId, quantity] of pieces) await shop.added(customer, itemId, quantity)
  return customer
}

describe('ordering from the cart', () => {
  it('makes one order of several lines; they stay until it is paid', async () => {
    const [a, b] = [await shop.addItem(9, 1_000), await shop.addItem(9, 250)]
    const customer = await cartOf([a, 2], [b, 3])
    const view = await shop.cart.view(customer)
    const order = orderOf(await shop.order(customer.id, view))
    expect(order).toMatchObject({
      state: 'awaiting_payment',
      amounts: { deliveryFee: 3_000, total: 5_750 },
      itemCount: 5,
    })
    expect(await shop.stock(a)).toMatchObject({ held: 2 })
    expect(await shop.pieces(customer)).toEqual({ [a]: 2, [b]: 3 })
    await shop.payAndTell(order)
    expect(await shop.pieces(customer)).toEqual({})
  })

  it('orders the chosen lines only', async () => {
    const [a, b] = [await shop.addItem(9), await shop.addItem(9)]
    const customer = await cartOf([a, 2], [b, 3])
    const { lines } = await shop.cart.view(customer)
    const view = await shop.cart.view(customer, [lines[1]?.id ?? ''])
    const order = orderOf(await shop.order(customer.id, view))
    expect(order.lines).toMatchObject([{ itemId: b, quantity: 3 }])
    await shop.payAndTell(order)
    expect(await shop.pieces(customer)).toEqual({ [a]: 2 })
  })

  it('refuses another total and tells the right one; the cart then shows it', async () => {
    const itemId = await shop.addItem(9, 1_000)
    const customer = await cartOf([itemId, 2])
    const seen = await shop.cart.view(customer)
    await shop.changeItem(itemId, { price: 1_100 })
    expect(await shop.order(customer.id, seen)).toMatchObject({
      code: 'total_changed',
      facts: { currentTotal: 5_200 },
    })
    expect(await shop.stock(itemId)).toMatchObject({ held: 0 })
    const now = await shop.cart.view(customer)
    expect(now).toMatchObject({
      amounts: { total: 5_200 },
      lines: [{ notices: [{ code: 'price_changed' }] }],
    })
    expect(orderOf(await shop.order(customer.id, now)).amounts.total).toBe(5_200)
  })

  it('refuses a cart that another tab has changed, even at the same total', async () => {
    const [a, b] = [await shop.addItem(9, 1_000), await shop.addItem(9, 1_000)]
    const customer = await cartOf([a, 1])
    const seen = await shop.cart.view(customer)
    await shop.cart.remove(
      customer,
      seen.lines.map(({ id }) => id),
    )
    await shop.added(customer, b, 1)
    expect(await shop.order(customer.id, seen)).toMatchObject({ code: 'cart_changed' })
    const again = await shop.cart.view(customer)
    await shop.added(customer, b, 1)
    expect(await shop.order(customer.id, again)).toMatchObject({ code: 'cart_changed' })
  })

  it('orders nothing out of another customer’s cart', async () => {
    const itemId = await shop.addItem(9)
    const customer = await cartOf([itemId, 1])
    const view = await shop.cart.view(customer)
    expect(await shop.order(newId(), view)).toMatchObject({ code: 'cart_changed' })
  })

  it('is one order for one key, also after the lines have left the cart', async () => {
    const itemId = await shop.addItem(9)
    const customer = await cartOf([itemId, 2])
    const view = await shop.cart.view(customer)
    const key = newId()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => shop.order(customer.id, view, { key })),
    )
    const [order, ...others] = answers.map(orderOf)
    if (!order) throw new Error('no order')
    for (const other of others) expect(other.id).toBe(order.id)
    expect(await shop.stock(itemId)).toMatchObject({ held: 2 })
    await shop.payAndTell(order)
    expect(orderOf(await shop.order(customer.id, view, { key })).id).toBe(order.id)
    const other = { ...view, lines: view.lines.map((line) => ({ ...line, quantity: 1 })) }
    expect(await shop.order(customer.id, other, { key })).toMatchObject({ code: 'idempotency_key_reused' })
  })

  it('puts once and recurring lines into one order, but not one item both ways', async () => {
    const [a, b] = [await shop.addItem(9, 1_000), await shop.addItem(9, 500)]
    const customer = await cartOf([a, 1])
    await shop.added(customer, b, 2, { subscription: { unit: 'days', count: 30 } })
    const view = await shop.cart.view(customer)
    expect(view).toMatchObject({ problem: null, amounts: { deliveryFee: 0, total: 2_000 } })
    expect(await shop.order(customer.id, view)).toMatchObject({ code: 'consent_required' })
    await shop.added(customer, b, 1)
    const mixed = await shop.cart.view(customer)
    expect(mixed).toMatchObject({ problem: 'mixed_periods', mixedItemIds: [b] })
    expect(await shop.order(customer.id, mixed)).toMatchObject({
      code: 'invalid_request',
      errors: [{ code: 'mixed_periods' }],
    })
  })
})

describe('paid lines leave the cart', () => {
  it('with exactly the pieces paid: what was added meanwhile stays', async () => {
    const [a, b] = [await shop.addItem(50), await shop.addItem(50)]
    const customer = await cartOf([a, 2])
    const order = orderOf(await shop.order(customer.id, await shop.cart.view(customer)))
    await shop.added(customer, a, 3)
    await shop.added(customer, b, 1)
    await shop.payAndTell(order)
    expect(await shop.pieces(customer)).toEqual({ [a]: 3, [b]: 1 })
    // Told again, nothing more leaves.
    await transact(shop.db, (tx) => takePaidLines(tx, order.id, customer.id))
    expect(await shop.pieces(customer)).toEqual({ [a]: 3, [b]: 1 })
  })

  it('once, when two tabs order the same lines and both pay', async () => {
    const itemId = await shop.addItem(50)
    const customer = await cartOf([itemId, 2])
    const view = await shop.cart.view(customer)
    const [first, second] = await Promise.all([shop.order(customer.id, view), shop.order(customer.id, view)])
    await shop.payAndTell(orderOf(first))
    expect(await shop.pieces(customer)).toEqual({})
    // A new wish, which the other tab's order is not about.
    await shop.added(customer, itemId, 3)
    await shop.payAndTell(orderOf(second))
    expect(await shop.pieces(customer)).toEqual({ [itemId]: 3 })
  })

  it('of two tabs with different lines, each takes its own, whenever they are paid', async () => {
    const items = await Promise.all(Array.from({ length: 6 }, () => shop.addItem(50)))
    const customer = await cartOf(...items.map((itemId): [string, number] => [itemId, 5]))
    const { lines } = await shop.cart.view(customer)
    const orders = await Promise.all(
      lines.map(async ({ id }) =>
        orderOf(await shop.order(customer.id, await shop.cart.view(customer, [id]))),
      ),
    )
    await Promise.all([
      ...orders.map((order) => shop.payAndTell(order)),
      ...items.map((itemId) => shop.added(customer, itemId, 1)),
    ])
    const left = Object.values(await shop.pieces(customer))
    expect(left).toEqual(items.map(() => 1))
  })

  it('of several customers whose news come together, whatever they do with their carts meanwhile', async () => {
    const itemId = await shop.addItem(50)
    const customers = await Promise.all(Array.from({ length: 6 }, () => cartOf([itemId, 2])))
    const orders = await Promise.all(
      customers.map(async (customer) =>
        orderOf(await shop.order(customer.id, await shop.cart.view(customer))),
      ),
    )
    const news = orders.map((order, n) => ({
      order,
      customerId: customers[n]?.id ?? '',
      isPaid: n % 3 !== 0,
    }))
    await Promise.all([
      shop.hearTogether(news),
      shop.hearTogether(news.toReversed()),
      ...customers.map((customer) => shop.added(customer, itemId, 1)),
    ])
    const left = await Promise.all(customers.map((customer) => shop.pieces(customer)))
    expect(left).toEqual(news.map(({ isPaid }) => ({ [itemId]: isPaid ? 1 : 3 })))
    expect(await Promise.all(orders.map(({ id }) => shop.orderedLines(id)))).toEqual(orders.map(() => 0))
  })

  it('never by an order that was not made from it, or is not paid', async () => {
    const itemId = await shop.addItem(50)
    const customer = await cartOf([itemId, 2])
    // "Buy now" of the same item.
    const direct = await shop.placed([{ itemId, quantity: 2 }], { customerId: customer.id })
    await shop.payAndTell(direct)
    expect(await shop.pieces(customer)).toEqual({ [itemId]: 2 })
    const order = orderOf(await shop.order(customer.id, await shop.cart.view(customer)))
    expect(await shop.orderedLines(order.id)).toBe(1)
    await cancelOrder({ ...shop.deps }, { orderId: order.id, actor: actor(customer.id) })
    await transact(shop.db, (tx) => forgetOrderedLines(tx, order.id, customer.id))
    expect(await shop.pieces(customer)).toEqual({ [itemId]: 2 })
    expect(await shop.orderedLines(order.id)).toBe(0)
  })
})

it('costs in the order, and in the charge, what the cart shows', async () => {
  const prices = fc.array(
    fc.record({
      price: fc.integer({ min: 10, max: 300_000 }),
      permille: fc.integer({ min: 0, max: 900 }),
      // Together no more than one customer may hold unpaid.
      quantity: fc.integer({ min: 1, max: 60 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(prices, async (wishes) => {
      const customer = newCustomer()
      for (const { price, permille, quantity } of wishes)
        await shop.added(customer, await shop.addItem(99, price, permille), quantity)
      const view = await shop.cart.view(customer)
      const order = orderOf(await shop.order(customer.id, view))
      expect(order.amounts).toMatchObject(view.amounts ?? {})
      const goods = view.lines.reduce((sum, { item, quantity }) => sum + (item?.unitPrice ?? 0) * quantity, 0)
      expect(order.amounts.total).toBe(goods + (goods < 30_000 ? 3_000 : 0))
      const payable = await transact(shop.db, (tx) => shop.orders.payable.lockForPayment(tx, order.id))
      expect(payable).toMatchObject({ total: order.amounts.total })
    }),
    { numRuns: 25 },
  )
})

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CartShop, newCustomer, newVisitor, openCartShop } from '../cart.fixture.ts'

let shop: CartShop
beforeAll(async () => {
  shop = await openCartShop()
})
afterAll(() => shop.drop())

const merge = (customer: { id: string }, visitor: { id: string }) =>
  shop.cart.merge({ customerId: customer.id, visitorCartId: visitor.id })

describe('signing in with something in the visitor’s cart', () => {
  it('adds up, to 99 pieces at most, and leaves no visitor’s cart behind', async () => {
    const [customer, visitor] = [newCustomer(), newVisitor()]
    const [a, b, c] = [await shop.addItem(500), await shop.addItem(500), await shop.addItem(500)]
    await shop.added(customer, a, 60)
    await shop.added(customer, c, 1)
    await shop.added(visitor, a, 50)
    await shop.added(visitor, b, 2)
    await shop.added(visitor, a, 3, { subscription: { unit: 'days', count: 30 } })
    expect(await merge(customer, visitor)).toEqual({ left: 0 })
    expect(await shop.pieces(customer)).toEqual({ [a]: 99, [b]: 2, [c]: 1, [`${a}/30`]: 3 })
    expect(await shop.pieces(visitor)).toEqual({})
  })

  it('adds once, however many tabs do it at once', async () => {
    const [customer, visitor] = [newCustomer(), newVisitor()]
    const [a, b] = [await shop.addItem(500), await shop.addItem(500)]
    await shop.added(customer, a, 5)
    await shop.added(visitor, a, 2)
    await shop.added(visitor, b, 1)
    const merges = await Promise.all(Array.from({ length: 30 }, () => merge(customer, visitor)))
    expect(merges).toEqual(merges.map(() => ({ left: 0 })))
    expect(await shop.pieces(customer)).toEqual({ [a]: 7, [b]: 1 })
  })

  it('loses nothing that another tab adds at the same moment', async () => {
    const [customer, visitor] = [newCustomer(), newVisitor()]
    const itemId = await shop.addItem(500)
    const doings = Array.from({ length: 60 }, (_, n) =>
      n % 3 === 0 ? merge(customer, visitor) : shop.added(n % 3 === 1 ? customer : visitor, itemId),
    )
    await Promise.all(doings)
    await merge(customer, visitor)
    expect(await shop.pieces(customer)).toEqual({ [itemId]: 40 })
    expect(await shop.pieces(visitor)).toEqual({})
  })

  it('gives the cart to one of two customers who sign in with it at once', async () => {
    const visitor = newVisitor()
    const [first, second] = [newCustomer(), newCustomer()]
    const itemId = await shop.addItem(500)
    await shop.added(visitor, itemId, 4)
    await Promise.all([merge(first, visitor), merge(second, visitor)])
    const both = [await shop.pieces(first), await shop.pieces(second)]
    expect(both).toEqual(expect.arrayContaining([{ [itemId]: 4 }, {}]))
  })

  it('keeps with the visitor what has no place in a full cart', async () => {
    const [customer, visitor] = [newCustomer(), newVisitor()]
    const items = await Promise.all(Array.from({ length: 52 }, () => shop.addItem(9)))
    for (const itemId of items.slice(0, 49)) await shop.added(customer, itemId)
    for (const itemId of items.slice(48)) await shop.added(visitor, itemId)
    expect(await merge(customer, visitor)).toEqual({ left: 2 })
    expect(await shop.cart.count(customer)).toBe(50)
    expect((await shop.pieces(customer))[items[48] ?? '']).toBe(2)
    expect(await shop.pieces(visitor)).toEqual({ [items[50] ?? '']: 1, [items[51] ?? '']: 1 })
    expect(await merge(customer, visitor)).toEqual({ left: 2 })
    expect((await shop.pieces(customer))[items[48] ?? '']).toBe(2)
  })

  it('of no cart, or of a customer’s, brings nothing', async () => {
    const [customer, other] = [newCustomer(), newCustomer()]
    expect(await merge(customer, newVisitor())).toEqual({ left: 0 })
    const itemId = await shop.addItem(9)
    await shop.added(other, itemId)
    const { rows } = await sql<{ id: string }>`
      select id from cart.cart where customer_id = ${other.id}`.execute(shop.db)
    await merge(customer, { id: rows[0]?.id ?? '' })
    expect(await shop.pieces(other)).toEqual({ [itemId]: 1 })
    expect(await shop.pieces(customer)).toEqual({})
  })
})

import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { until } from '../../platform/resilience/poll-until.ts'
import { type CartShop, newCustomer, newVisitor, openCartShop, START } from './cart.fixture.ts'
import { removeFromCart } from './changes/change-cart.ts'
import { linesOf, lockCart } from './store/cart-store.ts'

let shop: CartShop
beforeAll(async () => {
  shop = await openCartShop()
})
afterAll(() => shop.drop())
beforeEach(() => shop.settleAll())

const days = (count: number) => ({ unit: 'days', count }) as const
const owners = [
  ['customer', newCustomer],
  ['visitor', newVisitor],
] as const

describe.each(owners)('the cart of a %s', (_name, newOwner) => {
  it('is empty before anything is added, and looking at it stores nothing', async () => {
    const before = await shop.cartCount()
    const owner = newOwner()
    expect(await shop.cart.view(owner)).toEqual({
      lines: [],
      itemCount: 0,
      amounts: { originTotal: 0, discountTotal: 0, deliveryFee: 0, total: 0 },
      delivery: { fee: 3_000, freeFrom: 30_000, missingForFree: 0 },
      problem: 'nothing_chosen',
      mixedItemIds: [],
    })
    expect(await shop.cart.count(owner)).toBe(0)
    expect(await shop.cartCount()).toBe(before)
  })

  it('adds up the same thing, and keeps once and each period apart', async () => {
    const owner = newOwner()
    const itemId = await shop.addItem(99)
    const first = await shop.added(owner, itemId, 2)
    expect(await shop.added(owner, itemId.toUpperCase(), 3)).toBe(first)
    await shop.added(owner, itemId, 4, { subscription: days(30) })
    await shop.added(owner, itemId, 5, { subscription: days(60) })
    await shop.added(owner, itemId, 6, { subscription: days(30) })
    expect(await shop.pieces(owner)).toEqual({ [itemId]: 5, [`${itemId}/30`]: 10, [`${itemId}/60`]: 5 })
    expect(await shop.cart.count(owner)).toBe(3)
    // An order has one line for an item: it says so, and sums up what it can.
    expect(await shop.cart.view(owner)).toMatchObject({ problem: 'mixed_periods', mixedItemIds: [itemId] })
  })

  it('adds once for one key, and refuses the key for something else', async () => {
    const owner = newOwner()
    const itemId = await shop.addItem(99)
    const key = newId()
    const tries = await Promise.all(Array.from({ length: 20 }, () => shop.add(owner, itemId, 2, {}, key)))
    expect(new Set(tries.map((answer) => answer.kind === 'added' && answer.lineId)).size).toBe(1)
    expect(await shop.pieces(owner)).toEqual({ [itemId]: 2 })
    expect(await shop.add(owner, itemId, 3, {}, key)).toMatchObject({ code: 'idempotency_key_reused' })
    // Somebody else's key is another key.
    expect(await shop.add(newOwner(), itemId, 3, {}, key)).toMatchObject({ kind: 'added' })
  })

  it('loses no piece when many tabs add at once', async () => {
    const owner = newOwner()
    const [a, b] = [await shop.addItem(99), await shop.addItem(99)]
    await Promise.all(Array.from({ length: 80 }, (_, n) => shop.added(owner, n % 2 ? a : b)))
    expect(await shop.pieces(owner)).toEqual({ [a]: 40, [b]: 40 })
    expect(await shop.cart.count(owner)).toBe(2)
  })

  it('never holds more than 99 pieces of a line, whoever adds at once, and tells how many there are', async () => {
    const owner = newOwner()
    const itemId = await shop.addItem(500)
    const answers = await Promise.all(Array.from({ length: 30 }, () => shop.add(owner, itemId, 10)))
    expect(answers.filter(({ kind }) => kind === 'added')).toHaveLength(9)
    expect(answers.find(({ kind }) => kind === 'refused')).toMatchObject({
      code: 'cart_quantity_too_large',
      facts: { maximum: 99 },
    })
    expect(await shop.pieces(owner)).toEqual({ [itemId]: 90 })
    expect(await shop.add(owner, itemId, 10)).toMatchObject({ facts: { quantity: 90, maximum: 99 } })
    await shop.added(owner, itemId, 9)
    expect(await shop.pieces(owner)).toEqual({ [itemId]: 99 })
  })

  it('never has more than 50 lines, whoever adds at once', async () => {
    const owner = newOwner()
    const items = await Promise.all(Array.from({ length: 60 }, () => shop.addItem(9)))
    const answers = await Promise.all(items.map((itemId) => shop.add(owner, itemId)))
    expect(answers.filter(({ kind }) => kind === 'added')).toHaveLength(50)
    expect(answers.filter((answer) => answer.kind === 'refused' && answer.code === 'cart_full')).toHaveLength(
      10,
    )
    expect(await shop.cart.count(owner)).toBe(50)
    // What is in it may still grow.
    const [held] = (await shop.cart.view(owner)).lines
    await shop.added(owner, held?.itemId ?? '', 2)
    expect((await shop.cart.view(owner)).lines[0]?.quantity).toBe(3)
  })

  it('takes nothing that cannot be bought', async () => {
    const owner = newOwner()
    const [gone, hidden, fine] = [await shop.addItem(0), await shop.addItem(5), await shop.addItem(5)]
    await shop.changeItem(hidden, { status: 'hidden' })
    expect(await shop.add(owner, newId())).toMatchObject({ code: 'item_not_found' })
    expect(await shop.add(owner, hidden)).toMatchObject({ code: 'item_not_on_sale' })
    expect(await shop.add(owner, gone)).toMatchObject({ code: 'out_of_stock' })
    expect(await shop.add(owner, fine, 1, { subscription: days(31) })).toMatchObject({
      code: 'period_not_offered',
    })
    expect(await shop.pieces(owner)).toEqual({})
  })

  it('changes and removes its own lines only; a removal may be repeated', async () => {
    const [owner, other] = [newOwner(), newOwner()]
    const itemId = await shop.addItem(50)
    const lineId = await shop.added(owner, itemId, 2)
    expect(await shop.cart.changeQuantity(other, { lineId, quantity: 9 })).toMatchObject({
      code: 'not_found',
    })
    await shop.cart.remove(other, [lineId])
    expect(await shop.pieces(owner)).toEqual({ [itemId]: 2 })
    expect(await shop.cart.changeQuantity(owner, { lineId, quantity: 9 })).toEqual({ kind: 'changed' })
    expect(await shop.pieces(owner)).toEqual({ [itemId]: 9 })
    await shop.cart.remove(owner, [lineId])
    await shop.cart.remove(owner, [lineId, newId()])
    expect(await shop.pieces(owner)).toEqual({})
    expect(await shop.cart.changeQuantity(owner, { lineId, quantity: 1 })).toMatchObject({
      code: 'not_found',
    })
  })
})

it('follows the prices of the moment, and says what has changed until the line is touched', async () => {
  const owner = newCustomer()
  const itemId = await shop.addItem(50, 10_000, 100)
  const lineId = await shop.added(owner, itemId, 3)
  expect(await shop.cart.view(owner)).toMatchObject({
    amounts: { originTotal: 30_000, discountTotal: 3_000, deliveryFee: 3_000, total: 30_000 },
    delivery: { missingForFree: 3_000 },
    itemCount: 3,
    lines: [{ lineTotal: 27_000, notices: [], item: { unitPrice: 9_000, discountUnitPrice: 1_000 } }],
  })
  await shop.changeItem(itemId, { price: 20_000 })
  expect(await shop.cart.view(owner)).toMatchObject({
    amounts: { originTotal: 60_000, discountTotal: 6_000, deliveryFee: 0, total: 54_000 },
    delivery: { missingForFree: 0 },
    lines: [{ notices: [{ code: 'price_changed', from: 9_000, to: 18_000 }], orderable: true }],
  })
  await shop.cart.changeQuantity(owner, { lineId, quantity: 2 })
  expect(await shop.cart.view(owner)).toMatchObject({ amounts: { total: 36_000 }, lines: [{ notices: [] }] })
})

it('leaves out of the amounts what cannot be ordered or is not chosen', async () => {
  const owner = newCustomer()
  const [a, b, c] = [await shop.addItem(5, 1_000), await shop.addItem(5, 200), await shop.addItem(5, 30)]
  const lineA = await shop.added(owner, a, 2)
  const lineB = await shop.added(owner, b, 5)
  await shop.added(owner, c, 1)
  await shop.changeItem(c, { status: 'hidden' })
  expect(await shop.cart.view(owner)).toMatchObject({
    amounts: { total: 6_000 },
    itemCount: 7,
    problem: null,
  })
  const only = await shop.cart.view(owner, [lineA.toUpperCase(), newId()])
  expect(only).toMatchObject({ amounts: { total: 5_000 }, itemCount: 2 })
  expect(only.lines.map(({ chosen }) => chosen)).toEqual([true, false, false])
  // Somebody else takes the last pieces.
  await shop.placed([{ itemId: b, quantity: 1 }])
  const view = await shop.cart.view(owner, [lineB])
  expect(view).toMatchObject({ amounts: { total: 0 }, problem: 'nothing_chosen' })
  expect(view.lines.map(({ notices }) => notices.map(({ code }) => code))).toEqual([
    [],
    ['not_enough_stock'],
    ['no_longer_sold'],
  ])
})

it('shows a cart that is too dear for an order', async () => {
  const owner = newCustomer()
  await shop.added(owner, await shop.addItem(99, 90_000_000), 20)
  await shop.added(owner, await shop.addItem(99, 90_000_000), 3)
  expect(await shop.cart.view(owner)).toMatchObject({ amounts: null, problem: 'order_total_too_large' })
})

it('forgets visitors after 30 days without a change, and customers never', async () => {
  const [customer, stale, fresh] = [newCustomer(), newVisitor(), newVisitor()]
  const itemId = await shop.addItem(9)
  for (const owner of [customer, stale, fresh]) await shop.added(owner, itemId)
  shop.clock.set(START.add({ hours: 29 * 24 }))
  const [line] = (await shop.cart.view(fresh)).lines
  await shop.cart.changeQuantity(fresh, { lineId: line?.id ?? '', quantity: 2 })
  shop.clock.set(START.add({ hours: 30 * 24 + 1 }))
  expect(await shop.cart.forgetVisitors()).toBeGreaterThanOrEqual(1)
  expect(await shop.cart.count(customer)).toBe(1)
  expect(await shop.cart.count(stale)).toBe(0)
  expect(await shop.pieces(fresh)).toEqual({ [itemId]: 2 })
})

it('a line is not taken out while somebody who has locked the cart works with it', async () => {
  const owner = newCustomer()
  const lineId = await shop.added(owner, await shop.addItem(9), 1)
  let isRemoved = false
  const { removing, seen } = await transact(shop.db, async (tx) => {
    await lockCart(tx, owner, START)
    const removing = removeFromCart({ db: shop.db }, owner, [lineId]).then(() => {
      isRemoved = true
    })
    await until(
      async () => {
        const { rows } = await sql`
          select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
          shop.db,
        )
        return isRemoved || rows.length > 0
      },
      { deadlineMs: 5_000, what: 'the removal, done or waiting' },
    )
    return { removing, seen: await linesOf(tx, owner) }
  })
  expect(seen.map(({ id }) => id)).toEqual([lineId])
  await removing
  expect(await shop.cart.count(owner)).toBe(0)
})

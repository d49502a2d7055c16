/**
 * Whatever is in a cart: what the cart says it costs is what the order costs, and what the bank is asked for. With lines that
 * come again, tax-free ones, a delivery fee, a coupon, and both providers. `ANY_CART_RUNS` asks for more carts.
 */
import fc from 'fast-check'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBody } from '../support/api.ts'
import { colleague, customer, type Person, RECEIVER } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import { consentVersion } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { Payment } from '../support/views.ts'

const RUNS = Number(process.env.ANY_CART_RUNS ?? 12)
const SEED = Number(process.env.ANY_CART_SEED ?? 20_261_130)
/** Prices that divide badly; the last one is free of tax. */
const PRICES = [9_999, 13_337, 1_301, 24_990, 7_003] as const

let system: System
let merchant: Person
let items: readonly string[]
beforeAll(async () => {
  const settings = { DELIVERY_FEE: '3000', FREE_DELIVERY_FROM: '30000', SUBSCRIPTION_DISCOUNT: '7' }
  system = await startSystem({ toss: true, settings })
  items = (await stockShelves(system, PRICES.length + 2)).slice(0, PRICES.length).map(({ id }) => id)
  merchant = await colleague(system, 'merchant')
  for (const [index, id] of items.entries()) {
    const taxFree = index === PRICES.length - 1
    const change = {
      status: 'on_sale',
      originPrice: PRICES[index],
      discountPercent: index === 1 ? 13 : 0,
      taxFree,
    }
    await changeItem(merchant, id, change)
    await setStock(merchant, id, 10_000)
  }
})
afterAll(() => system?.stop())

const CartNow = Type.Object({
  lines: Type.Array(
    Type.Object({
      id: Type.String(),
      itemId: Type.String(),
      quantity: Type.Integer(),
      lineTotal: Type.Union([Type.Integer(), Type.Null()]),
    }),
  ),
  amounts: Type.Object({
    originTotal: Type.Integer(),
    discountTotal: Type.Integer(),
    deliveryFee: Type.Integer(),
    total: Type.Integer(),
  }),
})
const Placed = Type.Object({
  id: Type.String(),
  lines: Type.Array(Type.Object({ lineTotal: Type.Integer(), couponDiscount: Type.Integer() })),
  amounts: Type.Object({
    originTotal: Type.Integer(),
    discountTotal: Type.Integer(),
    couponDiscount: Type.Integer(),
    deliveryFee: Type.Integer(),
    total: Type.Integer(),
    taxFree: Type.Integer(),
    taxable: Type.Integer(),
    vat: Type.Integer(),
  }),
})

const anyLine = fc.record({
  item: fc.nat({ max: PRICES.length - 1 }),
  quantity: fc.integer({ min: 1, max: 3 }),
  isRecurring: fc.boolean(),
})
const anyCart = fc.record({
  /** Else everything is bought once, whatever its line says. */
  mayRecur: fc.boolean(),
  lines: fc.uniqueArray(anyLine, { selector: ({ item }) => item, minLength: 1, maxLength: 4 }),
  provider: fc.constantFrom('kakaopay' as const, 'toss' as const),
  coupon: fc.option(
    fc.oneof(
      fc.record({ kind: fc.constant('amount' as const), amount: fc.integer({ min: 1, max: 9_000 }) }),
      fc.record({ kind: fc.constant('percent' as const), percent: fc.integer({ min: 1, max: 50 }) }),
    ),
    { nil: undefined },
  ),
})
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

/** What is agreed to on the provider's page. @returns where the browser is sent */
async function approve(address: string | null): Promise<string> {
  const page = new URL(address ?? '')
  const body = page.pathname.includes('toss') ? new URLSearchParams(page.searchParams) : ''
  const sent = await fetch(`${page.origin}${page.pathname}/approve`, {
    method: 'POST',
    redirect: 'manual',
    body,
  })
  await sent.body?.cancel()
  const location = sent.headers.get('location')
  if (location === null) throw new Error(`the bank sent nobody back: ${sent.status}`)
  return location
}

test(
  'whatever is in a cart, its total is the total of its order and what the bank has taken',
  async () => {
    const seen = { recurring: 0, coupon: 0, fee: 0, kakaopay: 0, toss: 0 }
    const consent = { version: await consentVersion(system) }
    await fc.assert(
      fc.asyncProperty(anyCart, async ({ lines: given, mayRecur, provider, coupon }) => {
        const lines = given.map((line) => ({ ...line, isRecurring: mayRecur && line.isRecurring }))
        // One's own: a coupon is used once, and a cart of one's own is empty.
        const person = await customer(system)
        for (const { item, quantity, isRecurring } of lines) {
          const json = {
            itemId: items[item],
            quantity,
            ...(isRecurring ? { subscription: THIRTY_DAYS } : {}),
          }
          expectBody(await person.api.post('/api/cart/lines', { key: true, json }), 200, Type.Object({}))
        }
        const cart = expectBody(await person.api.get('/api/cart'), 200, CartNow)
        expect(sum(cart.lines.map(({ lineTotal }) => lineTotal ?? 0))).toBe(
          cart.amounts.originTotal - cart.amounts.discountTotal,
        )
        const isRecurring = lines.some((line) => line.isRecurring)
        const couponId = coupon && (await offer(coupon))
        // With a coupon the page of the order shows what it comes to.
        const wanted = lines.map((line) => ({
          itemId: items[line.item] ?? '',
          quantity: line.quantity,
          ...(line.isRecurring ? { subscription: THIRTY_DAYS } : {}),
        }))
        const quoted = await system.services.orders.pages.quote(
          wanted,
          couponId === undefined ? undefined : { customerId: person.id, couponId },
        )
        // Coupons are for what is bought once, and for a minimum.
        const used = quoted.kind === 'refused' ? undefined : couponId
        if (quoted.kind === 'refused') expect(quoted.code).toMatch(/^coupon_/)
        const shownTotal = quoted.kind === 'refused' ? cart.amounts.total : quoted.total
        if (used === undefined) expect(shownTotal).toBe(cart.amounts.total)
        const json = {
          lines: cart.lines.map(({ id, quantity }) => ({ id, quantity })),
          receiver: RECEIVER,
          expectedTotal: shownTotal,
          ...(isRecurring ? { consent } : {}),
          ...(used === undefined ? {} : { couponId: used }),
        }
        // A won more or less than was shown is no order.
        for (const off of [-1, 1]) {
          const wrong = await person.api.post('/api/cart/orders', {
            key: true,
            json: { ...json, expectedTotal: shownTotal + off },
          })
          expect(wrong).toMatchObject({ code: 'total_changed', body: { currentTotal: shownTotal } })
        }
        const order = expectBody(await person.api.post('/api/cart/orders', { key: true, json }), 201, Placed)
        const { amounts } = order
        expect(amounts.total).toBe(shownTotal)
        expect(amounts.originTotal - amounts.discountTotal + amounts.deliveryFee).toBe(amounts.total)
        expect(sum(order.lines.map(({ lineTotal }) => lineTotal)) + amounts.deliveryFee).toBe(amounts.total)
        expect(sum(order.lines.map(({ couponDiscount }) => couponDiscount))).toBe(amounts.couponDiscount)
        expect(amounts.taxFree + amounts.taxable).toBe(amounts.total)

        const asked = { key: true, json: { orderId: order.id, provider } } as const
        const begun = expectBody(await person.api.post('/api/payments', asked), 201, Payment)
        expectBody(await system.api().get(await approve(begun.redirectUrl)), 200, Payment)
        expect(await system.bank.money(begun.id)).toMatchObject({
          charges: 1,
          charged: shownTotal,
          refunds: 0,
        })
        seen[provider] += 1
        seen.recurring += Number(isRecurring)
        seen.coupon += Number(used !== undefined)
        seen.fee += Number(amounts.deliveryFee > 0)
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    )
    // Carts that are all alike would say little.
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0)
  },
  60_000 + RUNS * 4_000,
)

const THIRTY_DAYS = { unit: 'days', count: 30 } as const

/** A coupon for everybody, from 10,000 won on. */
async function offer(off: object): Promise<string> {
  const json = {
    name: '아무 쿠폰',
    off,
    minimum: 10_000,
    startsAt: system.now().subtract({ hours: 24 }).toString(),
    endsAt: system.now().add({ hours: 24 }).toString(),
  }
  const made = await merchant.api.post('/api/admin/coupons', { key: true, json })
  return expectBody(made, 201, Type.Object({ id: Type.String() })).id
}

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { ItemForSale } from '../../catalog/index.ts'
import {
  type CartLine,
  chosenLines,
  isSameThing,
  itemsTwice,
  MOST_LINES,
  MOST_PIECES,
  mergeCarts,
  noticesOf,
  standsInTheWay,
} from './cart.ts'

const line = (id: string, more: Partial<CartLine> = {}): CartLine => ({
  id,
  itemId: `item-${id}`,
  quantity: 1,
  subscription: null,
  seenPrice: won(10_000),
  ...more,
})

const days = (count: number) => ({ unit: 'days', count }) as const

describe('the same thing', () => {
  it('is the same item, bought once or in the same period', () => {
    const once = line('a')
    expect(isSameThing(once, line('b', { itemId: once.itemId }))).toBe(true)
    expect(isSameThing(once, line('b'))).toBe(false)
    const monthly = { ...once, subscription: days(30) }
    expect(isSameThing(once, monthly)).toBe(false)
    expect(isSameThing(monthly, { ...once, subscription: days(30) })).toBe(true)
    expect(isSameThing(monthly, { ...once, subscription: days(60) })).toBe(false)
    expect(isSameThing(monthly, { ...once, subscription: { unit: 'months', count: 30 } })).toBe(false)
  })
})

describe('merging a visitor’s cart into the customer’s', () => {
  it('adds up the same thing and moves the rest in its order', () => {
    const own = [line('a', { quantity: 2 }), line('b', { quantity: 3, subscription: days(30) })]
    const visited = [
      line('v1', { itemId: 'item-a', quantity: 4 }),
      line('v2', { itemId: 'item-b', quantity: 5 }),
      line('v3', { itemId: 'item-b', quantity: 6, subscription: days(30) }),
    ]
    expect(mergeCarts(own, visited)).toEqual({
      raised: [line('a', { quantity: 6 }), line('b', { quantity: 9, subscription: days(30) })],
      merged: [visited[0], visited[2]],
      moved: [visited[1]],
      left: [],
    })
  })

  const things = fc.uniqueArray(
    fc.record({
      itemId: fc.constantFrom(...Array.from({ length: 60 }, (_, n) => `item-${n}`)),
      subscription: fc.constantFrom(null, days(30), days(60)),
      quantity: fc.integer({ min: 1, max: MOST_PIECES }),
    }),
    { selector: ({ itemId, subscription }) => `${itemId} ${subscription?.count}`, maxLength: MOST_LINES },
  )
  const cart = (of: string) =>
    things.map((list) => list.map((thing, n): CartLine => ({ ...thing, id: `${of}${n}`, seenPrice: won(1) })))

  it('loses no line and no piece below the cap, and fills the cart at most', () => {
    fc.assert(
      fc.property(cart('c'), cart('v'), (own, visited) => {
        const { raised, merged, moved, left } = mergeCarts(own, visited)
        expect(new Set([...merged, ...moved, ...left])).toEqual(new Set(visited))
        expect(merged.length + moved.length + left.length).toBe(visited.length)
        expect(own.length + moved.length).toBeLessThanOrEqual(MOST_LINES)
        // Nothing stays behind while there is room.
        if (left.length > 0) expect(own.length + moved.length).toBe(MOST_LINES)
        raised.forEach((after, n) => {
          const before = own.find(({ id }) => id === after.id)
          const added = merged[n]
          if (!before || !added) throw new Error('raised without reason')
          expect(isSameThing(after, added)).toBe(true)
          expect(after.quantity).toBe(Math.min(MOST_PIECES, before.quantity + added.quantity))
        })
        for (const one of [...moved, ...left])
          expect(own.some((other) => isSameThing(one, other))).toBe(false)
      }),
    )
  })
})

describe('what is said about a line', () => {
  const item: ItemForSale = {
    id: 'item-a',
    name: '비타민',
    enterprise: '건강제약',
    thumbnail: null,
    status: 'on_sale',
    originPrice: won(12_000),
    discountRate: 0 as ItemForSale['discountRate'],
    discountPrice: won(2_000),
    taxFree: false,
    categories: [],
    realPrice: won(10_000),
    available: 5,
  }
  const notices = (of: Partial<CartLine>, now: Partial<ItemForSale>, offered = true) =>
    noticesOf(line('a', of), { ...item, ...now }, offered)

  it('is nothing while everything is as it was', () => {
    expect(notices({ quantity: 5 }, {})).toEqual([])
  })

  it('names another price, up or down, and lets the line be ordered', () => {
    const changed = notices({}, { realPrice: won(9_000) })
    expect(changed).toEqual([{ code: 'price_changed', from: 10_000, to: 9_000 }])
    expect(changed.some(standsInTheWay)).toBe(false)
  })

  it.each([
    [notices({ quantity: 6 }, {}), [{ code: 'not_enough_stock', available: 5 }]],
    [notices({}, { status: 'sold_out', available: 0 }), [{ code: 'sold_out' }]],
    [notices({}, { status: 'hidden' }), [{ code: 'no_longer_sold' }]],
    [noticesOf(line('a'), undefined, true), [{ code: 'no_longer_sold' }]],
    [notices({ subscription: days(31) }, {}, false), [{ code: 'period_not_offered' }]],
  ])('says why it cannot be ordered: %j', (said, expected) => {
    expect(said).toEqual(expected)
    expect(said.some(standsInTheWay)).toBe(true)
  })

  it('says all of it', () => {
    expect(notices({ quantity: 9, subscription: days(31) }, { realPrice: won(1) }, false)).toEqual([
      { code: 'not_enough_stock', available: 5 },
      { code: 'period_not_offered' },
      { code: 'price_changed', from: 10_000, to: 1 },
    ])
  })
})

describe('the lines a customer means', () => {
  const cart = [line('0a', { quantity: 2 }), line('0b')]

  it('are those of the cart, as they were seen', () => {
    expect(chosenLines(cart, [{ id: '0B', quantity: 1 }])).toEqual([cart[1]])
    const both = [
      { id: '0b', quantity: 1 },
      { id: '0a', quantity: 2 },
    ]
    expect(chosenLines(cart, both)).toEqual([cart[1], cart[0]])
    expect(chosenLines(cart, [...both, ...both])).toEqual([cart[1], cart[0]])
  })

  it('are none when a line has gone or has another quantity', () => {
    expect(chosenLines(cart, [{ id: '0a', quantity: 1 }])).toBeUndefined()
    expect(
      chosenLines(cart, [
        { id: '0a', quantity: 2 },
        { id: '0c', quantity: 1 },
      ]),
    ).toBeUndefined()
  })

  it('name an item that stands in two of them, once', () => {
    expect(itemsTwice(cart)).toEqual([])
    const twice = { ...cart[0], itemId: 'item-0a' }
    expect(itemsTwice([line('0a'), twice, twice, line('0b')])).toEqual(['item-0a'])
  })
})

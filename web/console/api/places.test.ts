import { expect, test } from 'vitest'
import { isHeardAt, placesOf } from './places.ts'

const APART = ['identity', 'notifications', 'book', 'borrow', 'dashboard'] as const
const orders = { live: ['shop.order.'] }
const holds = { live: ['library.hold.', 'library.loan.'] }
const deadLetters = { live: [''], at: 'notifications' } as const

test('one process tells of everything', () => {
  expect([...placesOf([orders, holds, {}], [])]).toEqual([undefined])
  expect(isHeardAt(holds, undefined, [], ['library.hold.placed'])).toBe(true)
  expect(isHeardAt(holds, undefined, [], ['shop.order.placed'])).toBe(false)
  expect(isHeardAt({}, undefined, [], ['shop.order.placed'])).toBe(false)
})

test('apart, only those are listened to that something on the screen lives by', () => {
  expect([...placesOf([orders], APART)]).toEqual([undefined])
  expect([...placesOf([orders, holds, deadLetters], APART)]).toEqual([
    undefined,
    'book',
    'borrow',
    'notifications',
  ])
  expect(isHeardAt(holds, 'book', APART, ['library.hold.placed'])).toBe(true)
  expect(isHeardAt(holds, 'book', APART, ['library.loan.borrowed'])).toBe(false)
  expect(isHeardAt(holds, undefined, APART, ['library.hold.placed'])).toBe(false)
  expect(isHeardAt(deadLetters, 'notifications', APART, ['shop.order.placed'])).toBe(true)
  expect(isHeardAt(deadLetters, undefined, APART, ['shop.order.placed'])).toBe(false)
})

test('after a gap everything of that place is asked again, and nothing else', () => {
  expect(isHeardAt(holds, 'borrow', APART)).toBe(true)
  expect(isHeardAt(orders, 'borrow', APART)).toBe(false)
  expect(isHeardAt(orders, undefined, APART)).toBe(true)
})

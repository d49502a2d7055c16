import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ORDER_NUMBER_DRAWS, orderNumber } from './order-number.ts'

const DAY = Temporal.PlainDate.from('2026-11-21')

describe('an order number', () => {
  it.each([
    [0, '20261121-000000'],
    [1, '20261121-000001'],
    [32, '20261121-000010'],
    [ORDER_NUMBER_DRAWS - 1, '20261121-ZZZZZZ'],
  ])('of the draw %i is %s', (draw, number) => expect(orderNumber(DAY, draw)).toBe(number))

  it.each([-1, ORDER_NUMBER_DRAWS, 0.5, Number.NaN])('of the draw %s is a bug', (draw) => {
    expect(() => orderNumber(DAY, draw)).toThrow(`not a draw for an order number: ${draw}`)
  })

  it('differs for different draws, and has the form the table demands', () => {
    const draw = fc.integer({ min: 0, max: ORDER_NUMBER_DRAWS - 1 })
    fc.assert(
      fc.property(draw, draw, (a, b) => {
        expect(orderNumber(DAY, a)).toMatch(/^20261121-[0-9A-HJKMNP-TV-Z]{6}$/)
        expect(orderNumber(DAY, a) === orderNumber(DAY, b)).toBe(a === b)
      }),
    )
  })
})

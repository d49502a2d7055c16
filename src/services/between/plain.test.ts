import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readPlain, writePlain } from './plain.ts'

it('arrives as it was', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      leaf,
      fc.array(tie('any')),
      fc.dictionary(fc.string(), tie('any'), { noNullPrototype: true }),
      tie('map'),
    ),
    map: fc.array(fc.tuple(fc.string(), leaf)).map((entries) => new Map(entries)),
  })).any
  fc.assert(
    fc.property(value, (one) => {
      expect(readPlain(writePlain(one))).toEqual(one)
    }),
  )
  expect(readPlain(writePlain({ a: undefined, b: [1] }))).toEqual({ b: [1] })
})

it.each([
  [Temporal.PlainDate.from('2026-11-29')],
  [new Date()],
  [() => 1],
  [Number.NaN],
  [new Set()],
  [{ $map: 1 }],
])('what would arrive as something else is refused: %s', (value) =>
  expect(() => writePlain({ inside: [value] })).toThrow('another process'),
)

import fc from 'fast-check'
import Type from 'typebox'
import { expect, it } from 'vitest'
import { Strict } from '../app.ts'
import { bodyLimitOf, mostBytesOf } from './body-limit.ts'

const Line = Strict({ id: Type.String({ format: 'uuid' }), quantity: Type.Integer(), gift: Type.Boolean() })
const Order = Strict({
  lines: Type.Array(Line, { maxItems: 3 }),
  note: Type.Optional(Type.String({ maxLength: 5 })),
  kind: Type.Enum(['a', 'long-one']),
  coupon: Type.Union([Type.String({ maxLength: 2 }), Type.Null()]),
})

it('no valid value is larger than its bound', () => {
  const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
  const text = (most: number) => fc.array(character, { maxLength: most }).map((letters) => letters.join(''))
  const line = fc.record({ id: fc.uuid(), quantity: fc.maxSafeInteger(), gift: fc.boolean() })
  const order = fc.record({
    lines: fc.array(line, { maxLength: 3 }),
    note: text(5),
    kind: fc.constantFrom('a', 'long-one'),
    coupon: fc.oneof(text(2), fc.constant(null)),
  })
  fc.assert(
    fc.property(order, (value) => {
      const escaped = JSON.stringify(value).replace(
        /[\u0080-\uffff]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      expect(Buffer.byteLength(escaped)).toBeLessThanOrEqual(mostBytesOf(Order))
    }),
  )
})

it.each([
  ['a text', Type.String()],
  ['a text of any pattern', Type.String({ pattern: '^a' })],
  ['a list', Type.Array(Type.Integer())],
  ['an object that takes more members', Type.Object({})],
  ['anything', Type.Unknown()],
  ['one of several', Type.Union([Type.Null(), Type.String()])],
])('%s without a bound has none, and is read up to 64 KiB', (_what, schema) => {
  expect(mostBytesOf(schema)).toBe(Infinity)
  expect(bodyLimitOf(Strict({ member: schema }))).toBe(64 * 1024)
})

it('a route that takes no body reads next to nothing', () => {
  expect(bodyLimitOf(undefined)).toBe(1024)
})

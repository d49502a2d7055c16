import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { expect, it } from 'vitest'
import { Instant, orNull } from './schemas.ts'

it('says of a single value in its own type that it may be missing', () => {
  expect(orNull(Instant('When'))).toMatchObject({
    type: ['string', 'null'],
    format: 'date-time',
    description: 'When',
  })
  expect(orNull(Type.Integer({ minimum: 1 }), 'How many')).toMatchObject({
    type: ['integer', 'null'],
    minimum: 1,
    description: 'How many',
  })
})

it('puts an object and an enumeration beside null', () => {
  const point = orNull(Type.Object({ x: Type.Integer() }), 'Where')
  expect(point).toMatchObject({ anyOf: [{ type: 'object' }, { type: 'null' }], description: 'Where' })
  expect(orNull(Type.Enum(['a', 'b']))).toMatchObject({ anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] })
})

it.each([
  [orNull(Type.Integer({ minimum: 1 })), 1, 0],
  [orNull(Type.Object({ x: Type.Integer() })), { x: 1 }, {}],
  [orNull(Type.Enum(['a', 'b'])), 'a', 'c'],
])('takes null and what the schema takes, and nothing else', (schema, good, bad) => {
  const validator = Compile(schema)
  expect([null, good, bad, undefined].map((value) => validator.Check(value))).toEqual([
    true,
    true,
    false,
    false,
  ])
})

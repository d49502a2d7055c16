import Type, { type TSchema } from 'typebox'

/** Values that events of several contexts carry. A change here would change the wire format of all of them. */

/** Of anything: opaque to readers. */
export const Id = Type.String({ minLength: 1 })
export const Instant = Type.String({ description: 'RFC 3339' })
export const Money = Type.Integer({ minimum: 0, description: 'Won' })
/** Of pieces. */
export const Quantity = Type.Integer({ minimum: 1 })

/** How often something is delivered and charged again. */
export const Period = Type.Object({
  unit: Type.Union([Type.Literal('days'), Type.Literal('months')]),
  count: Type.Integer({ minimum: 1 }),
})

/** The value, or null where there is none. */
export const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

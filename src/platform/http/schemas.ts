import Type, { type Static, type TSchema } from 'typebox'
import { PERIOD_UNITS, type PeriodUnit } from '../time/period.ts'

/** Values that stand in many answers, as schemas. */

const described = (description: string | undefined) => (description === undefined ? {} : { description })

/** A moment, RFC 3339. */
export const Instant = (description?: string) =>
  Type.String({ format: 'date-time', ...described(description) })

/** A calendar day of Seoul. */
export const Day = (description?: string) => Type.String({ format: 'date', ...described(description) })

/** An amount that is never below nothing. */
export const WonAmount = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description}, in won` })

/** How often something comes again. Which periods are on offer is for the merchant to say. */
export const PeriodSchema = Type.Object(
  {
    unit: Type.Unsafe<PeriodUnit>({ type: 'string', enum: [...PERIOD_UNITS] }),
    count: Type.Integer({ minimum: 1, maximum: 365 }),
  },
  { additionalProperties: false },
)

/** Where somebody lives, as stored. */
export const AddressSchema = Type.Object({
  city: Type.String(),
  detail: Type.String(),
  postalCode: Type.String(),
})

/**
 * What may be missing from an answer. A single value says so in its own type, which is also what answers are written
 * fastest with; an object or an array stands beside null. A body that comes in says it by a union, whose size can be
 * told.
 */
export function orNull<S extends TSchema>(schema: S, description?: string) {
  const nothing = { ...schema, ...described(description) }
  if ('type' in nothing && typeof nothing.type === 'string' && !isComposed(nothing))
    return Type.Unsafe<Static<S> | null>({ ...nothing, type: [nothing.type, 'null'] })
  return Type.Unsafe<Static<S> | null>({ anyOf: [schema, { type: 'null' }], ...described(description) })
}

function isComposed(schema: object): boolean {
  return 'enum' in schema || 'properties' in schema || 'items' in schema
}

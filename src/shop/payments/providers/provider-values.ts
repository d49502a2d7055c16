import { type TSchema, Type } from 'typebox'
import { isWon, type Won } from '../../../platform/money.ts'

/** Providers send numbers as numbers or as strings, and absent values as absent or as null. */
export const Numeric = Type.Union([Type.Number(), Type.String({ pattern: '^\\d{1,15}$' })])
export const Text = Type.String({ minLength: 1 })
export const Word = Type.Union([Type.String(), Type.Number()])

/** A member that may be missing or null. */
export function Maybe<T extends TSchema>(schema: T) {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

/** Money out of an answer; undefined when it is none (missing, negative, a fraction). */
export function wonFrom(value: number | string | null | undefined): Won | undefined {
  const amount = typeof value === 'string' && value !== '' ? Number(value) : value
  return isWon(amount) ? amount : undefined
}

/**
 * A provider's date-time. Without a zone it is Korean time (+09:00), as both providers document.
 * Undefined when missing or not a date-time.
 */
export function instantFrom(text: string | null | undefined): Temporal.Instant | undefined {
  if (text === null || text === undefined) return undefined
  try {
    return /(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(text)
      ? Temporal.Instant.from(text)
      : Temporal.PlainDateTime.from(text).toZonedDateTime('Asia/Seoul').toInstant()
  } catch {
    return undefined
  }
}

/** Cuts a name to a provider's limit, never through a surrogate pair. */
export function cut(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : Array.from(text).slice(0, maxCharacters).join('')
}

import { type TSchema, Type } from 'typebox'
import { isWon, type Won } from '../../../platform/money.ts'

/** Providers send numbers as numbers or as strings, and absent values as absent or as null. */
export const Numeric = Type.Union([Type.Number(), Type.String({ pattern: '^\\d{1,15}$' })])
/** Something a provider identifies by; its ids are documented with at most 200 characters, and indexes take no more than 2,700 bytes. */
export const Text = Type.String({ minLength: 1, maxLength: 500 })
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

/** No payment is older than the providers, and no calendar of ours reaches further. */
const FIRST_INSTANT = Temporal.Instant.from('2000-01-01T00:00:00Z')
const LAST_INSTANT = Temporal.Instant.from('2200-01-01T00:00:00Z')

/**
 * A provider's date-time. Without a zone it is Korean time (+09:00), as both providers document.
 * Undefined when missing, not a date-time, or of another century than ours.
 */
export function instantFrom(text: string | null | undefined): Temporal.Instant | undefined {
  if (text === null || text === undefined) return undefined
  try {
    const instant = /(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(text)
      ? Temporal.Instant.from(text)
      : Temporal.PlainDateTime.from(text).toZonedDateTime('Asia/Seoul').toInstant()
    const isOfOurTime =
      Temporal.Instant.compare(instant, FIRST_INSTANT) >= 0 &&
      Temporal.Instant.compare(instant, LAST_INSTANT) < 0
    return isOfOurTime ? instant : undefined
  } catch {
    return undefined
  }
}

/**
 * A text of a provider as it can be stored: characters that no column holds (NUL, half a surrogate pair) become U+FFFD,
 * and what is longer than `most` UTF-16 units is cut.
 */
export function storable(text: string, most: number): string {
  return text.slice(0, most).toWellFormed().replaceAll('\0', '\ufffd')
}

/** Cuts a name to a provider's limit, never through a surrogate pair. */
export function cut(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : Array.from(text).slice(0, maxCharacters).join('')
}

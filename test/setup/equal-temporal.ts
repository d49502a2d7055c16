/**
 * Makes every matcher compare Temporal values by what they say. They have no properties of their own, so to
 * `toMatchObject` any two instants were alike, and a wrong one passed.
 */
import { expect } from 'vitest'

const TEMPORAL = [
  Temporal.Instant,
  Temporal.ZonedDateTime,
  Temporal.PlainDateTime,
  Temporal.PlainDate,
  Temporal.PlainTime,
  Temporal.PlainYearMonth,
  Temporal.PlainMonthDay,
  Temporal.Duration,
] as const

const ADDED = Symbol.for('pillivery.equal-temporal')

const kindOf = (value: unknown) => TEMPORAL.find((kind) => value instanceof kind)

/** Equal when of one kind and written alike, e.g. PT60M is not PT1H; no opinion when neither is a Temporal value. */
function equalTemporal(a: unknown, b: unknown): boolean | undefined {
  const kind = kindOf(a)
  if (kind === undefined && kindOf(b) === undefined) return undefined
  return kind === kindOf(b) && String(a) === String(b)
}

// This runs before every test file, and files share processes.
if (!Reflect.has(globalThis, ADDED)) expect.addEqualityTesters([equalTemporal])
Reflect.set(globalThis, ADDED, true)

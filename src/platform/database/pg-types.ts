import pg from 'pg'

/**
 * How PostgreSQL values look in our code:
 * - int8 (counts, money) is a JavaScript number and refuses values that would lose digits,
 * - numeric is a number too (used for averages only, never for money),
 * - timestamptz is a Temporal.Instant, date a Temporal.PlainDate.
 *
 * node-postgres asks a parameter object for `toPostgres`; giving it to the two Temporal types makes them
 * usable as parameters everywhere. Without it they would silently be sent as quoted JSON.
 */
const INT8 = 20
const NUMERIC = 1700
const DATE = 1082
const TIMESTAMPTZ = 1184

/**
 * An int8 as a number.
 * @throws RangeError beyond 2^53 - 1, where numbers would lie
 */
export function parseInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a safe integer`)
  return value
}

/** Parses timestamptz text as PostgreSQL prints it in UTC sessions: `2026-11-21 07:30:00.123+00`. */
export function parseTimestamptz(text: string): Temporal.Instant {
  return Temporal.Instant.from(text.replace(' ', 'T'))
}

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: parseInt8,
  [NUMERIC]: Number,
  [DATE]: (text) => Temporal.PlainDate.from(text),
  [TIMESTAMPTZ]: parseTimestamptz,
}

/** Type parsers for our own pools only; libraries that share node-postgres keep its defaults. */
export const pgTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((text: string) => unknown) =>
    // oxlint-disable-next-line typescript/no-unsafe-return -- node-postgres types its parsers as any
    PARSERS[oid] ?? pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
}

let installed = false

/** Makes Temporal values usable as query parameters (once for the process). */
export function installTemporalParameters(): void {
  if (installed) return
  installed = true
  for (const type of [Temporal.Instant, Temporal.PlainDate]) {
    Object.defineProperty(type.prototype, 'toPostgres', {
      value(this: { toString(): string }) {
        return this.toString()
      },
      configurable: true,
    })
  }
}

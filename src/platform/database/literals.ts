import { type RawBuilder, sql } from 'kysely'

/**
 * Constants as part of a statement's text. As parameters, the general plan of a prepared statement could not tell that
 * the condition of a partial index holds, and would read the table instead.
 */
export function literals<const T extends string>(values: readonly T[]): RawBuilder<T>[] {
  return values.map((value) => sql.lit(value))
}

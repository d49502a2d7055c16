import { type RawBuilder, sql } from 'kysely'

/** Behind every letter that a number has. */
const LAST = '~'

/**
 * Whether the number of an order (`o`) is this one or begins with it, capital letters or not. Written as a range by
 * bytes, for which there is an index that also a plan without the value uses.
 */
export function numberBegins(number: string): RawBuilder<boolean> {
  const begins = number.toUpperCase()
  return sql`(o.order_number ~>=~ ${begins} and o.order_number ~<~ ${begins + LAST})`
}

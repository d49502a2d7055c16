/** The number of an order, for people: the day in Seoul and six characters of Crockford's base 32. */

/** No I, L, O, U: nothing that is misread on the telephone, and no words. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CHARACTERS = 6

/** How many different endings there are: 2^30. A collision within a day is answered with another draw. */
export const ORDER_NUMBER_DRAWS = 2 ** (5 * CHARACTERS)

/**
 * `20261121-7K3QX9`.
 * @param day of the order, Asia/Seoul
 * @param draw random integer, 0 ≤ draw < 2^30
 */
export function orderNumber(day: Temporal.PlainDate, draw: number): string {
  if (!Number.isInteger(draw) || draw < 0 || draw >= ORDER_NUMBER_DRAWS) {
    throw new RangeError(`not a draw for an order number: ${draw}`)
  }
  const ending = Array.from({ length: CHARACTERS }, (_, place) =>
    ALPHABET.charAt((draw >>> (5 * (CHARACTERS - 1 - place))) & 31),
  )
  return `${day.toString().replaceAll('-', '')}-${ending.join('')}`
}

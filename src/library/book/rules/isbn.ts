/** ISBN (ISO 2108): 10 digits of old books, 13 of all others, with or without dashes. */

/** The text as 13 digits; undefined when it is not an ISBN or its check digit is wrong. */
export function isbn13Of(text: string): string | undefined {
  const digits = text.replace(/[\s\-–]/gu, '').toUpperCase()
  if (/^\d{9}[\dX]$/.test(digits))
    return isIsbn10(digits) ? withCheckDigit(`978${digits.slice(0, 9)}`) : undefined
  if (!/^97[89]\d{10}$/.test(digits)) return undefined
  return withCheckDigit(digits.slice(0, 12)) === digits ? digits : undefined
}

/** Twelve digits and the thirteenth: weights 1 and 3 in turn, to a multiple of ten. */
export function withCheckDigit(twelve: string): string {
  const sum = [...twelve].reduce(
    (total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3),
    0,
  )
  return twelve + String((10 - (sum % 10)) % 10)
}

/** Weights 10 to 1, to a multiple of eleven; X is ten. */
function isIsbn10(digits: string): boolean {
  const sum = [...digits].reduce(
    (total, digit, index) => total + (digit === 'X' ? 10 : Number(digit)) * (10 - index),
    0,
  )
  return sum % 11 === 0
}

/** ISBN (ISO 2108): 10 digits of old books, 13 of all others, with or without dashes. */

/** What stands before it where it is copied from: `ISBN-13:`. */
const LABEL = /^\s*ISBN(?:[\s-]?1[03](?=[\s:]))?\s*:?\s*/iu
/** Thirteen digits among other words; the five of the Korean add-on code (부가기호) may follow at once, as scanners read both. */
const THIRTEEN = /(?<!\d)97[89](?:[\s\-–—]?\d){10}(?=\d{5}(?!\d)|\D|$)/gu

/**
 * The one ISBN of a text as 13 digits; undefined when there is none with a right check digit, or several. Thirteen digits
 * may stand among other words, as they are copied from a shop; ten only behind `ISBN`, or alone: many numbers have ten.
 */
export function isbn13Of(text: string): string | undefined {
  const plain = text.normalize('NFKC')
  const alone = plain
    .replace(LABEL, '')
    .replace(/[\s\-–—]/gu, '')
    .toUpperCase()
  if (/^\d{9}[\dX]$/.test(alone))
    return isIsbn10(alone) ? withCheckDigit(`978${alone.slice(0, 9)}`) : undefined
  const found = Array.from(plain.matchAll(THIRTEEN), ([one]) => one.replace(/\D/gu, ''))
  const [isbn, ...others] = new Set(found.filter((one) => withCheckDigit(one.slice(0, 12)) === one))
  return others.length === 0 ? isbn : undefined
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

import { decodeHTML } from 'entities'
import htmlTags from 'html-tags'
import { withoutInvisible } from '../../../platform/text/typed-text.ts'

/**
 * Cleaning of the texts in the official registers. They were typed into forms over twenty years: HTML entities,
 * line breaks of every kind, control characters, spreadsheet leftovers and text in decomposed Hangul all occur.
 */

/** Tags of HTML; anything else in angle brackets is text, such as `<어린이용>`. */
const tags = new RegExp(`</?(?:${[...htmlTags].join('|')})(?:\\s[^<>]*)?/?>`, 'giu')
const breaks = /<br\s*\/?>|<\/(?:p|div|li|tr|h[1-6])\s*>/giu

/** Entities decoded and tags gone, twice, because some sources escape what was escaped. */
function withoutMarkup(text: string): string {
  return text.includes('&') || text.includes('<')
    ? decodeHTML(text).replace(breaks, '\n').replace(tags, '')
    : text
}

/**
 * Text as it is stored: entities decoded and HTML tags gone (twice), `<br>`, ends of paragraphs and every line break as
 * `\n`, control, zero-width and unpaired surrogate characters gone (PostgreSQL refuses NUL), composed
 * Hangul, single spaces, no space at line ends, at most one blank line in a row, trimmed. Blank gives ''.
 */
export function cleanText(text: string): string {
  return withoutInvisible(withoutMarkup(withoutMarkup(text)))
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029\v\f]/g, '\n')
    .replace(/[^\S\n]/gu, ' ')
    .replace(/[\p{Cc}\p{Co}\ufffd\ufffe\uffff]/gu, (character) => (character === '\n' ? '\n' : ''))
    .normalize('NFC')
    .replace(/ {2,}/gu, ' ')
    .replace(/ ?\n ?/gu, '\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim()
}

/**
 * A day in a register or in a spreadsheet made of one: `20040302`, `2004-03-02`, `2004. 3. 2.`, `2004/3/2`,
 * `2004년 3월 2일`, with or without a time and a zone behind it (`20040302103000`, `2004-03-02T10:30:00.0Z`,
 * `2004. 3. 2. 오전 10:30:00`). The day is taken as written: registers write days of Korea. Blank or all zeros = no
 * date = null. `'bad_date'` for anything else, for days that do not exist, and for years outside 1950..2100 (typing
 * errors).
 */
export function officialDate(text: string): Temporal.PlainDate | null | 'bad_date' {
  const plain = text
    .normalize('NFKC')
    .replace(/\p{Pd}/gu, '-')
    .trim()
  if (/^[0\-./\s]*$/u.test(plain)) return null
  const parts = compactDay.exec(plain) ?? writtenDay.exec(plain)
  if (parts === null) return 'bad_date'
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (year < 1950 || year > 2100) return 'bad_date'
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' })
  } catch {
    return 'bad_date'
  }
}

const time = String.raw`(?:(?:오전|오후|AM|PM)\s*)?\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:\s*(?:AM|PM))?`
const zone = String.raw`(?:\s*(?:Z|UTC|GMT|KST|[+-]\d{2}:?\d{2}))?`
/** `20040302`, also as a number of a spreadsheet (`20040302.0`), with a time of six digits or as written. */
const compactDay = new RegExp(
  String.raw`^(\d{4})(\d{2})(\d{2})(?:\.0)?(?:[ T]?\d{4}(?:\d{2}(?:\.\d{1,9})?)?|[ T]\s*${time})?${zone}$`,
  'iu',
)
/** Year, month and day with anything usual between them; a weekday in brackets may follow. */
const writtenDay = new RegExp(
  String.raw`^(\d{4})\s*(?:[-./]|년)\s*(\d{1,2})\s*(?:[-./]|월)\s*(\d{1,2})\s*[.일]?(?:\s*\([월화수목금토일]\))?(?:[ T]?\s*${time})?${zone}$`,
  'iu',
)

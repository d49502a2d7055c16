/**
 * Cleaning of the texts in the official registers. They were typed into forms over twenty years: HTML entities,
 * line breaks of every kind, control characters, spreadsheet leftovers and text in decomposed Hangul all occur.
 */

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  middot: '·',
  bull: '•',
  deg: '°',
  micro: 'µ',
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  times: '×',
  plusmn: '±',
  le: '≤',
  ge: '≥',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  hellip: '…',
  ndash: '–',
  mdash: '—',
}

function decoded(whole: string, body: string): string {
  if (!body.startsWith('#')) return entities[body] ?? entities[body.toLowerCase()] ?? whole
  const code = /^#x/iu.test(body) ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10)
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

const decode = (text: string): string => text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,8});/giu, decoded)

/**
 * Text as it is stored: entities decoded (twice, because some sources escape what was escaped), `<br>` and every
 * line break as `\n`, control, zero-width and unpaired surrogate characters gone (PostgreSQL refuses NUL), composed
 * Hangul, single spaces, no space at line ends, at most one blank line in a row, trimmed. Blank gives ''.
 */
export function cleanText(text: string): string {
  return decode(decode(text))
    .toWellFormed()
    .replace(/<br\s*\/?>|<\/p>|\r\n?|[\u0085\u2028\u2029\v\f]/gi, '\n')
    .replace(/[^\S\n]/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\ufffd\ufffe\uffff]/gu, (character) => (character === '\n' ? '\n' : ''))
    .normalize('NFC')
    .replace(/ {2,}/gu, ' ')
    .replace(/ ?\n ?/gu, '\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim()
}

/**
 * A day in a register: `20040302`, `2004-03-02`, `2004.03.02`, `2004/03/02`, with or without a time behind it
 * (`20040302103000`, `2004-03-02 10:30:00.0`). Blank or all zeros = no date = null. `'bad_date'` for anything else,
 * for days that do not exist, and for years outside 1950..2100 (typing errors).
 */
export function officialDate(text: string): Temporal.PlainDate | null | 'bad_date' {
  const plain = text.trim()
  if (/^[0\-./]*$/u.test(plain)) return null
  const parts = /^(\d{4})([-./]?)(\d{2})\2(\d{2})(?:[ T]?\d{2}:?\d{2}(?::?\d{2}(?:\.\d{1,9})?)?)?$/u.exec(
    plain,
  )
  if (parts === null) return 'bad_date'
  const [year, month, day] = [Number(parts[1]), Number(parts[3]), Number(parts[4])]
  if (year < 1950 || year > 2100) return 'bad_date'
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' })
  } catch {
    return 'bad_date'
  }
}

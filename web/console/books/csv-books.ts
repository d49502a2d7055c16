/** A line of a file that is to become a title. */
export interface BookLine {
  /** As editors count lines. */
  readonly line: number
  readonly book: {
    readonly title: string
    readonly author: string
    readonly publisher: string
    readonly year: number | null
    readonly isbn: string | null
    readonly callNumber: string
    readonly kdc: string
    readonly copies: number
  }
  /** Fields that lack or are wrong; none: it can be registered. */
  readonly faults: readonly { readonly kind: 'missing' | 'wrong'; readonly field: string }[]
}

export type ReadBooks =
  | { readonly kind: 'lines'; readonly lines: readonly BookLine[] }
  | { readonly kind: 'no_column'; readonly field: string }
  | { readonly kind: 'too_many' }

/** Each line is one request. */
export const MOST_LINES = 2_000
const NEEDED = ['title', 'kdc'] as const
const MOST_COPIES = 1_000

/** Titles out of a file with a line of headings. What is looked at here is what can be said at once; the API judges. */
export function booksIn(text: string): ReadBooks {
  const [head, ...rest] = rowsOf(text.replace(/^\uFEFF/, ''))
  const names = (head?.cells ?? []).map((name) => name.trim().toLowerCase())
  for (const field of NEEDED) if (!names.includes(field)) return { kind: 'no_column', field }
  const rows = rest.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
  if (rows.length > MOST_LINES) return { kind: 'too_many' }
  return {
    kind: 'lines',
    lines: rows.map(({ line, cells }) => lineOf(line, (name) => (cells[names.indexOf(name)] ?? '').trim())),
  }
}

function lineOf(line: number, field: (name: string) => string): BookLine {
  const copies = field('copies') === '' ? 1 : Number(field('copies'))
  const year = field('year') === '' ? null : Number(field('year'))
  const isbn = field('isbn') === '' ? null : field('isbn')
  const kdc = field('kdc')
  const wrong = [
    ...(kdc !== '' && !/^[0-9]{3}([.][0-9]{1,6})?$/.test(kdc) ? ['kdc'] : []),
    ...(year !== null && !(Number.isInteger(year) && year >= 1000 && year <= 2999) ? ['year'] : []),
    ...(Number.isInteger(copies) && copies >= 0 && copies <= MOST_COPIES ? [] : ['copies']),
    ...(isbn !== null && !/^[0-9Xx-]{10,20}$/.test(isbn) ? ['isbn'] : []),
  ]
  return {
    line,
    book: {
      title: field('title'),
      author: field('author'),
      publisher: field('publisher'),
      year,
      isbn,
      callNumber: field('callnumber'),
      kdc,
      copies,
    },
    faults: [
      ...NEEDED.filter((name) => field(name) === '').map((name) => ({
        kind: 'missing' as const,
        field: name,
      })),
      ...wrong.map((name) => ({ kind: 'wrong' as const, field: name })),
    ],
  }
}

/** Rows of a CSV (RFC 4180), each with the line it begins on: fields in quotes may hold commas, quotes and line breaks. */
function rowsOf(text: string): { line: number; cells: string[] }[] {
  const rows: { line: number; cells: string[] }[] = []
  let line = 1
  let row = { line, cells: [''] }
  let quoted = false
  const add = (sign: string) => {
    row.cells[row.cells.length - 1] = (row.cells.at(-1) ?? '') + sign
  }
  for (let place = 0; place < text.length; place += 1) {
    const sign = text.charAt(place)
    if (sign === '\n') line += 1
    if (quoted) {
      if (sign !== '"') add(sign)
      else if (text.charAt(place + 1) === '"') {
        add('"')
        place += 1
      } else quoted = false
    } else if (sign === '"') quoted = true
    else if (sign === ',') row.cells.push('')
    else if (sign === '\n') {
      rows.push(row)
      row = { line, cells: [''] }
    } else if (sign !== '\r') add(sign)
  }
  rows.push(row)
  return rows
}

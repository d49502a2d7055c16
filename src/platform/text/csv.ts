/** Tables as spreadsheet programs write and read them (RFC 4180). */

/** The byte order mark by which spreadsheet programs know UTF-8. */
const MARK = '\ufeff'

export interface CsvRow {
  /** Its line in the file, from 1. */
  line: number
  cells: string[]
}

export interface CsvReader {
  /** @returns the rows that are complete now */
  push(piece: string): CsvRow[]
  end(): CsvRow[]
}

/**
 * Rows of cells. Separated by commas, or by what the first line says (`;` and tabs are written by some programs); cells
 * in quotes may hold separators, quotes (doubled) and line breaks. Lines without anything in them are left out, but
 * each row knows its line in the file. A quote that is never closed ends with the file.
 */
export function readCsv(text: string): CsvRow[] {
  const reader = createCsvReader()
  return [...reader.push(text), ...reader.end()]
}

/** The same in pieces of any length. */
export function createCsvReader(): CsvReader {
  /** The first line, until it has told what separates; then undefined. */
  let first: string | undefined = ''
  let separator = ','
  let cells: string[] = []
  let cell = ''
  let quoted = false
  /** A quote in a quoted cell: its end, unless another follows. */
  let ending = false
  let line = 1
  let begun = 1

  const endRow = (): CsvRow[] => {
    cells.push(cell.trim())
    const row = { line: begun, cells }
    cells = []
    cell = ''
    begun = line
    return row.cells.some((one) => one !== '') ? [row] : []
  }
  const read = (text: string): CsvRow[] => {
    const rows: CsvRow[] = []
    for (const letter of text) {
      if (letter === '\n') line += 1
      if (ending) {
        ending = false
        if (letter === '"') {
          cell += '"'
          continue
        }
        quoted = false
      }
      if (quoted) {
        if (letter === '"') ending = true
        else cell += letter
      } else if (letter === '"' && cell.trim() === '') {
        quoted = true
        cell = ''
      } else if (letter === separator) {
        cells.push(cell.trim())
        cell = ''
      } else if (letter === '\n') rows.push(...endRow())
      else if (letter !== '\r') cell += letter
    }
    return rows
  }
  const begin = (text: string): CsvRow[] => {
    first = undefined
    const source = text.startsWith(MARK) ? text.slice(1) : text
    separator = separatorOf(source)
    return read(source)
  }

  return {
    push(piece) {
      if (first === undefined) return read(piece)
      first += piece
      return first.includes('\n') ? begin(first) : []
    },
    end: () => [...(first === undefined ? [] : begin(first)), ...endRow()],
  }
}

/** What the first line separates most with. */
function separatorOf(source: string): string {
  const first = source.slice(0, source.search(/\n|$/))
  const count = (separator: string) => first.split(separator).length
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] ?? ','
}

/**
 * A table for spreadsheet programs. Text that such a program would take for a formula gets an apostrophe in front:
 * names and notes are typed by customers.
 */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  return `${MARK}${rows.map((cells) => `${cells.map(written).join(',')}\r\n`).join('')}`
}

function written(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",;\r\n\t]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

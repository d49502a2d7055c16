/** Tables as spreadsheet programs write and read them (RFC 4180). */

/** The byte order mark by which spreadsheet programs know UTF-8. */
const MARK = '\ufeff'

/**
 * Rows of cells. Separated by commas, or by what the first line says (`;` and tabs are written by some programs); cells
 * in quotes may hold separators, quotes (doubled) and line breaks. Lines without anything in them are left out, but
 * each row knows its line in the file. A quote that is never closed ends with the file.
 */
export function readCsv(text: string): { line: number; cells: string[] }[] {
  const source = text.startsWith(MARK) ? text.slice(1) : text
  const separator = separatorOf(source)
  const rows: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  let quoted = false
  let line = 1
  let begun = 1
  const endRow = () => {
    cells.push(cell.trim())
    if (cells.some((one) => one !== '')) rows.push({ line: begun, cells })
    cells = []
    cell = ''
    begun = line
  }
  for (let at = 0; at < source.length; at += 1) {
    const letter = source[at] ?? ''
    if (letter === '\n') line += 1
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (source[at + 1] === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (letter === '"' && cell.trim() === '') {
      quoted = true
      cell = ''
    } else if (letter === separator) {
      cells.push(cell.trim())
      cell = ''
    } else if (letter === '\n') endRow()
    else if (letter !== '\r') cell += letter
  }
  endRow()
  return rows
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

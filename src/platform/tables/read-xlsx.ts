import type { CsvRow } from '../text/csv.ts'
import { openParts, type Parts } from './xlsx-parts.ts'
import { readXml } from './xlsx-xml.ts'

export type Workbook = { kind: 'table'; rows: CsvRow[] } | { kind: 'unreadable' } | { kind: 'too_large' }

/** What stands further to the right is no column of ours. */
const MOST_COLUMNS = 100

/**
 * The rows of the first sheet of a workbook, as those of a table in text: cells as they are read on the screen, without
 * rows of nothing, each with its line. Of a formula it is the value that was saved with it; nothing is calculated, and
 * nothing but text and numbers is looked at.
 * @param mostRows further rows are not read
 */
export async function readXlsx(bytes: Buffer, mostRows: number): Promise<Workbook> {
  const opened = await openParts(bytes)
  if (opened.kind !== 'opened') return opened
  const { parts } = opened
  try {
    const sheet = await firstSheet(parts)
    if (sheet === undefined) return { kind: 'unreadable' }
    const shared = await sharedTexts(parts)
    const percents = await percentStyles(parts)
    return { kind: 'table', rows: await rowsOf(parts, sheet, { shared, percents, mostRows }) }
  } catch {
    return { kind: 'unreadable' }
  } finally {
    parts.close()
  }
}

/** The file of the sheet that stands first. */
async function firstSheet(parts: Parts): Promise<string | undefined> {
  const ids: string[] = []
  await readXml(parts.pieces('xl/workbook.xml'), {
    open: (name, { id }) => {
      if (name === 'sheet' && id !== undefined) ids.push(id)
    },
  })
  const targets = new Map<string, string>()
  await readXml(parts.pieces('xl/_rels/workbook.xml.rels'), {
    open: (name, { Id, Target }) => {
      if (name === 'Relationship' && Id !== undefined && Target !== undefined) targets.set(Id, Target)
    },
  })
  const target = targets.get(ids[0] ?? '')
  if (target === undefined) return undefined
  const file = target.startsWith('/') ? target.slice(1) : `xl/${target}`
  return parts.has(file) ? file : undefined
}

/** Texts that cells name by their number. How to read them aloud, which Korean and Japanese sheets note, is no part. */
async function sharedTexts(parts: Parts): Promise<string[]> {
  const texts: string[] = []
  if (!parts.has('xl/sharedStrings.xml')) return texts
  let text = ''
  let taking = false
  let aloud = false
  await readXml(parts.pieces('xl/sharedStrings.xml'), {
    open: (name) => {
      if (name === 'si') text = ''
      if (name === 'rPh') aloud = true
      taking = name === 't' && !aloud
    },
    text: (piece) => {
      if (taking) text += piece
    },
    close: (name) => {
      taking = false
      if (name === 'rPh') aloud = false
      if (name === 'si') texts.push(text)
    },
  })
  return texts
}

/** Formats of percents that every program knows. */
const PERCENTS = ['9', '10']

/** Which styles of cells show a part as percent: typed as `30%`, it is saved as 0.3. */
async function percentStyles(parts: Parts): Promise<Set<string>> {
  const styles = new Set<string>()
  if (!parts.has('xl/styles.xml')) return styles
  const formats = new Set(PERCENTS)
  let inCells = false
  let count = 0
  await readXml(parts.pieces('xl/styles.xml'), {
    open: (name, { numFmtId = '', formatCode = '' }) => {
      if (name === 'numFmt' && formatCode.includes('%')) formats.add(numFmtId)
      if (name === 'cellXfs') inCells = true
      if (name !== 'xf' || !inCells) return
      if (formats.has(numFmtId)) styles.add(String(count))
      count += 1
    },
    close: (name) => {
      if (name === 'cellXfs') inCells = false
    },
  })
  return styles
}

interface Reading {
  readonly shared: readonly string[]
  readonly percents: ReadonlySet<string>
  readonly mostRows: number
}

async function rowsOf(
  parts: Parts,
  file: string,
  { shared, percents, mostRows }: Reading,
): Promise<CsvRow[]> {
  const rows: CsvRow[] = []
  let row: CsvRow = { line: 0, cells: [] }
  let cell = { column: -1, type: '', style: '' }
  let value = ''
  let taking = false
  await readXml(parts.pieces(file), {
    open: (name, { r = '', t = 'n', s = '' }) => {
      if (name === 'row') {
        row = { line: /^\d{1,7}$/.test(r) ? Number(r) : row.line + 1, cells: [] }
        cell = { column: -1, type: '', style: '' }
      }
      if (name === 'c') {
        cell = { column: columnOf(r) ?? cell.column + 1, type: t, style: s }
        value = ''
      }
      taking = name === 'v' || name === 't'
    },
    text: (piece) => {
      if (taking) value += piece
    },
    close: (name) => {
      taking = false
      if (name === 'c' && cell.column < MOST_COLUMNS && value !== '') {
        while (row.cells.length < cell.column) row.cells.push('')
        row.cells[cell.column] = shownAs(value, cell.type, percents.has(cell.style), shared).trim()
      }
      if (name === 'row' && row.cells.some((one) => one !== '')) rows.push(row)
    },
    isEnough: () => rows.length >= mostRows,
  })
  return rows.slice(0, mostRows)
}

/** The place of a column in the name of a cell: `C5` is 2. */
function columnOf(name: string): number | undefined {
  const letters = /^[A-Z]{1,3}(?=\d)/.exec(name)?.[0]
  if (letters === undefined) return undefined
  return [...letters].reduce((place, letter) => place * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

function shownAs(value: string, type: string, isPercent: boolean, shared: readonly string[]): string {
  if (type === 's') return shared[Number(value)] ?? ''
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE'
  return type === 'n' ? numberShown(value, isPercent) : value
}

/** More digits than these a spreadsheet does not keep: what has more has lost some, and is shown as no number of ours. */
const DIGITS = 15

function numberShown(value: string, isPercent: boolean): string {
  const number = Number(value)
  if (!Number.isFinite(number)) return value
  if (isPercent) return `${Number((number * 100).toPrecision(DIGITS))}%`
  return Math.abs(number) >= 10 ** DIGITS
    ? number.toExponential()
    : String(Number(number.toPrecision(DIGITS)))
}

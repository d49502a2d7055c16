import { isWon, type Won } from '../../../../platform/money.ts'
import type { FieldError, Text } from '../../../../platform/refusal.ts'
import { type CsvRow, readCsv } from '../../../../platform/text/csv.ts'
import type { SettledMovement, SettledTable } from '../../provider.ts'
import { instantFrom } from '../provider-values.ts'
import { isoOf } from './table-moment.ts'

/**
 * Headings by which a column is known, without spaces and signs, the surest first: of several in one table that one counts.
 * The first of all is that of KakaoPay's list for programs.
 */
const COLUMNS = {
  type: ['type', '구분', '거래구분', '거래유형', '결제구분', '거래상태', '상태'],
  tid: ['tid', '거래번호', '결제번호', '거래고유번호', '결제고유번호'],
  aid: ['aid', '요청번호', '요청고유번호', '승인번호'],
  amount: ['amount', '금액', '거래금액', '결제금액', '승인금액'],
  at: ['approvedat', '거래일시', '승인일시', '결제일시', '거래일자', '승인일자'],
  order: ['partnerorderid', '주문번호', '가맹점주문번호'],
} as const
type Column = keyof typeof COLUMNS
/** Not every table names our reference; payments are known by their own number. */
const NEEDED = ['type', 'tid', 'aid', 'amount', 'at'] as const satisfies readonly Column[]

const CHARGES: readonly string[] = ['payment', '결제', '승인', '결제승인', '결제완료']
const REFUNDS: readonly string[] = ['cancel', '취소', '결제취소', '승인취소', '부분취소', '환불']
/** Lines below the rows that sum them up. */
const SUMS: readonly string[] = ['합계', '총계', '소계', 'total']

/**
 * Reads a table of KakaoPay's partner centre, as programs get it or as people download it and a spreadsheet saved it:
 * charges, and refunds (with or without a minus). What cannot be read is told by its line: half a list proves nothing.
 */
export function readSettlementTable(table: readonly CsvRow[]): SettledTable {
  const [head, ...rows] = table
  const headLine = head?.line ?? 1
  const { places, twice } = placesIn(head?.cells ?? [])
  if (twice)
    return { movements: [], errors: [wrong(headLine, twice.column, 'twice', columnTwice(twice.heading))] }
  if (NEEDED.some((column) => places[column] === undefined))
    return { movements: [], errors: [wrong(headLine, 'type', 'invalid', NO_HEAD)] }
  const movements: SettledTable['movements'][number][] = []
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const { line, cells } of rows) {
    const cell = (column: Column) => cells[places[column] ?? -1] ?? ''
    if (SUMS.includes(plain(cell('type')))) continue
    const movement = movementOf(line, cell)
    if ('message' in movement) {
      errors.push(movement)
      continue
    }
    // A payment and its cancel may go by one number.
    const name = `${movement.movement} ${movement.id}`
    if (seen.has(name)) errors.push(wrong(line, 'aid', 'twice', TWICE))
    else {
      seen.add(name)
      movements.push({ ...movement, line })
    }
  }
  return { movements, errors }
}

/** The same of the list for programs: undefined when it is no such table, or one of its rows cannot be read. */
export function readSettlement(csv: string): SettledMovement[] | undefined {
  const { movements, errors } = readSettlementTable(readCsv(csv))
  return errors.length === 0 ? movements.map(({ line: _line, ...movement }) => movement) : undefined
}

const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')

interface Head {
  places: Readonly<Partial<Record<Column, number>>>
  /** A heading that stands there twice, where it would count: nobody knows which of the two is meant. */
  twice?: { column: Column; heading: string }
}

function placesIn(cells: readonly string[]): Head {
  // A unit in brackets is no part of the name.
  const names = cells.map((cell) => plain(cell.replace(/\(.*\)$/, '')))
  const places: Partial<Record<Column, number>> = {}
  for (const column of Object.keys(COLUMNS) as Column[]) {
    const synonyms: readonly string[] = COLUMNS[column]
    const known = synonyms.find((name) => names.includes(name))
    if (known === undefined) continue
    const place = names.indexOf(known)
    if (names.lastIndexOf(known) !== place)
      return { places, twice: { column, heading: cells[place] ?? known } }
    places[column] = place
  }
  return { places }
}

function movementOf(line: number, cell: (column: Column) => string): SettledMovement | FieldError {
  const type = plain(cell('type'))
  const isCharge = CHARGES.includes(type)
  if (!isCharge && !REFUNDS.includes(type)) return wrong(line, 'type', 'invalid', NO_TYPE)
  const [ref, id] = [cell('tid'), cell('aid')]
  if (ref === '') return wrong(line, 'tid', 'invalid', NO_NUMBER)
  if (id === '') return wrong(line, 'aid', 'invalid', NO_NUMBER)
  const amount = amountIn(cell('amount'), isCharge)
  if (amount === undefined) return wrong(line, 'amount', 'invalid', NO_AMOUNT)
  const at = instantFrom(isoOf(cell('at')))
  if (!at) return wrong(line, 'at', 'invalid', NO_TIME)
  return { movement: isCharge ? 'charge' : 'refund', ref, id, merchantRef: cell('order') || null, amount, at }
}

/** Spreadsheets write thousands with commas, and a sign or the unit beside them. */
function amountIn(text: string, isCharge: boolean): Won | undefined {
  const digits = /^(-?)₩?(-?)(\d[\d,]*)(?:\.0+)?원?$/.exec(text.replaceAll(/\s/g, ''))
  const [, before = '', after = '', figures = ''] = digits ?? []
  const amount = Number(figures.replaceAll(',', ''))
  const isNegative = before + after !== ''
  return digits && isWon(amount) && !(isCharge && isNegative) ? amount : undefined
}

function wrong(line: number, column: Column, code: string, message: Text): FieldError {
  return { field: `rows.${line}.${column}`, code, message }
}

const NO_HEAD: Text = {
  ko: '첫 줄에 구분, 거래번호, 승인번호, 금액, 거래일시 제목이 있어야 합니다.',
  en: 'The first row must have headings for type, tid, aid, amount and approved_at.',
}
const columnTwice = (heading: string): Text => ({
  ko: `'${heading}' 열이 두 개입니다. 하나만 남겨 주세요.`,
  en: `There are two columns “${heading}”. Please leave one of them.`,
})
const NO_TYPE: Text = { ko: '구분은 결제 또는 취소입니다.', en: 'The type is a payment or a cancel.' }
const NO_NUMBER: Text = { ko: '번호가 비어 있습니다.', en: 'The number is empty.' }
const NO_AMOUNT: Text = { ko: '금액은 원 단위 정수입니다.', en: 'The amount is a whole number of won.' }
const NO_TIME: Text = {
  ko: '거래일시는 2026-01-31 23:59:59와 같은 날짜와 시각입니다.',
  en: 'The time is a date and time like 2026-01-31 23:59:59.',
}
const TWICE: Text = { ko: '같은 거래가 두 번 있습니다.', en: 'The same movement is there twice.' }

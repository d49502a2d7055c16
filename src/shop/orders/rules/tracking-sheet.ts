/**
 * The table merchants work through when they send parcels: what is to be sent goes out with empty cells for the parcel,
 * and comes back with them filled in, and once more with the day on which each parcel arrived. Both directions have the
 * same columns; others are passed over.
 */
import type { FieldError, Text } from '../../../platform/refusal.ts'
import { CARRIERS, type Carrier, type Parcel } from './delivery.ts'

/** Rows of one file: more than a house sends in one go, and still one transaction. */
export const MOST_ROWS = 1_000

/** Errors told of one file; whoever has more has the wrong file. */
const MOST_ERRORS = 100

const COLUMNS = {
  orderNumber: { ko: '주문번호', en: 'Order number' },
  lineNo: { ko: '상품순번', en: 'Line' },
  itemName: { ko: '상품명', en: 'Item' },
  quantity: { ko: '수량', en: 'Quantity' },
  receiver: { ko: '받는 분', en: 'Receiver' },
  phone: { ko: '연락처', en: 'Phone' },
  postalCode: { ko: '우편번호', en: 'Postal code' },
  address: { ko: '주소', en: 'Address' },
  note: { ko: '배송 메모', en: 'Delivery note' },
  carrier: { ko: '택배사', en: 'Carrier' },
  trackingNumber: { ko: '운송장번호', en: 'Tracking number' },
  arrivedOn: { ko: '도착일', en: 'Arrived on' },
} as const satisfies Record<string, Text>
type Column = keyof typeof COLUMNS
const NEEDED = ['orderNumber', 'carrier', 'trackingNumber'] as const satisfies readonly Column[]

export const CARRIER_NAMES: Readonly<Record<Carrier, Text>> = {
  cj_logistics: { ko: 'CJ대한통운', en: 'CJ Logistics' },
  hanjin: { ko: '한진택배', en: 'Hanjin' },
  lotte: { ko: '롯데택배', en: 'Lotte Global Logistics' },
  logen: { ko: '로젠택배', en: 'Logen' },
  korea_post: { ko: '우체국택배', en: 'Korea Post' },
  other: { ko: '기타', en: 'Other' },
}

/** How people shorten them in tables. */
const SHORT_NAMES: Readonly<Record<string, Carrier>> = {
  cj: 'cj_logistics',
  대한통운: 'cj_logistics',
  한진: 'hanjin',
  롯데: 'lotte',
  롯데글로벌로지스: 'lotte',
  로젠: 'logen',
  우체국: 'korea_post',
  우편: 'korea_post',
}

/** A line that waits to be sent, as the table shows it. */
export interface LineToSend {
  orderNumber: string
  lineNo: number
  itemName: string
  quantity: number
  receiver: string
  phone: string
  postalCode: string
  address: string
  note: string
}

/** The table of what is to be sent, with its head. */
export function sheetOf(lines: readonly LineToSend[], language: keyof Text): (string | number)[][] {
  const columns = Object.keys(COLUMNS) as Column[]
  return [
    columns.map((column) => COLUMNS[column][language]),
    ...lines.map((line) => columns.map((column) => (column in line ? line[column as keyof LineToSend] : ''))),
  ]
}

/** One row that names a parcel. */
export interface TrackingRow {
  /** Its line in the file, from 1. */
  row: number
  orderNumber: string
  /** Undefined: all of the order that is still to be sent. */
  wanted: { lineNo: number; quantity: number | undefined } | undefined
  parcel: Parcel
  /** The day in Seoul on which it arrived; null: it is on its way. */
  arrivedOn: Temporal.PlainDate | null
}

export interface TrackingSheet {
  kind: 'sheet'
  rows: TrackingRow[]
  /** What is wrong, by row. */
  errors: FieldError[]
}

const ORDER_NUMBER = /^[0-9]{8}-[0-9A-HJKMNP-TV-Z]{6}$/
const TRACKING_NUMBER = /^[0-9A-Za-z-]{6,30}$/

/** Reads a table that came back. Rows without a parcel are not sent yet and are passed over. */
export function readTrackingSheet(
  table: readonly { line: number; cells: readonly string[] }[],
): TrackingSheet {
  const [head, ...body] = table
  const places = head && placesIn(head.cells)
  if (!places) return wrong([{ row: head?.line ?? 1, column: 'orderNumber', say: NO_HEAD }])
  if (body.length > MOST_ROWS)
    return wrong([{ row: body[MOST_ROWS]?.line ?? 1, column: 'orderNumber', say: TOO_MANY }])
  const rows: TrackingRow[] = []
  const found: Finding[] = []
  for (const { line, cells } of body) {
    const read = rowOf(line, (column) => cells[places[column] ?? -1] ?? '')
    if (read === undefined) continue
    if ('parcel' in read) rows.push(read)
    else found.push(read)
  }
  return { ...wrong(found), rows }
}

interface Finding {
  row: number
  column: Column
  say: Text
}

/** An error about a row of the file, as refusals carry it. */
export function rowError(row: number, column: Column | 'row', code: string, message: Text): FieldError {
  return { field: column === 'row' ? `rows.${row}` : `rows.${row}.${column}`, code, message }
}

/** As many as help. */
export const firstErrors = (errors: readonly FieldError[]): FieldError[] => errors.slice(0, MOST_ERRORS)

function wrong(findings: readonly Finding[]): TrackingSheet {
  const errors = findings.map(({ row, column, say }) => rowError(row, column, 'invalid', say))
  return { kind: 'sheet', rows: [], errors }
}

const plain = (text: string) => text.replaceAll(/[\s_]/g, '').toLowerCase()

function placesIn(cells: readonly string[]): Readonly<Partial<Record<Column, number>>> | undefined {
  const names = cells.map(plain)
  const places = Object.fromEntries(
    (Object.keys(COLUMNS) as Column[]).map((column) => {
      const { ko, en } = COLUMNS[column]
      return [column, names.findIndex((name) => [plain(column), plain(ko), plain(en)].includes(name))]
    }),
  ) as Record<Column, number>
  return NEEDED.every((column) => places[column] >= 0) ? places : undefined
}

function rowOf(row: number, cell: (column: Column) => string): TrackingRow | Finding | undefined {
  const carrierText = cell('carrier')
  const trackingNumber = cell('trackingNumber').replaceAll(' ', '')
  const arrivedText = cell('arrivedOn')
  if (carrierText === '' && trackingNumber === '' && arrivedText === '') return undefined
  const orderNumber = cell('orderNumber').toUpperCase()
  if (!ORDER_NUMBER.test(orderNumber)) return { row, column: 'orderNumber', say: NO_NUMBER }
  const carrier = carrierIn(carrierText)
  if (carrier === undefined) return { row, column: 'carrier', say: NO_CARRIER }
  if (!TRACKING_NUMBER.test(trackingNumber)) return { row, column: 'trackingNumber', say: NO_TRACKING }
  const parcel = { carrier, trackingNumber }
  const arrivedOn = dayIn(arrivedText)
  if (arrivedOn === 'none') return { row, column: 'arrivedOn', say: NO_DAY }
  const lineNo = wholeIn(cell('lineNo'))
  const quantity = wholeIn(cell('quantity'))
  if (lineNo === 'none') return { row, column: 'lineNo', say: NO_COUNT }
  if (quantity === 'none') return { row, column: 'quantity', say: NO_COUNT }
  if (lineNo === undefined)
    return quantity === undefined
      ? { row, orderNumber, wanted: undefined, parcel, arrivedOn }
      : { row, column: 'lineNo', say: QUANTITY_OF_WHAT }
  return { row, orderNumber, wanted: { lineNo, quantity }, parcel, arrivedOn }
}

/** A day as people and spreadsheets write it: with dashes, dots or slashes, or as the number a workbook keeps. */
function dayIn(text: string): Temporal.PlainDate | null | 'none' {
  if (text === '') return null
  const [, year, month, day] = /^(20\d\d)[-./] ?(\d{1,2})[-./] ?(\d{1,2})\.?$/.exec(text) ?? []
  if (/^[45]\d{4}(\.\d+)?$/.test(text)) return FIRST_DAY_OF_SHEETS.add({ days: Math.floor(Number(text)) })
  try {
    return Temporal.PlainDate.from(
      { year: Number(year), month: Number(month), day: Number(day) },
      { overflow: 'reject' },
    )
  } catch {
    return 'none'
  }
}

/** Day 0 of what workbooks count. */
const FIRST_DAY_OF_SHEETS = Temporal.PlainDate.from('1899-12-30')

function carrierIn(text: string): Carrier | undefined {
  const name = plain(text)
  const known = CARRIERS.find((carrier) =>
    [carrier, CARRIER_NAMES[carrier].ko, CARRIER_NAMES[carrier].en].some((one) => plain(one) === name),
  )
  return known ?? SHORT_NAMES[name]
}

function wholeIn(text: string): number | undefined | 'none' {
  if (text === '') return undefined
  return /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 'none'
}

const NO_HEAD: Text = {
  ko: '첫 줄에 "주문번호", "택배사", "운송장번호" 제목이 있어야 합니다.',
  en: 'The first row must have the headings "Order number", "Carrier" and "Tracking number".',
}
const TOO_MANY: Text = {
  ko: `한 번에 ${MOST_ROWS}줄까지 올릴 수 있습니다. 파일을 나누어 주세요.`,
  en: `A file has at most ${MOST_ROWS} rows. Please divide it.`,
}
const NO_NUMBER: Text = {
  ko: '주문번호가 아닙니다. 예: 20261121-7K3QX9',
  en: 'This is no order number, e.g. 20261121-7K3QX9.',
}
const NO_CARRIER: Text = {
  ko: `택배사를 알 수 없습니다. ${Object.values(CARRIER_NAMES)
    .map(({ ko }) => ko)
    .join(', ')} 중 하나를 적어 주세요.`,
  en: `This carrier is not known. Please write one of ${Object.values(CARRIER_NAMES)
    .map(({ en }) => en)
    .join(', ')}.`,
}
const NO_TRACKING: Text = {
  ko: '운송장번호는 숫자, 영문자, "-" 6~30자입니다. 엑셀에서 셀 서식을 "텍스트"로 바꾸어 주세요.',
  en: 'A tracking number has 6 to 30 digits, letters or "-". Format the cells as text in your spreadsheet.',
}
const NO_DAY: Text = {
  ko: '날짜가 아닙니다. 예: 2026-11-28',
  en: 'This is no day, e.g. 2026-11-28.',
}
const NO_COUNT: Text = { ko: '1 이상의 정수여야 합니다.', en: 'Must be a whole number of at least 1.' }
const QUANTITY_OF_WHAT: Text = {
  ko: '수량을 적으려면 상품순번도 적어 주세요.',
  en: 'Please name the line, too, when you give a quantity.',
}

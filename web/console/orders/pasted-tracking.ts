/**
 * Rows that somebody copied out of a spreadsheet, as the table the API imports. What is plainly wrong is found here, before
 * anything is asked of the server; whether the orders can be sent, only the server knows.
 */

/** One row that was pasted and is not empty. */
export interface PastedRow {
  /** Its line in what was pasted, from 1. */
  readonly line: number
  readonly orderNumber: string
  readonly lineNo: string
  readonly quantity: string
  readonly carrier: string
  readonly trackingNumber: string
  /** The day on which its parcel arrived, as it was written; empty while it is on its way. */
  readonly arrivedOn: string
  /** What keeps it from being sent; `skipped` when it names no parcel. */
  readonly problem: Problem | 'skipped' | undefined
}

export type Problem = 'number' | 'tracking' | 'carrier' | 'twice'

/** Names of columns as the list of what is to be sent writes them, and as people do; without spaces, small. */
type Field = 'orderNumber' | 'lineNo' | 'quantity' | 'carrier' | 'trackingNumber' | 'arrivedOn'
const HEADS: Readonly<Record<Field, readonly string[]>> = {
  orderNumber: ['주문번호', 'ordernumber', 'orderno', 'order'],
  lineNo: ['상품순번', '순번', 'line', 'lineno'],
  quantity: ['수량', 'quantity', 'qty'],
  carrier: ['택배사', '배송사', 'carrier'],
  trackingNumber: ['운송장번호', '송장번호', '운송장', 'trackingnumber', 'tracking'],
  arrivedOn: ['도착일', '배송완료일', 'arrivedon', 'arrived', 'deliveredon'],
}
const FIELDS = Object.keys(HEADS) as Field[]

/** Carriers by what people call them; without spaces, small. */
const CARRIER_NAMES: Readonly<Record<string, string>> = {
  cj_logistics: 'cj_logistics',
  cj대한통운: 'cj_logistics',
  대한통운: 'cj_logistics',
  cj: 'cj_logistics',
  cjlogistics: 'cj_logistics',
  hanjin: 'hanjin',
  한진택배: 'hanjin',
  한진: 'hanjin',
  lotte: 'lotte',
  롯데택배: 'lotte',
  롯데: 'lotte',
  롯데글로벌로지스: 'lotte',
  lottegloballogistics: 'lotte',
  logen: 'logen',
  로젠택배: 'logen',
  로젠: 'logen',
  korea_post: 'korea_post',
  koreapost: 'korea_post',
  우체국택배: 'korea_post',
  우체국: 'korea_post',
  우편: 'korea_post',
  other: 'other',
  기타: 'other',
}

const ORDER_NUMBER = /^[0-9]{8}-[0-9A-HJKMNP-TV-Z]{6}$/i
const TRACKING_NUMBER = /^[0-9A-Za-z-]{6,30}$/
/** Groups of digits as carriers print them: 6123-4567-8901. */
const MOSTLY_DIGITS = /^[0-9A-Z]{0,4}[0-9][0-9-]{5,}$/i
const plain = (text: string) => text.replaceAll(/\s/g, '').toLowerCase()

/**
 * Reads what was pasted: cells apart by tabs, or by commas where there are none.
 * @param usualCarrier for rows that name none
 */
export function readPasted(text: string, usualCarrier: string): PastedRow[] {
  const table = cellsOf(text)
  const [first] = table
  const places = first && placesIn(first.cells)
  const rows = (places ? table.slice(1) : table).map(({ line, cells }) => {
    const found = places ? byHead(cells, places) : byLook(cells)
    const carrier =
      found.carrier === '' ? usualCarrier : (CARRIER_NAMES[plain(found.carrier)] ?? found.carrier)
    const row = { ...found, line, carrier, orderNumber: found.orderNumber.toUpperCase() }
    return { ...row, problem: problemOf(row) }
  })
  return rows.map((row) => (isContradicted(row, rows) ? { ...row, problem: 'twice' } : row))
}

/** The table that `POST /api/admin/orders/tracking` takes, and by its lines the rows it is made of. */
export function trackingTable(rows: readonly PastedRow[]): {
  csv: string
  rowAt: ReadonlyMap<number, PastedRow>
} {
  const named = rows.filter(({ problem }) => problem === undefined)
  const lines = named.map((row) => FIELDS.map((field) => quoted(row[field])).join(','))
  return {
    csv: [FIELDS.join(','), ...lines, ''].join('\r\n'),
    rowAt: new Map(named.map((row, place) => [place + 2, row])),
  }
}

/** Which line of the table an error of the API is about: its field is `rows.3.carrier`. */
export function tableLineOf(field: string): number | undefined {
  const digits = /^rows\.(\d+)/.exec(field)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

type Cells = Omit<PastedRow, 'line' | 'problem'>

function byHead(cells: readonly string[], places: Readonly<Record<Field, number>>): Cells {
  const at = (field: Field) => cells[places[field]] ?? ''
  return {
    orderNumber: at('orderNumber'),
    lineNo: at('lineNo'),
    quantity: at('quantity'),
    carrier: at('carrier'),
    trackingNumber: at('trackingNumber').replaceAll(' ', ''),
    arrivedOn: at('arrivedOn'),
  }
}

/** Without heads cells are known by what they look like; line, quantity and day cannot be, so the whole order is meant, and on its way. */
function byLook(cells: readonly string[]): Cells {
  const orderNumber = cells.find((cell) => ORDER_NUMBER.test(cell)) ?? ''
  const others = cells.filter((cell) => cell !== '' && cell !== orderNumber)
  const carrier = others.find((cell) => plain(cell) in CARRIER_NAMES) ?? ''
  const numbers = others.filter((cell) => cell !== carrier)
  const trackingNumber =
    numbers.findLast((cell) => MOSTLY_DIGITS.test(cell.replaceAll(' ', ''))) ?? numbers.at(-1) ?? ''
  return {
    orderNumber,
    lineNo: '',
    quantity: '',
    carrier,
    trackingNumber: trackingNumber.replaceAll(' ', ''),
    arrivedOn: '',
  }
}

function problemOf({ orderNumber, carrier, trackingNumber }: Cells): PastedRow['problem'] {
  if (trackingNumber === '') return 'skipped'
  if (!ORDER_NUMBER.test(orderNumber)) return 'number'
  if (!TRACKING_NUMBER.test(trackingNumber)) return 'tracking'
  return Object.values(CARRIER_NAMES).includes(carrier) ? undefined : 'carrier'
}

/** The same goods cannot travel in two parcels, unless it is said how many in which. */
function isContradicted(row: PastedRow, rows: readonly PastedRow[]): boolean {
  if (row.problem !== undefined || row.quantity !== '') return false
  return rows.some(
    (other) =>
      other.orderNumber === row.orderNumber &&
      other.lineNo === row.lineNo &&
      other.quantity === '' &&
      other.trackingNumber !== '' &&
      other.trackingNumber !== row.trackingNumber,
  )
}

function placesIn(cells: readonly string[]): Readonly<Record<Field, number>> | undefined {
  const names = cells.map(plain)
  const place = (field: Field) => names.findIndex((name) => HEADS[field].includes(name))
  const places = {
    orderNumber: place('orderNumber'),
    lineNo: place('lineNo'),
    quantity: place('quantity'),
    carrier: place('carrier'),
    trackingNumber: place('trackingNumber'),
    arrivedOn: place('arrivedOn'),
  }
  return places.orderNumber >= 0 && places.trackingNumber >= 0 ? places : undefined
}

/** Cells of lines that are not empty. Quotes hold a tab, a comma or a line break inside of a cell. */
function cellsOf(text: string): { line: number; cells: string[] }[] {
  const separator = text.includes('\t') ? '\t' : ','
  const table: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  let isQuoted = false
  let line = 1
  let begin = 1
  const endCell = () => {
    cells.push(cell.trim())
    cell = ''
  }
  const endRow = () => {
    endCell()
    if (cells.some((one) => one !== '')) table.push({ line: begin, cells })
    cells = []
  }
  const clean = text
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replace(/^\uFEFF/, '')
  for (let at = 0; at < clean.length; at += 1) {
    const char = clean.charAt(at)
    if (char === '\n') line += 1
    if (isQuoted) {
      if (char !== '"') cell += char
      else if (clean.charAt(at + 1) === '"') {
        cell += '"'
        at += 1
      } else isQuoted = false
    } else if (char === '"' && cell === '') isQuoted = true
    else if (char === separator) endCell()
    else if (char === '\n') {
      endRow()
      begin = line
    } else cell += char
  }
  endRow()
  return table
}

const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

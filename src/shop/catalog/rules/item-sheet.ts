/**
 * The table in which merchants change many items: it goes out as things are, and comes back with other cells. Each row
 * knows the version it was written from, so that a table that is brought twice, or late, changes nothing by mistake.
 */
import type { FieldError, Text } from '../../../platform/refusal.ts'
import { type ItemStatus, maxOriginPrice } from './item-change.ts'
import {
  type ItemNotice,
  NOTICE_PHONE,
  NOTICE_TEXTS,
  type NoticeChange,
  noticeTexts,
  type Origin,
} from './item-notice.ts'

/** Rows of one file, and of one transaction. */
export const MOST_ITEM_ROWS = 1_000

/** Errors told of one file; whoever has more has the wrong file. */
const MOST_ERRORS = 100

/** What each table shows to know an item by. */
const KNOWN = ['itemId', 'version', 'statementNumber', 'name', 'enterprise'] as const

const COLUMNS = {
  itemId: { ko: '상품ID', en: 'Item ID' },
  version: { ko: '버전', en: 'Version' },
  statementNumber: { ko: '품목제조번호', en: 'Statement number' },
  name: { ko: '상품명', en: 'Name' },
  enterprise: { ko: '브랜드', en: 'Brand' },
  status: { ko: '판매상태', en: 'Status' },
  originPrice: { ko: '정가', en: 'Price' },
  discountPercent: { ko: '할인율', en: 'Discount %' },
  tax: { ko: '과세구분', en: 'Tax' },
  onHand: { ko: '재고', en: 'In stock' },
  stockDelta: { ko: '재고증감', en: 'Stock change' },
  origin: { ko: '제조구분', en: 'Origin' },
  ...NOTICE_TEXTS,
  importDeclared: { ko: '수입신고', en: 'Import declaration' },
  geneticallyModified: { ko: '유전자변형', en: 'Genetically modified' },
} as const satisfies Record<string, Text>
type Column = keyof typeof COLUMNS

/** Which columns a table has: what is offered, or what has to be said of it. */
export const SHEETS = {
  offer: [...KNOWN, 'status', 'originPrice', 'discountPercent', 'tax', 'onHand', 'stockDelta'],
  notice: [...KNOWN, 'origin', ...noticeTexts, 'importDeclared', 'geneticallyModified'],
} as const satisfies Record<string, readonly Column[]>
export type SheetKind = keyof typeof SHEETS

const NEEDED = ['itemId', 'version'] as const satisfies readonly Column[]

const STATUSES: Readonly<Record<ItemStatus, Text>> = {
  on_sale: { ko: '판매중', en: 'On sale' },
  sold_out: { ko: '품절', en: 'Sold out' },
  hidden: { ko: '숨김', en: 'Hidden' },
}

/** Whether VAT is in the price. */
const TAXES = {
  taxed: { ko: '과세', en: 'Taxed' },
  free: { ko: '면세', en: 'Tax-free' },
} as const satisfies Record<string, Text>

const ORIGIN_WORDS: Readonly<Record<Origin, Text>> = {
  domestic: { ko: '국내 제조', en: 'Made in Korea' },
  imported: { ko: '수입', en: 'Imported' },
}

const MODIFIED = {
  no: { ko: '해당 없음', en: 'No' },
  yes: { ko: '해당', en: 'Yes' },
} as const satisfies Record<string, Text>

/** “No” takes back what was said by mistake. */
const DECLARED = {
  no: { ko: '미신고', en: 'Not declared' },
  yes: { ko: '필함', en: 'Declared' },
} as const satisfies Record<string, Text>

/** An item as the table shows it. */
export interface ItemToShow {
  itemId: string
  version: number
  statementNumber: string
  name: string
  enterprise: string
  status: ItemStatus
  originPrice: number
  discountPercent: number
  taxFree: boolean
  onHand: number
  notice: ItemNotice
}

/** The table with its head; how much stock comes or goes is left to be filled in. */
export function itemSheet(
  items: readonly ItemToShow[],
  language: keyof Text,
  kind: SheetKind = 'offer',
): (string | number)[][] {
  const columns: readonly Column[] = SHEETS[kind]
  return [
    columns.map((column) => COLUMNS[column][language]),
    ...items.map((item) => columns.map((column) => cellOf(item, column, language))),
  ]
}

function cellOf(item: ItemToShow, column: Column, language: keyof Text): string | number {
  const { origin, importDeclared, geneticallyModified } = item.notice
  if (column === 'stockDelta') return ''
  if (column === 'tax') return TAXES[item.taxFree ? 'free' : 'taxed'][language]
  if (column === 'status') return STATUSES[item.status][language]
  if (column === 'origin') return origin === null ? '' : ORIGIN_WORDS[origin][language]
  if (column === 'importDeclared') return importDeclared ? DECLARED.yes[language] : ''
  if (column === 'geneticallyModified')
    return geneticallyModified === null ? '' : MODIFIED[geneticallyModified ? 'yes' : 'no'][language]
  return isNoticeText(column) ? item.notice[column] : item[column]
}

const isNoticeText = (column: Column): column is keyof typeof NOTICE_TEXTS => column in NOTICE_TEXTS

/** What a row wants; what its cells leave empty stays. */
export interface ItemRow {
  /** Its line in the file, from 1. */
  row: number
  itemId: string
  version: number
  status?: ItemStatus
  originPrice?: number
  discountPercent?: number
  taxFree?: boolean
  stockDelta?: number
  notice?: NoticeChange
}

/** Reads a table that came back. Columns that cannot be changed here are passed over. */
export function readItemSheet(table: readonly { line: number; cells: readonly string[] }[]): {
  rows: ItemRow[]
  errors: FieldError[]
} {
  const [head, ...body] = table
  const places = head && placesIn(head.cells)
  if (!places) return { rows: [], errors: [sheetError(head?.line ?? 1, 'itemId', 'invalid', NO_HEAD)] }
  if (body.length > MOST_ITEM_ROWS)
    return {
      rows: [],
      errors: [sheetError(body[MOST_ITEM_ROWS]?.line ?? 1, 'itemId', 'invalid', TOO_MANY)],
    }
  const rows: ItemRow[] = []
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const { line, cells } of body) {
    const read = rowOf(line, (column) => cells[places[column] ?? -1] ?? '')
    if ('message' in read) errors.push(read)
    else if (seen.has(read.itemId)) errors.push(sheetError(line, 'itemId', 'twice', TWICE))
    else {
      seen.add(read.itemId)
      rows.push(read)
    }
  }
  return { rows, errors }
}

/** An error about a row of the file, as refusals carry it. */
export function sheetError(row: number, column: Column | 'row', code: string, message: Text): FieldError {
  return { field: column === 'row' ? `rows.${row}` : `rows.${row}.${column}`, code, message }
}

/** As many as help. */
export const firstItemErrors = (errors: readonly FieldError[]): FieldError[] => errors.slice(0, MOST_ERRORS)

const plain = (text: string) => text.replaceAll(/[\s_]/g, '').toLowerCase()

function placesIn(cells: readonly string[]): Readonly<Partial<Record<Column, number>>> | undefined {
  const names = cells.map(plain)
  const places: Partial<Record<Column, number>> = {}
  for (const column of Object.keys(COLUMNS) as Column[]) {
    const { ko, en } = COLUMNS[column]
    places[column] = names.findIndex((name) => [plain(column), plain(ko), plain(en)].includes(name))
  }
  return NEEDED.every((column) => (places[column] ?? -1) >= 0) ? places : undefined
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MOST = 1_000_000_000

function rowOf(row: number, cell: (column: Column) => string): ItemRow | FieldError {
  const itemId = cell('itemId').toLowerCase()
  if (!UUID.test(itemId)) return sheetError(row, 'itemId', 'invalid', NO_ID)
  const version = numberIn(cell('version'), /^[1-9]\d{0,8}$/)
  if (typeof version !== 'number') return sheetError(row, 'version', 'invalid', NO_VERSION)
  const read: ItemRow = { row, itemId, version }
  const status = wordIn(STATUSES, cell('status'))
  if (status === 'wrong') return sheetError(row, 'status', 'invalid', NO_STATUS)
  if (status) read.status = status
  const tax = wordIn(TAXES, cell('tax'))
  if (tax === 'wrong') return sheetError(row, 'tax', 'invalid', NO_TAX)
  if (tax) read.taxFree = tax === 'free'
  for (const [column, form, say] of [
    ['originPrice', /^\d{1,9}$/, NO_PRICE],
    ['discountPercent', /^\d{1,3}(\.\d)?$/, NO_PERCENT],
    ['stockDelta', /^[+-]?\d{1,7}$/, NO_DELTA],
  ] as const) {
    const value = numberIn(cell(column), form)
    if (value === 'wrong') return sheetError(row, column, 'invalid', say)
    if (column === 'originPrice' && value !== undefined && value > maxOriginPrice)
      return sheetError(row, column, 'invalid', say)
    if (value !== undefined) read[column] = value
  }
  const notice = noticeIn(row, cell)
  if ('message' in notice) return notice
  return Object.keys(notice).length === 0 ? read : { ...read, notice }
}

/** What the cells say of the notice. A spreadsheet may have an apostrophe in front of a text that begins like a formula. */
function noticeIn(row: number, cell: (column: Column) => string): NoticeChange | FieldError {
  const origin = wordIn(ORIGIN_WORDS, cell('origin'))
  if (origin === 'wrong') return sheetError(row, 'origin', 'invalid', NO_ORIGIN)
  const declared = wordIn(DECLARED, cell('importDeclared'))
  if (declared === 'wrong') return sheetError(row, 'importDeclared', 'invalid', NO_DECLARED)
  const modified = wordIn(MODIFIED, cell('geneticallyModified'))
  if (modified === 'wrong') return sheetError(row, 'geneticallyModified', 'invalid', NO_MODIFIED)
  const texts: Partial<Record<keyof typeof NOTICE_TEXTS, string>> = {}
  for (const name of noticeTexts) {
    const text = cell(name).replace(/^'(?=[=+\-@])/, '')
    if (text.length > NOTICE_TEXTS[name].most)
      return sheetError(row, name, 'invalid', tooLong(NOTICE_TEXTS[name].most))
    if (name === 'phone' && !NOTICE_PHONE.test(text)) return sheetError(row, name, 'invalid', NO_PHONE)
    if (text !== '') texts[name] = text
  }
  return {
    ...(origin === undefined ? {} : { origin }),
    ...texts,
    ...(declared === undefined ? {} : { importDeclared: declared === 'yes' }),
    ...(modified === undefined ? {} : { geneticallyModified: modified === 'yes' }),
  }
}

/** Spreadsheets write thousands with commas, and an apostrophe in front of what could be a formula. */
function numberIn(text: string, form: RegExp): number | undefined | 'wrong' {
  const digits = text.replaceAll(',', '').replace(/^'/, '').replace(/%$/, '')
  if (digits === '') return undefined
  const value = Number(digits)
  return form.test(digits) && Math.abs(value) <= MOST ? value : 'wrong'
}

/** Which of these words a cell says, in whatever language. */
function wordIn<Name extends string>(
  words: Readonly<Record<Name, Text>>,
  text: string,
): Name | undefined | 'wrong' {
  if (text === '') return undefined
  const said = plain(text)
  const names = Object.keys(words) as Name[]
  const found = names.find((name) =>
    [name, words[name].ko, words[name].en].some((one) => plain(one) === said),
  )
  return found ?? 'wrong'
}

const NO_HEAD: Text = {
  ko: '첫 줄에 "상품ID"와 "버전" 제목이 있어야 합니다. 내려받은 표를 고쳐서 올려 주세요.',
  en: 'The first row must have the headings "Item ID" and "Version". Please change a table that was downloaded.',
}
const TOO_MANY: Text = {
  ko: `한 번에 ${MOST_ITEM_ROWS}줄까지 올릴 수 있습니다. 파일을 나누어 주세요.`,
  en: `A file has at most ${MOST_ITEM_ROWS} rows. Please divide it.`,
}
const TWICE: Text = { ko: '같은 상품이 두 번 있습니다.', en: 'The same item is there twice.' }
const NO_ID: Text = { ko: '상품ID가 아닙니다.', en: 'This is no item ID.' }
const NO_VERSION: Text = {
  ko: '버전은 내려받은 표에 있는 숫자여야 합니다.',
  en: 'The version must be the number in the table that was downloaded.',
}
const NO_STATUS: Text = {
  ko: '판매상태는 판매중, 품절, 숨김 중 하나입니다.',
  en: 'The status is one of: on sale, sold out, hidden.',
}
const NO_TAX: Text = {
  ko: '과세구분은 과세, 면세 중 하나입니다.',
  en: 'The tax is one of: taxed, tax-free.',
}
const NO_ORIGIN: Text = {
  ko: '제조구분은 국내 제조, 수입 중 하나입니다.',
  en: 'The origin is one of: made in Korea, imported.',
}
const NO_DECLARED: Text = {
  ko: '수입신고는 필함, 미신고 중 하나입니다.',
  en: 'The import declaration is one of: declared, not declared.',
}
const NO_MODIFIED: Text = {
  ko: '유전자변형은 해당, 해당 없음 중 하나입니다.',
  en: 'Genetically modified is one of: yes, no.',
}
const NO_PHONE: Text = {
  ko: '전화번호는 8~20자의 숫자와 + ( ) - 입니다.',
  en: 'A telephone number has 8 to 20 digits, spaces and + ( ) -.',
}
const tooLong = (most: number): Text => ({
  ko: `${most}자까지 쓸 수 있습니다.`,
  en: `It has at most ${most} letters.`,
})
const NO_PRICE: Text = { ko: '정가는 원 단위 정수입니다.', en: 'The price is a whole number of won.' }
const NO_PERCENT: Text = {
  ko: '할인율은 0~100이며 소수 한 자리까지입니다.',
  en: 'The discount is 0 to 100 with at most one decimal.',
}
const NO_DELTA: Text = {
  ko: '재고증감은 늘거나 줄어든 수량(정수)입니다.',
  en: 'The stock change is a whole number of pieces that came or are gone.',
}

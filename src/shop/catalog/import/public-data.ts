/**
 * One item out of one row of the Ministry of Food and Drug Safety's registers of health functional food:
 * 식품안전나라 `C003` (품목제조신고) and data.go.kr `HtfsInfoService03`, as JSON rows or as rows of a downloaded file
 * whose header carries the field codes or their Korean names. What is around the rows: `public-envelope.ts`.
 */
import { cleanText, officialDate } from './official-text.ts'

/** An item as the register knows it. Texts are cleaned and may be '' where the register says nothing. */
export interface ImportedItem {
  /** 품목제조번호: the key, 12–15 digits, always text (it may not fit or keep its zeros as a number elsewhere). */
  readonly statementNumber: string
  /** 품목명. */
  readonly name: string
  /** 업소명: the maker, the shop's brand. */
  readonly enterprise: string
  /** 보고일: the day the product was reported. */
  readonly registeredDate: Temporal.PlainDate | null
  /** 소비기한, free text such as 제조일로부터 2년. */
  readonly distributionPeriod: string
  /** 성상: what it looks like. */
  readonly appearance: string
  /** 섭취방법. */
  readonly servingUse: string
  /** 보관방법. */
  readonly preservation: string
  /** 섭취 시 주의사항. */
  readonly intakeHint: string
  /** 주된 기능성: decides the categories. */
  readonly mainFunction: string
  /** 기준규격. */
  readonly baseStandard: string
  /** 원재료; '' from HtfsInfoService03, which has none. */
  readonly rawMaterials: string
  /** 제형, such as 캡슐; '' from HtfsInfoService03, which has none. */
  readonly shape: string
  /** Last change in the register; null where the source has none. */
  readonly updatedDate: Temporal.PlainDate | null
}

export type ImportedField = keyof ImportedItem

/** Why a row was not imported. `message` is for the import report. */
export interface RejectedRow {
  readonly kind: 'rejected'
  readonly code: 'damaged' | 'unknown_shape' | 'missing' | 'bad_type' | 'bad_statement_number' | 'too_long'
  readonly field: ImportedField | null
  /** The row's number as far as it could be read, to find it again; '' if not. */
  readonly statementNumber: string
  readonly message: { readonly ko: string; readonly en: string }
}

/** A date that could not be read. It costs its field, not the product. */
export interface UnreadDate {
  readonly field: 'registeredDate' | 'updatedDate'
  readonly value: string
}

export interface ReadItem {
  readonly kind: 'item'
  readonly item: ImportedItem
  readonly unread: readonly UnreadDate[]
}

interface FieldRule {
  readonly en: string
  /** Longest accepted text in characters after cleaning. The registers' own columns end at 4,000 bytes or less;
   *  the limits leave room and stop what is plainly broken. Texts are never cut: a cut caution could mislead. */
  readonly limit: number
  /** C003 field, HtfsInfoService03 field, then the names of the columns in downloaded files; first one = ko name. */
  readonly c003?: string
  readonly htfs?: string
  readonly columns: readonly [string, ...string[]]
}

/** Where each field comes from. Limits are exported through this table for the database's checks. */
export const importedFields: Readonly<Record<ImportedField, FieldRule>> = {
  statementNumber: {
    en: 'statement number',
    limit: 15,
    c003: 'PRDLST_REPORT_NO',
    htfs: 'STTEMNT_NO',
    columns: ['품목제조번호', '품목제조신고번호', '품목제조보고번호', '신고번호'],
  },
  name: { en: 'name', limit: 200, c003: 'PRDLST_NM', htfs: 'PRDUCT', columns: ['품목명', '제품명'] },
  enterprise: {
    en: 'enterprise',
    limit: 100,
    c003: 'BSSH_NM',
    htfs: 'ENTRPS',
    columns: ['업소명', '업체명'],
  },
  registeredDate: {
    en: 'registered date',
    limit: 100,
    c003: 'PRMS_DT',
    htfs: 'REGIST_DT',
    columns: ['보고일', '보고일자', '등록일', '등록일자', '허가일자'],
  },
  distributionPeriod: {
    en: 'shelf life',
    limit: 500,
    c003: 'POG_DAYCNT',
    htfs: 'DISTB_PD',
    columns: ['소비기한', '유통기한', '소비기한일수'],
  },
  appearance: { en: 'appearance', limit: 2_000, c003: 'DISPOS', htfs: 'SUNGSANG', columns: ['성상'] },
  servingUse: {
    en: 'serving',
    limit: 4_000,
    c003: 'NTK_MTHD',
    htfs: 'SRV_USE',
    columns: ['섭취방법', '섭취량및섭취방법'],
  },
  preservation: {
    en: 'preservation',
    limit: 2_000,
    c003: 'CSTDY_MTHD',
    htfs: 'PRSRV_PD',
    columns: ['보관방법', '보존및유통기준'],
  },
  intakeHint: {
    en: 'cautions',
    limit: 10_000,
    c003: 'IFTKN_ATNT_MATR_CN',
    htfs: 'INTAKE_HINT1',
    columns: ['섭취시주의사항', '섭취시주의', '주의사항'],
  },
  mainFunction: {
    en: 'main function',
    limit: 10_000,
    c003: 'PRIMARY_FNCLTY',
    htfs: 'MAIN_FNCTN',
    columns: ['주된기능성', '기능성'],
  },
  baseStandard: {
    en: 'standard',
    limit: 10_000,
    c003: 'STDR_STND',
    htfs: 'BASE_STANDARD',
    columns: ['기준규격', '기준및규격'],
  },
  rawMaterials: { en: 'raw materials', limit: 10_000, c003: 'RAWMTRL_NM', columns: ['원재료', '원재료명'] },
  shape: { en: 'form', limit: 50, c003: 'PRDT_SHAP_CD_NM', columns: ['제형', '제품형태'] },
  updatedDate: {
    en: 'updated date',
    limit: 100,
    c003: 'LAST_UPDT_DTM',
    columns: ['최종수정일자', '최종수정일'],
  },
}

type Row = Readonly<Record<string, unknown>>

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The way to look a field up in a row, or null when the row is of no known kind. */
function shapeOf(row: Row): ((field: ImportedField) => unknown) | null {
  if ('PRDLST_REPORT_NO' in row || 'PRDLST_NM' in row) {
    return (field) => row[importedFields[field].c003 ?? '']
  }
  if ('STTEMNT_NO' in row || 'PRDUCT' in row) return (field) => row[importedFields[field].htfs ?? '']
  const byColumn = new Map(
    Object.entries(row).map(([name, value]) => [cleanText(name).replace(/[\s_]/gu, ''), value]),
  )
  const has = (field: ImportedField) => importedFields[field].columns.some((column) => byColumn.has(column))
  if (!has('statementNumber') && !has('name')) return null
  return (field) => {
    const column = importedFields[field].columns.find((each) => byColumn.has(each))
    return column === undefined ? undefined : byColumn.get(column)
  }
}

const reasons: Readonly<Record<RejectedRow['code'], { readonly ko: string; readonly en: string }>> = {
  damaged: {
    ko: '손상된 행입니다 (따옴표나 글자가 깨졌습니다)',
    en: 'the row is damaged (a stray quote, or a broken letter)',
  },
  unknown_shape: { ko: '알려진 공공데이터 형식의 행이 아닙니다', en: 'not a row of a known official format' },
  missing: { ko: '값이 비어 있습니다', en: 'is missing' },
  bad_type: { ko: '글자가 아닌 값입니다', en: 'is not text' },
  bad_statement_number: { ko: '12~15자리 숫자가 아닙니다', en: 'is not a number of 12 to 15 digits' },
  too_long: { ko: '허용된 길이를 넘습니다', en: 'is longer than allowed' },
}

/**
 * Reads one row; `undefined` stands for one that is no JSON. Rejects, with the field and a reason in Korean and
 * English: values that are no row, a missing name, enterprise or number, a number that is not 12–15 digits, values that
 * are not text, and texts longer than {@link importedFields} allows. A date that cannot be read is left out and told
 * as `unread`. Everything else may be blank.
 */
export function parseOfficialRow(value: unknown): ReadItem | RejectedRow {
  if (value === undefined) return rejected('damaged', null, '')
  const row = isRow(value) && isRow(value.item) ? value.item : value
  const read = isRow(row) ? shapeOf(row) : null
  if (read === null) return rejected('unknown_shape', null, '')

  const number = textOf(read('statementNumber'))
  const known = number !== null && number.length <= 40 ? number : ''
  const texts = new Map<ImportedField, string>()
  for (const field of fieldNames) {
    const text = textOf(read(field))
    if (text === null) return rejected('bad_type', field, known)
    if (text === '' && required.has(field)) return rejected('missing', field, known)
    if (field === 'statementNumber' && !/^\d{12,15}$/u.test(text)) {
      return rejected('bad_statement_number', field, known)
    }
    if (text.length > importedFields[field].limit) return rejected('too_long', field, known)
    texts.set(field, text)
  }
  const text = (field: ImportedField): string => texts.get(field) ?? ''
  const oneLine = (field: ImportedField): string => text(field).replaceAll('\n', ' ')
  const unread: UnreadDate[] = []
  const day = (field: UnreadDate['field']): Temporal.PlainDate | null => {
    const date = officialDate(text(field))
    if (date !== 'bad_date') return date
    unread.push({ field, value: text(field) })
    return null
  }
  const registeredDate = day('registeredDate')
  const updatedDate = day('updatedDate')
  return {
    kind: 'item',
    unread,
    item: {
      statementNumber: text('statementNumber'),
      name: oneLine('name'),
      enterprise: oneLine('enterprise'),
      registeredDate,
      distributionPeriod: text('distributionPeriod'),
      appearance: text('appearance'),
      servingUse: text('servingUse'),
      preservation: text('preservation'),
      intakeHint: text('intakeHint'),
      mainFunction: text('mainFunction'),
      baseStandard: text('baseStandard'),
      rawMaterials: text('rawMaterials'),
      shape: oneLine('shape'),
      updatedDate,
    },
  }
}

const fieldNames: readonly ImportedField[] = [
  'statementNumber',
  'name',
  'enterprise',
  'registeredDate',
  'distributionPeriod',
  'appearance',
  'servingUse',
  'preservation',
  'intakeHint',
  'mainFunction',
  'baseStandard',
  'rawMaterials',
  'shape',
  'updatedDate',
]
const required: ReadonlySet<ImportedField> = new Set(['statementNumber', 'name', 'enterprise'])

/** A cell as clean text; absent = ''. Null when it is neither text nor a whole number. */
function textOf(cell: unknown): string | null {
  if (cell === undefined || cell === null) return ''
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? String(cell) : null
  return typeof cell === 'string' ? cleanText(cell) : null
}

function rejected(
  code: RejectedRow['code'],
  field: ImportedField | null,
  statementNumber: string,
): RejectedRow {
  const reason = reasons[code]
  const rule = field === null ? null : importedFields[field]
  return {
    kind: 'rejected',
    code,
    field,
    statementNumber,
    message: {
      ko: rule === null ? reason.ko : `${rule.columns[0]}: ${reason.ko}`,
      en: rule === null ? reason.en : `${rule.en} ${reason.en}`,
    },
  }
}

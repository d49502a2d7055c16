/**
 * What customers have to be told of health functional food before they buy it (전자상거래 등에서의 상품 등의 정보제공에 관한 고시,
 * 건강기능식품; 건강기능식품에 관한 법률 art. 17 and 18), as far as the public registers do not say it: written by the merchant.
 */
import { type Refused, refused, type Text } from '../../../platform/refusal.ts'

/** The texts of a notice: what they are called in tables, and their longest. The database holds the same lengths. */
export const NOTICE_TEXTS = {
  makerAddress: { most: 300, ko: '제조업소 소재지', en: 'Maker’s address' },
  importer: { most: 300, ko: '수입업소명과 소재지', en: 'Importer and address' },
  country: { most: 100, ko: '제조국', en: 'Country' },
  contents: { most: 500, ko: '내용량', en: 'Contents' },
  ingredients: { most: 5_000, ko: '원료명 및 함량', en: 'Ingredients and amounts' },
  nutrition: { most: 5_000, ko: '영양정보', en: 'Nutrition' },
  sideEffects: { most: 2_000, ko: '부작용 발생 가능성', en: 'Side effects' },
  phone: { most: 20, ko: '소비자상담 전화번호', en: 'Consumer counselling' },
} as const satisfies Record<string, Text & { most: number }>
export type NoticeText = keyof typeof NOTICE_TEXTS
export const noticeTexts = Object.keys(NOTICE_TEXTS) as NoticeText[]

/** Made in Korea, or imported. */
export const ORIGINS = ['domestic', 'imported'] as const
export type Origin = (typeof ORIGINS)[number]

/** '' and null: not known yet. */
export interface ItemNotice extends Readonly<Record<NoticeText, string>> {
  readonly origin: Origin | null
  /** That it was declared under the Special Act on Imported Food Safety Control; false: nobody has said so. */
  readonly importDeclared: boolean
  readonly geneticallyModified: boolean | null
}
/** What is to be different; parts that are left out stay. */
export type NoticeChange = { readonly [Part in keyof ItemNotice]?: ItemNotice[Part] }

export const NO_NOTICE: ItemNotice = {
  origin: null,
  makerAddress: '',
  importer: '',
  country: '',
  importDeclared: false,
  contents: '',
  ingredients: '',
  nutrition: '',
  sideEffects: '',
  geneticallyModified: null,
  phone: '',
}
const parts = Object.keys(NO_NOTICE) as (keyof ItemNotice)[]

/** A telephone number as it is printed, or nothing. */
export const NOTICE_PHONE = /^([0-9+() -]{8,20})?$/

/** A part of a notice that becomes another one. */
export interface NoticeTurn {
  readonly part: keyof ItemNotice
  readonly before: ItemNotice[keyof ItemNotice]
  readonly after: ItemNotice[keyof ItemNotice]
}

/**
 * Applies a change to a notice; texts are taken without what stands around them. What becomes made here loses the importer
 * and the country it had, for empty cells of a table cannot say so, and no declaration outlives the import. Refusals:
 * `notice_importer_of_domestic` (only what is imported has an importer and a country, and was declared),
 * `notice_phone_invalid`.
 */
export function changedNotice(
  notice: ItemNotice,
  change: NoticeChange,
):
  | { readonly kind: 'notice'; readonly notice: ItemNotice; readonly turns: NoticeTurn[] }
  | Refused<'notice_importer_of_domestic' | 'notice_phone_invalid'> {
  const texts = Object.fromEntries(
    noticeTexts.flatMap((name) => (change[name] === undefined ? [] : [[name, change[name].trim()]])),
  )
  const next: ItemNotice = { ...standingBeside(change, notice), ...change, ...texts }
  if (next.origin !== 'imported' && (next.importer !== '' || next.country !== '' || next.importDeclared))
    return refused('notice_importer_of_domestic')
  if (!NOTICE_PHONE.test(next.phone)) return refused('notice_phone_invalid')
  const turns = parts
    .filter((part) => next[part] !== notice[part])
    .map((part) => ({ part, before: notice[part], after: next[part] }))
  return { kind: 'notice', notice: next, turns }
}

/** What stays of a notice beside a change of its origin. */
function standingBeside({ origin }: NoticeChange, notice: ItemNotice): ItemNotice {
  if (origin === undefined || origin === 'imported') return notice
  const undeclared = { ...notice, importDeclared: false }
  return origin === 'domestic' ? { ...undeclared, importer: '', country: '' } : undeclared
}

/** Texts of an item that the notice wants, and that the register says. */
export const NOTICE_OF_REGISTER = [
  'distributionPeriod',
  'preservation',
  'mainFunction',
  'servingUse',
  'intakeHint',
] as const
type OfRegister = (typeof NOTICE_OF_REGISTER)[number]

/** Of which items a part has to be said. The telephone number is that of the shop where the item has none of its own. */
export const NOTICE_NEEDS = {
  origin: 'all',
  makerAddress: 'not_imported',
  importer: 'imported',
  country: 'imported',
  contents: 'all',
  ingredients: 'all',
  nutrition: 'all',
  sideEffects: 'all',
  geneticallyModified: 'all',
  importDeclared: 'imported',
} as const satisfies Partial<Record<keyof ItemNotice, 'all' | 'imported' | 'not_imported'>>

/** What may be missing of a notice. */
export type NoticeLack = keyof typeof NOTICE_NEEDS | OfRegister
export const noticeLacks = [...Object.keys(NOTICE_NEEDS), ...NOTICE_OF_REGISTER] as NoticeLack[]

/** What has to be said of an item and is not, in the order of the notice. Lists ask the database for the same. */
export function lacksOf(notice: ItemNotice, texts: Readonly<Record<OfRegister, string>>): NoticeLack[] {
  const isImported = notice.origin === 'imported'
  const needed = (Object.keys(NOTICE_NEEDS) as (keyof typeof NOTICE_NEEDS)[]).filter((part) => {
    const of = NOTICE_NEEDS[part]
    return of === 'all' || (of === 'imported') === isImported
  })
  return [
    ...needed.filter((part) => !isSaid(part, notice)),
    ...NOTICE_OF_REGISTER.filter((field) => texts[field].trim() === ''),
  ]
}

/** “No” answers whether it is genetically modified; of an import it is no answer, for what was not declared may not be sold. */
function isSaid(part: keyof typeof NOTICE_NEEDS, notice: ItemNotice): boolean {
  return part === 'importDeclared' ? notice.importDeclared : notice[part] !== '' && notice[part] !== null
}

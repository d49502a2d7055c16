import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import type { Words } from '../../words/index.ts'

interface NoticeRow {
  readonly term: string
  /** Blank: there is nothing to be said of this item. */
  readonly value: string
  /** In the words of the page; else as it was written, in Korean whatever the language. */
  readonly isSaid: boolean
}

/**
 * What the notice on information of goods (상품정보제공고시, health functional food) wants said, in its order. What the merchant
 * has not written yet is on the package; the console lists what is missing.
 * @param phone of the shop, for items that name none of their own
 */
export function noticeRows(item: ItemDetail, words: Words, phone: string | undefined): NoticeRow[] {
  const t = words.item
  const { notice } = item
  const isImported = notice.origin === 'imported'
  const written = (term: string, text: string | null | undefined) => ({
    term,
    value: text?.trim() || t.seeAttached,
    isSaid: !text?.trim(),
  })
  const said = (term: string, value: string) => ({ term, value, isSaid: true })
  const where = isImported
    ? [written(t.importer, notice.importer), written(t.country, notice.country)]
    : [written(t.makerAddress, notice.makerAddress)]
  const inDetails = [
    [t.function, item.mainFunction],
    [t.serving, item.servingUse],
    [t.caution, item.intakeHint],
  ] as const
  return [
    written(t.name, item.name),
    written(t.maker, item.enterprise),
    ...where,
    written(t.shelfLife, item.distributionPeriod),
    written(t.storage, item.preservation),
    written(t.contents, notice.contents),
    written(t.ingredients, notice.ingredients || item.rawMaterials),
    written(t.nutrition, notice.nutrition),
    ...inDetails.map(([term, text]) => said(term, text.trim() === '' ? t.seeAttached : t.seeDetails)),
    written(t.sideEffects, notice.sideEffects),
    said(t.medicine, t.notMedicine),
    said(
      t.modified,
      notice.geneticallyModified === null
        ? t.seeAttached
        : notice.geneticallyModified
          ? t.isModified
          : t.notConcerned,
    ),
    said(
      t.importReport,
      notice.importDeclared ? t.declared : notice.origin === 'domestic' ? t.notConcerned : t.seeAttached,
    ),
    written(t.counselling, notice.phone || phone),
    written(t.statement, item.statementNumber),
    written(t.registered, item.registeredDate),
    ...[
      [t.appearance, item.appearance],
      [t.form, item.shape],
      [t.standard, item.baseStandard],
    ].flatMap(([term, text]) => (term && text?.trim() ? [written(term, text)] : [])),
  ]
}

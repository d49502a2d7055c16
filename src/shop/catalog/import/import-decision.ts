/**
 * What an import makes of a row of the register, as a pure rule. Files overlap: the same product comes from both
 * services, in old and new downloads, and rarely twice in one file. Whatever the order, importing the same files
 * again changes nothing:
 * - A row with a newer register date wins; a row without a date (HtfsInfoService03) never overrides one with a date.
 * - A loser still fills texts that are blank (the other service may know them), and a blank never erases a text.
 * - Rows of the same rank replace what an earlier run stored; within one run the first of them wins.
 * What the merchant has written stays whatever wins here (`own-texts.ts`).
 */
import type { ImportedField, ImportedItem } from './public-data.ts'

/** `''` < `'2015-05-22'` < `'2020-01-01'`: how much a row's texts count. */
export type Rank = string

/** Of two versions of an item, the one with the higher rank is the newer; without a date it is the lowest. */
export function rankOf(item: Pick<ImportedItem, 'updatedDate'>): Rank {
  return item.updatedDate?.toString() ?? ''
}

export type Decision =
  | { readonly kind: 'added'; readonly item: ImportedItem }
  | { readonly kind: 'changed'; readonly item: ImportedItem }
  | { readonly kind: 'unchanged' }

/**
 * @param stored what the catalogue holds for this number
 * @param seen highest rank of an earlier row with this number in the same run
 */
export function decideImport(
  stored: ImportedItem | undefined,
  incoming: ImportedItem,
  seen: Rank | undefined,
): Decision {
  if (stored === undefined) return { kind: 'added', item: incoming }
  const rank = rankOf(incoming)
  const wins = rank > rankOf(stored) || (rank === rankOf(stored) && rank !== seen)
  const [first, second] = wins ? [incoming, stored] : [stored, incoming]
  const merged = filledUp(first, second)
  return changedFields(merged, stored).length === 0
    ? { kind: 'unchanged' }
    : { kind: 'changed', item: merged }
}

/** The texts of an item, which a merchant may write, too. */
export const textFields = [
  'name',
  'enterprise',
  'distributionPeriod',
  'appearance',
  'servingUse',
  'preservation',
  'intakeHint',
  'mainFunction',
  'baseStandard',
  'rawMaterials',
  'shape',
] as const
export type TextField = (typeof textFields)[number]

const dateFields = ['registeredDate', 'updatedDate'] as const

function filledUp(first: ImportedItem, second: ImportedItem): ImportedItem {
  const texts = Object.fromEntries(
    textFields.map((field) => [field, first[field] === '' ? second[field] : first[field]]),
  )
  return {
    ...first,
    ...texts,
    registeredDate: first.registeredDate ?? second.registeredDate,
    updatedDate: first.updatedDate ?? second.updatedDate,
  }
}

/** In which fields two versions of an item differ. */
export function changedFields(a: ImportedItem, b: ImportedItem): ImportedField[] {
  return [
    ...textFields.filter((field) => a[field] !== b[field]),
    ...dateFields.filter((field) => !sameDay(a[field], b[field])),
  ]
}

function sameDay(a: Temporal.PlainDate | null, b: Temporal.PlainDate | null): boolean {
  return a === null || b === null ? a === b : a.equals(b)
}

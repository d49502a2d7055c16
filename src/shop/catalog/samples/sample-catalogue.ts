/**
 * Invented items for volume tests: they read, classify, search and weigh like real ones, and the same seed and rows
 * give the same items on every machine.
 */

import type { ImportedItem } from '../import/public-data.ts'
import { type Category, categoriesOf } from '../rules/categories.ts'
import { between, type DemoOffer, type Dice, diceOf, offerBy, pick } from '../rules/demo-offer.ts'
import type { ItemNotice } from '../rules/item-notice.ts'
import {
  sampleEnds,
  sampleForms,
  sampleIngredients,
  sampleLines,
  sampleMakerEnds,
  sampleMakerStems,
} from './sample-ingredients.ts'
import { sampleNotice } from './sample-notice.ts'

/** An item ready to be stored: register facts, offer, categories, and what the notice says. */
export interface SampleItem {
  readonly item: ImportedItem
  readonly offer: DemoOffer
  readonly categories: readonly Category[]
  readonly notice: ItemNotice
}

/**
 * Invented statement numbers have 15 digits and begin with 9999. Real ones begin with the year of the maker's
 * licence, so the two never meet and invented items can be told and removed by this prefix.
 */
export const sampleNumberPrefix = '9999'

/** Most items one catalogue can have; a fixed bound keeps every number at 15 digits. */
export const maxSampleItems = 10_000_000

/** Days over which the invented items were registered. */
const firstDay = Temporal.PlainDate.from('2004-01-01')
const lastDay = Temporal.PlainDate.from('2025-12-31')
const days = firstDay.until(lastDay, { largestUnit: 'days' }).days

const fallback = {
  distributionPeriod: '제조일로부터 2년',
  servingUse: '1일 1회, 1회 1회분을 물과 함께 섭취',
  preservation: '직사광선을 피하여 서늘하고 건조한 곳에 보관',
  intakeHint: '이상사례 발생 시 섭취를 중단하고 전문가와 상담할 것',
  baseStandard: '1. 성상 : 고유의 색택과 향미를 가지며 이미, 이취가 없어야 함\n2. 대장균군 : 음성',
}

/** A text of one of the real rows, by lot; what to say if none has it. */
function realText(dice: Dice, rows: readonly ImportedItem[], field: keyof typeof fallback): string {
  const texts = rows.map((row) => row[field]).filter((text) => text !== '')
  return texts.length === 0 ? fallback[field] : pick(dice, texts)
}

/** The claims of a real main function, one by one: numbered with ①②…, or on lines of their own. */
export function claimsOf(mainFunction: string): readonly string[] {
  return mainFunction
    .split(/[①-⑳\n]/u)
    .map((claim) => claim.trim())
    .filter((claim) => claim !== '')
}

function sampleItemAt(rows: readonly ImportedItem[], seed: string, index: number): SampleItem {
  const dice = diceOf(`${seed} ${index}`)
  const ingredient = pick(dice, sampleIngredients)
  const second = dice() < 0.25 ? pick(dice, sampleIngredients) : ingredient
  const parts = ingredient === second ? [ingredient] : [ingredient, second]
  const form = pick(dice, sampleForms)
  const name = [
    pick(dice, sampleLines),
    parts.map((part) => part.name).join(dice() < 0.5 ? '&' : ' '),
    pick(dice, sampleEnds),
    form.word,
  ]
    .filter((word) => word !== '')
    .join(dice() < 0.7 ? ' ' : '')
  const claims = rows.flatMap((row) => claimsOf(row.mainFunction))
  const borrowed = claims.length > 0 && dice() < 0.1 ? [pick(dice, claims)] : []
  const mainFunction = [...parts.map((part) => part.mainFunction), ...borrowed].join('\n')
  const registeredDate = firstDay.add({ days: between(dice, 0, days) })
  const item: ImportedItem = {
    statementNumber: sampleNumberPrefix + String(index).padStart(11, '0'),
    name,
    enterprise: `(주)${pick(dice, sampleMakerStems)}${pick(dice, sampleMakerEnds)}`,
    registeredDate,
    distributionPeriod: realText(dice, rows, 'distributionPeriod'),
    appearance: form.appearance,
    servingUse: realText(dice, rows, 'servingUse'),
    preservation: realText(dice, rows, 'preservation'),
    intakeHint: realText(dice, rows, 'intakeHint'),
    mainFunction,
    baseStandard: realText(dice, rows, 'baseStandard'),
    rawMaterials: parts.map((part) => part.rawMaterials).join(', '),
    shape: form.shape,
    updatedDate: registeredDate.add({ days: between(dice, 0, 900) }),
  }
  const notice = sampleNotice(`${seed} ${index}`, { parts, shape: form.shape })
  return { item, offer: offerBy(dice), categories: categoriesOf(mainFunction), notice }
}

/**
 * `count` invented items, one at a time so that a large catalogue needs no memory. Item n depends only on rows,
 * seed and n: a longer catalogue begins like a shorter one. Statement numbers are the same under every seed, so
 * filling twice replaces instead of doubling. Throws RangeError unless 0 ≤ count ≤ {@link maxSampleItems}.
 */
export function* sampleCatalogue(
  rows: readonly ImportedItem[],
  seed: string,
  count: number,
): Generator<SampleItem, void, undefined> {
  if (!Number.isInteger(count) || count < 0 || count > maxSampleItems) {
    throw new RangeError(`not a number of items: ${count}`)
  }
  for (let index = 0; index < count; index += 1) yield sampleItemAt(rows, seed, index)
}

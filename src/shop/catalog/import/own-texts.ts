/**
 * A merchant's own words beside those of the register, as pure rules. Imports change what the register says; customers
 * see the merchant's words where there are any.
 */
import { type TextField, textFields } from './import-decision.ts'
import type { ImportedItem } from './public-data.ts'

/** What the register says where the merchant's own words are shown instead; '' where it says nothing. */
export type RegisterTexts = Readonly<Partial<Record<TextField, string>>>

/** An item as customers see it, and what the register says of it otherwise. */
export interface ItemInWords {
  readonly item: ImportedItem
  readonly registerTexts: RegisterTexts
}

/** An item as the register alone would have it. */
export function inRegister({ item, registerTexts }: ItemInWords): ImportedItem {
  return { ...item, ...registerTexts }
}

/** An item of which the register says this now: the merchant's own words stay. */
export function withOwnWords(register: ImportedItem, { item, registerTexts }: ItemInWords): ItemInWords {
  const own = textFields.filter((field) => registerTexts[field] !== undefined)
  return { item: { ...register, ...textsOf(item, own) }, registerTexts: textsOf(register, own) }
}

/** An item of which the merchant has written this: what is not as the register says it is theirs from now on. */
export function written(register: ImportedItem, item: ImportedItem): ItemInWords {
  return {
    item,
    registerTexts: textsOf(
      register,
      textFields.filter((field) => item[field] !== register[field]),
    ),
  }
}

/** An item that the merchant entered before the register said anything of it: what they left blank is filled later. */
export function unknownToRegister(item: ImportedItem): ItemInWords {
  const said = textFields.filter((field) => item[field] !== '')
  return { item, registerTexts: Object.fromEntries(said.map((field) => [field, ''])) }
}

function textsOf(item: ImportedItem, fields: readonly TextField[]): RegisterTexts {
  return Object.fromEntries(fields.map((field) => [field, item[field]]))
}

/** Items in and out of the catalogue's tables in batches, for imports and for invented catalogues. */
import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { placeOnShelves } from '../browse/shelves.ts'
import { publishChange } from '../items/change-item.ts'
import type { Category } from '../rules/categories.ts'
import type { DemoOffer } from '../rules/demo-offer.ts'
import { storedSearchDocument } from '../search/search-encoding.ts'
import type { ItemInWords, RegisterTexts } from './own-texts.ts'
import type { ImportedItem } from './public-data.ts'

export interface StoredItem extends ItemInWords {
  readonly id: string
}

/** What the catalogue holds for these statement numbers, by number. */
export async function readStored(tx: Db | Tx, numbers: readonly string[]): Promise<Map<string, StoredItem>> {
  const { rows } = await sql<ImportedItem & { id: string; registerTexts: RegisterTexts }>`
    select id, statement_number as "statementNumber", name, enterprise, registered_date as "registeredDate",
      updated_date as "updatedDate", distribution_period as "distributionPeriod", appearance,
      serving_use as "servingUse", preservation, intake_hint as "intakeHint", main_function as "mainFunction",
      base_standard as "baseStandard", raw_materials as "rawMaterials", shape,
      (select coalesce(json_object_agg(field, register_text), '{}') from catalog.item_own_text as own
        where own.item_id = item.id) as "registerTexts"
    from catalog.item join catalog.item_text on item_id = id
    where statement_number = any(${numbers}::text[])`.execute(tx)
  return new Map(
    rows.map(({ id, registerTexts, ...item }) => [item.statementNumber, { id, item, registerTexts }]),
  )
}

/** Lets nobody else write the items with these numbers until the caller's transaction ends; in the order of orders and tables. */
export async function lockStored(tx: Tx, numbers: readonly string[]): Promise<void> {
  await sql`select 1 from catalog.item where statement_number = any(${numbers}::text[])
    order by id for no key update`.execute(tx)
}

/** Which of these statement numbers the catalogue knows. */
export async function knownNumbers(tx: Tx, numbers: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ statement_number: string }>`
    select statement_number from catalog.item where statement_number = any(${numbers}::text[])`.execute(tx)
  return new Set(rows.map((row) => row.statement_number))
}

export interface NewItem {
  readonly item: ImportedItem
  readonly categories: readonly Category[]
  /** Null: not offered yet. The item stays hidden, without price and stock, until the merchant sets them. */
  readonly offer: DemoOffer | null
}

/** Stores items whose numbers are new, with stock and shelves. New items publish no event: nobody knew them. */
export async function insertItems(tx: Tx, items: readonly NewItem[], now: Temporal.Instant): Promise<void> {
  if (items.length === 0) return
  const rows = items.map(({ item, categories, offer }) => ({
    ...factsOf(item, categories),
    id: newId(),
    listed_on: (item.registeredDate ?? businessDate(now)).toString(),
    origin_price: offer?.originPrice ?? 0,
    discount_permille: offer?.discountRate ?? 0,
    status: offer === null ? 'hidden' : 'on_sale',
    on_hand: offer?.stock ?? 0,
  }))
  await sql`
    with given as materialized (
      select * from json_to_recordset(${JSON.stringify(rows)}::json) as given(${factColumns}, ${textColumns},
        listed_on date, origin_price bigint, discount_permille smallint, status text, on_hand int)),
    item as (
      insert into catalog.item (id, statement_number, name, enterprise, registered_date, updated_date, listed_on,
        categories, origin_price, discount_permille, status, version, search_doc, created_at, updated_at)
      select id, statement_number, name, enterprise, registered_date, updated_date, listed_on,
        categories, origin_price, discount_permille, status, 1, search_doc, ${now}::timestamptz, ${now}::timestamptz
      from given),
    item_text as (
      insert into catalog.item_text (item_id, distribution_period, appearance, serving_use, preservation,
        intake_hint, main_function, base_standard, raw_materials, shape)
      select id, distribution_period, appearance, serving_use, preservation,
        intake_hint, main_function, base_standard, raw_materials, shape from given),
    numbers as (insert into catalog.item_numbers (item_id) select id from given)
    insert into catalog.stock (item_id, on_hand) select id, on_hand from given`.execute(tx)
  await placeOnShelves(
    tx,
    rows.map((row) => row.id),
  )
}

export interface ChangedItem {
  readonly id: string
  readonly item: ImportedItem
  readonly categories: readonly Category[]
}

/** Replaces names, texts and dates of items and publishes it; price, stock and status stay untouched. */
export async function updateItems(
  tx: Tx,
  items: readonly ChangedItem[],
  now: Temporal.Instant,
): Promise<void> {
  if (items.length === 0) return
  const rows = items.map(({ id, item, categories }) => ({ id, ...factsOf(item, categories) }))
  const given = sql`json_to_recordset(${JSON.stringify(rows)}::json) as given(${factColumns}, ${textColumns})`
  const ids = items.map((item) => item.id)
  await sql`
    update catalog.item set name = given.name, enterprise = given.enterprise,
      registered_date = given.registered_date, updated_date = given.updated_date,
      listed_on = coalesce(given.registered_date, item.listed_on),
      categories = given.categories, search_doc = given.search_doc
    from ${given} where item.id = given.id`.execute(tx)
  await sql`
    update catalog.item_text set distribution_period = given.distribution_period, appearance = given.appearance,
      serving_use = given.serving_use, preservation = given.preservation, intake_hint = given.intake_hint,
      main_function = given.main_function, base_standard = given.base_standard,
      raw_materials = given.raw_materials, shape = given.shape
    from ${given} where item_text.item_id = given.id`.execute(tx)
  await placeOnShelves(tx, ids)
  await publishChange(tx, ids, ['text'], now)
}

/** Keeps of these items what the register says where the merchant's own words are shown. */
export async function keepRegisterTexts(
  tx: Tx,
  items: readonly { readonly id: string; readonly registerTexts: RegisterTexts }[],
): Promise<void> {
  const texts = items.flatMap(({ id, registerTexts }) =>
    Object.entries(registerTexts).map(([field, text]) => ({ id, field, text })),
  )
  await sql`delete from catalog.item_own_text where item_id = any(${items.map(({ id }) => id)}::uuid[])`.execute(
    tx,
  )
  if (texts.length === 0) return
  await sql`
    insert into catalog.item_own_text (item_id, field, register_text)
    select id, field, text from json_to_recordset(${JSON.stringify(texts)}::json)
      as given(id uuid, field text, text text)`.execute(tx)
}

const factColumns = sql.raw(
  'id uuid, statement_number text, name text, enterprise text, registered_date date, updated_date date, categories text[], search_doc text',
)
const textColumns = sql.raw(
  'distribution_period text, appearance text, serving_use text, preservation text, intake_hint text, main_function text, base_standard text, raw_materials text, shape text',
)

const factsOf = (item: ImportedItem, categories: readonly Category[]) => ({
  statement_number: item.statementNumber,
  name: item.name,
  enterprise: item.enterprise,
  registered_date: item.registeredDate?.toString() ?? null,
  updated_date: item.updatedDate?.toString() ?? null,
  categories,
  search_doc: storedSearchDocument(item),
  distribution_period: item.distributionPeriod,
  appearance: item.appearance,
  serving_use: item.servingUse,
  preservation: item.preservation,
  intake_hint: item.intakeHint,
  main_function: item.mainFunction,
  base_standard: item.baseStandard,
  raw_materials: item.rawMaterials,
  shape: item.shape,
})

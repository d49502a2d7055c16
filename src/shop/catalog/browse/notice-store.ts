import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import {
  type ItemNotice,
  NO_NOTICE,
  NOTICE_NEEDS,
  NOTICE_OF_REGISTER,
  type NoticeLack,
} from '../rules/item-notice.ts'

/** The columns of a notice; all null where nothing is written yet. To be joined as `notice`. */
export const noticeColumns = sql`notice.origin, notice.maker_address, notice.importer, notice.country,
  notice.import_declared, notice.contents, notice.ingredients, notice.nutrition, notice.side_effects, notice.genetically_modified, notice.phone`

export type NoticeRow = {
  origin: ItemNotice['origin']
  maker_address: string | null
  importer: string | null
  country: string | null
  import_declared: boolean | null
  contents: string | null
  ingredients: string | null
  nutrition: string | null
  side_effects: string | null
  genetically_modified: boolean | null
  phone: string | null
}

/** The notice in a row; nothing is known where there is none. */
export function noticeOf(row: NoticeRow): ItemNotice {
  return {
    origin: row.origin,
    makerAddress: row.maker_address ?? '',
    importer: row.importer ?? '',
    country: row.country ?? '',
    importDeclared: row.import_declared ?? false,
    contents: row.contents ?? '',
    ingredients: row.ingredients ?? '',
    nutrition: row.nutrition ?? '',
    sideEffects: row.side_effects ?? '',
    geneticallyModified: row.genetically_modified,
    phone: row.phone ?? '',
  }
}

/** What is written of these items; those of which nothing is are not there. */
export async function readNotices(
  db: Db | Tx,
  itemIds: readonly string[],
): Promise<ReadonlyMap<string, ItemNotice>> {
  const { rows } = await sql<NoticeRow & { item_id: string }>`
    select item_id, ${noticeColumns} from catalog.item_notice as notice
    where item_id = any(${itemIds}::uuid[])`.execute(db)
  return new Map(rows.map((row) => [row.item_id, noticeOf(row)]))
}

/** What is written of one item. */
export async function readNotice(db: Db | Tx, itemId: string): Promise<ItemNotice> {
  return (await readNotices(db, [itemId])).get(itemId) ?? NO_NOTICE
}

/** Writes notices of items; their rows in `catalog.item` are locked by the caller. */
export async function writeNotices(
  tx: Tx,
  notices: readonly { readonly itemId: string; readonly notice: ItemNotice }[],
): Promise<void> {
  if (notices.length === 0) return
  const rows = notices.map(({ itemId, notice }) => ({
    item_id: itemId,
    origin: notice.origin,
    maker_address: notice.makerAddress,
    importer: notice.importer,
    country: notice.country,
    import_declared: notice.importDeclared,
    contents: notice.contents,
    ingredients: notice.ingredients,
    nutrition: notice.nutrition,
    side_effects: notice.sideEffects,
    genetically_modified: notice.geneticallyModified,
    phone: notice.phone,
  }))
  await sql`
    insert into catalog.item_notice as notice (item_id, origin, maker_address, importer, country, import_declared, contents,
      ingredients, nutrition, side_effects, genetically_modified, phone)
    select * from json_to_recordset(${JSON.stringify(rows)}::json) as given(item_id uuid, origin text,
      maker_address text, importer text, country text, import_declared boolean, contents text, ingredients text,
      nutrition text, side_effects text, genetically_modified boolean, phone text)
    on conflict (item_id) do update set origin = excluded.origin, maker_address = excluded.maker_address,
      importer = excluded.importer, country = excluded.country,
      import_declared = excluded.import_declared, contents = excluded.contents,
      ingredients = excluded.ingredients, nutrition = excluded.nutrition, side_effects = excluded.side_effects,
      genetically_modified = excluded.genetically_modified, phone = excluded.phone`.execute(tx)
}

const COLUMNS: Readonly<Record<NoticeLack, string>> = {
  origin: 'notice.origin',
  makerAddress: 'notice.maker_address',
  importer: 'notice.importer',
  country: 'notice.country',
  importDeclared: `case when notice.import_declared then 'declared' end`,
  contents: 'notice.contents',
  ingredients: 'notice.ingredients',
  nutrition: 'notice.nutrition',
  sideEffects: 'notice.side_effects',
  geneticallyModified: 'notice.genetically_modified::text',
  distributionPeriod: 'item_text.distribution_period',
  preservation: 'item_text.preservation',
  mainFunction: 'item_text.main_function',
  servingUse: 'item_text.serving_use',
  intakeHint: 'item_text.intake_hint',
}
const WHEN = {
  all: 'true',
  imported: `notice.origin is not distinct from 'imported'`,
  not_imported: `notice.origin is distinct from 'imported'`,
} as const

/**
 * What is missing, by the rule of `lacksOf` and the same data; over `item_text` and `notice`, left joined. The letters are
 * constants of this file.
 */
export const lacksInSql = sql.raw(
  `array_remove(array[${[
    ...(Object.keys(NOTICE_NEEDS) as (keyof typeof NOTICE_NEEDS)[]).map(
      (part) =>
        `case when ${WHEN[NOTICE_NEEDS[part]]} and coalesce(${COLUMNS[part]}, '') = '' then '${part}' end`,
    ),
    ...NOTICE_OF_REGISTER.map((field) => `case when ${COLUMNS[field]} ~ '^\\s*$' then '${field}' end`),
  ].join(', ')}], null)`,
)

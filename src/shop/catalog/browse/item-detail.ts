import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { pictureJson } from '../../pictures/index.ts'
import { lacksOf } from '../rules/item-notice.ts'
import type { ItemPicture } from '../rules/item-pictures.ts'
import type { AdminItem, ItemDetail } from './item-json.ts'
import { type SummaryRow, summaryOf } from './listing.ts'
import { type NoticeRow, noticeColumns, noticeOf } from './notice-store.ts'
import { ratingOf } from './shelves.ts'

/** What customers see of an item on its own page. */
export type DetailRow = SummaryRow &
  NoticeRow & {
    tax_free: boolean
    pictures: ItemPicture[]
    statement_number: string
    description_image: string | null
    updated_date: Temporal.PlainDate | null
    distribution_period: string
    appearance: string
    serving_use: string
    preservation: string
    intake_hint: string
    main_function: string
    base_standard: string
    raw_materials: string
    shape: string
  }

/** What the merchant sees besides. */
type AdminRow = DetailRow & {
  version: number
  on_hand: number
  held: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

/** The pictures of an item whose id is given, in their order. */
const picturesOf = (itemId: RawBuilder<unknown>) => sql<ItemPicture[]>`
  (select coalesce(json_agg(json_build_object('id', picture_id, 'width', width, 'height', height,
      'alt', json_build_object('ko', alt_ko, 'en', alt_en)) order by position), '[]')
    from catalog.item_picture where item_id = ${itemId})`

/** The merchant's pictures of an item. */
export async function picturesOfItem(db: Db | Tx, itemId: string): Promise<ItemPicture[]> {
  const { rows } = await sql<{ pictures: ItemPicture[] }>`
    select ${picturesOf(sql`${itemId}`)} as pictures`.execute(db)
  return rows[0]?.pictures ?? []
}

/** Only what is shown: nobody should wait for what an item is searched by. */
const detailColumns = sql`item.id, name, enterprise, thumbnail, categories, origin_price, discount_permille,
  discount_price, real_price, registered_date::text, status, tax_free, statement_number, description_image, updated_date,
  distribution_period, appearance, serving_use, preservation, intake_hint, main_function, base_standard, raw_materials,
  shape, ${noticeColumns}, sales_count, view_count, review_count, ${ratingOf} as rating, on_hand - held as available,
  ${picturesOf(sql`item.id`)} as pictures`

const detailTables = sql`catalog.item
  join catalog.item_text on item_text.item_id = item.id
  join catalog.item_numbers as numbers on numbers.item_id = item.id
  join catalog.stock on stock.item_id = item.id
  left join catalog.item_notice as notice on notice.item_id = item.id`

const textsOf = (row: DetailRow) => ({
  taxFree: row.tax_free,
  pictures: row.pictures.map((picture) => ({ ...picture, ...pictureJson(picture.id) })),
  statementNumber: row.statement_number,
  descriptionImage: row.description_image,
  updatedDate: row.updated_date?.toString() ?? null,
  distributionPeriod: row.distribution_period,
  appearance: row.appearance,
  servingUse: row.serving_use,
  preservation: row.preservation,
  intakeHint: row.intake_hint,
  mainFunction: row.main_function,
  baseStandard: row.base_standard,
  rawMaterials: row.raw_materials,
  shape: row.shape,
  notice: noticeOf(row),
})

/** An item's own page, out of its row. */
export function detailOf(row: DetailRow): ItemDetail {
  return { ...summaryOf(row), ...textsOf(row), available: row.available }
}

/** An item's own page, as customers see it; undefined when there is no such item. */
export async function itemDetail(db: Db | Tx, itemId: string): Promise<ItemDetail | 'hidden' | undefined> {
  const { rows } = await sql<DetailRow>`
    select ${detailColumns} from ${detailTables} where item.id = ${itemId}`.execute(db)
  const [row] = rows
  if (row === undefined) return undefined
  return row.status === 'hidden' ? 'hidden' : detailOf(row)
}

/** By the name of the text, where the merchant wrote it otherwise: what the register says of an item. */
async function registerTextsOf(db: Db | Tx, itemId: string): Promise<Record<string, string>> {
  const { rows } = await sql<{ field: string; text: string }>`
    select field, register_text as text from catalog.item_own_text where item_id = ${itemId}`.execute(db)
  return Object.fromEntries(rows.map(({ field, text }) => [field, text]))
}

/** An item as the merchant sees it, hidden or not; undefined when there is no such item. */
export async function adminItem(db: Db | Tx, itemId: string): Promise<AdminItem | undefined> {
  const { rows } = await sql<AdminRow>`
    select ${detailColumns}, version, on_hand, held, created_at, updated_at
    from ${detailTables} where item.id = ${itemId}`.execute(db)
  const [row] = rows
  if (row === undefined) return undefined
  const registerTexts = await registerTextsOf(db, itemId)
  const texts = textsOf(row)
  return {
    ...summaryOf(row),
    ...texts,
    status: row.status,
    registerTexts,
    noticeLacks: lacksOf(texts.notice, texts),
    version: row.version,
    stock: { onHand: row.on_hand, held: row.held },
    createdAt: row.created_at.toString(),
    updatedAt: row.updated_at.toString(),
  }
}

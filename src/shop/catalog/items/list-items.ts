import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import { PLANNED_EACH_TIME } from '../../../platform/database/prepared-statements.ts'
import { pageOf } from '../../../platform/http/app.ts'
import type { AdminItemList, AdminItemRow } from '../browse/item-json.ts'
import { searchConditions, searchesNothing } from '../browse/listing.ts'
import { lacksInSql } from '../browse/notice-store.ts'
import type { ItemStatus } from '../rules/item-change.ts'
import type { NoticeLack } from '../rules/item-notice.ts'
import { type DiscountRate, percentOf } from '../rules/price.ts'

export interface AdminItemQuery {
  /** As set by the merchant; all when left out. */
  readonly status?: ItemStatus | undefined
  /** Searched in name and brand as customers do, or a statement number. */
  readonly keyword?: string | undefined
  /** Whether all is said of it that has to be. */
  readonly notice?: 'incomplete' | 'complete' | undefined
  /** Only those of which at most so many pieces can be ordered: on hand and held for nobody. */
  readonly freeAtMost?: number | undefined
  readonly page: number
  readonly size: number
}

type Row = {
  id: string
  statement_number: string
  name: string
  enterprise: string
  status: ItemStatus
  origin_price: number
  discount_permille: DiscountRate
  real_price: number
  tax_free: boolean
  view_count: number
  lacks: NoticeLack[]
  version: number
  on_hand: number
  held: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

/** Lists all items for the merchant, hidden ones too, the latest first. A keyword without letters finds nothing. */
export async function listItemsForMerchant(db: Db, query: AdminItemQuery): Promise<AdminItemList> {
  const { status, keyword, notice, freeAtMost, page, size } = query
  const filter = keyword === undefined ? {} : { keyword }
  const number = keyword?.replace(/\s/gu, '') ?? ''
  const found = /^\d{12,15}$/u.test(number) ? [sql`statement_number = ${number}`] : searchConditions(filter)
  const where = sql.join(
    [
      sql`${!searchesNothing(filter)}`,
      ...(status === undefined ? [] : [sql`status = ${status}`]),
      ...(notice === undefined ? [] : [sql`(cardinality(${lacksInSql}) > 0) = ${notice === 'incomplete'}`]),
      ...(freeAtMost === undefined ? [] : [sql`on_hand - held <= ${freeAtMost}`]),
      ...found,
    ],
    sql` and `,
  )
  const withNotice = sql`join catalog.item_text on item_text.item_id = item.id
        left join catalog.item_notice as notice on notice.item_id = item.id`
  const withStock = sql`join catalog.stock on stock.item_id = item.id`
  const [{ rows }, counted] = await Promise.all([
    sql<Row>`
      select ${sql.raw(PLANNED_EACH_TIME)} id, statement_number, name, enterprise, status, origin_price,
        discount_permille, real_price, tax_free, view_count, ${lacksInSql} as lacks, version, on_hand, held, created_at, updated_at
      from catalog.item
        ${withStock}
        join catalog.item_numbers on item_numbers.item_id = item.id
        ${withNotice}
      where ${where} order by created_at desc, id desc
      limit ${size} offset ${(page - 1) * size}`.execute(db),
    sql<{ count: number }>`
      select ${sql.raw(PLANNED_EACH_TIME)} count(*) as count
      from catalog.item ${freeAtMost === undefined ? sql`` : withStock} ${notice === undefined ? sql`` : withNotice} where ${where}`.execute(
      db,
    ),
  ])
  const totalElements = counted.rows[0]?.count ?? 0
  return {
    data: rows.map(rowJson),
    page: pageOf({ page, size }, totalElements),
  }
}

function rowJson(row: Row): AdminItemRow {
  return {
    id: row.id,
    statementNumber: row.statement_number,
    name: row.name,
    enterprise: row.enterprise,
    status: row.status,
    originPrice: row.origin_price,
    discountPercent: percentOf(row.discount_permille),
    realPrice: row.real_price,
    taxFree: row.tax_free,
    viewCount: row.view_count,
    noticeLacks: row.lacks,
    version: row.version,
    stock: { onHand: row.on_hand, held: row.held },
    createdAt: row.created_at.toString(),
    updatedAt: row.updated_at.toString(),
  }
}

import type { Generated, GeneratedAlways } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { Won } from '../../platform/money.ts'
import type { Category } from './rules/categories.ts'
import type { ItemStatus } from './rules/item-change.ts'
import type { DiscountRate } from './rules/price.ts'

/** A shelf is a category, or all items together. */
export type ShelfName = Category | 'ALL'

export type ItemTable = {
  id: string
  statement_number: string
  name: string
  enterprise: string
  thumbnail: string | null
  description_image: string | null
  registered_date: Temporal.PlainDate | null
  updated_date: Temporal.PlainDate | null
  listed_on: Temporal.PlainDate
  categories: Category[]
  origin_price: Won
  discount_permille: DiscountRate
  discount_price: GeneratedAlways<Won>
  real_price: GeneratedAlways<Won>
  tax_free: Generated<boolean>
  status: ItemStatus
  version: number
  search_doc: string
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type ItemTextTable = {
  item_id: string
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

export type ItemNumbersTable = {
  item_id: string
  sales_count: Generated<number>
  view_count: Generated<number>
  review_count: Generated<number>
  star_sum: Generated<number>
}

export type ShelfTable = {
  shelf: ShelfName
  item_id: string
  enterprise: string
  real_price: number
  discount_permille: DiscountRate
  listed_on: Temporal.PlainDate
  sales_count: number
  view_count: number
  review_count: number
  rating: number
}

export type StockTable = {
  item_id: string
  on_hand: number
  held: Generated<number>
}

export type StockHoldTable = {
  order_id: string
  item_id: string
  quantity: number
  created_at: Temporal.Instant
}

export type StockAdjustmentTable = {
  id: string
  item_id: string
  delta: number
  on_hand: number
  reason: string
  actor_id: string
  created_at: Temporal.Instant
}

export type SearchRulesTable = {
  only_row: Generated<boolean>
  version: number
}

export type CatalogTables = {
  'catalog.item': ItemTable
  'catalog.item_text': ItemTextTable
  'catalog.item_numbers': ItemNumbersTable
  'catalog.shelf': ShelfTable
  'catalog.stock': StockTable
  'catalog.stock_hold': StockHoldTable
  'catalog.stock_adjustment': StockAdjustmentTable
  'catalog.search_rules': SearchRulesTable
}

/** The database with the tables of the catalogue. */
export const catalog = (db: Db | Tx) => db.$extendTables<CatalogTables>()

/** The status customers see: an item on sale without a free piece is sold out. `available` = on hand − held. */
export function shownStatus(status: ItemStatus, available: number): ItemStatus {
  return status === 'on_sale' && available <= 0 ? 'sold_out' : status
}

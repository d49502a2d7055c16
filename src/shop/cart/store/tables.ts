import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import type { Period } from '../../../platform/time/period.ts'

type CartTable = {
  id: string
  customer_id: string | null
  created_at: Temporal.Instant
  changed_at: Temporal.Instant
}

export type LineTable = {
  id: string
  cart_id: string
  item_id: string
  period_unit: Period['unit'] | null
  period_count: number | null
  quantity: number
  seen_price: Won
  added_at: Temporal.Instant
}

type OrderedLineTable = {
  order_id: string
  line_id: string
  quantity: number
}

type CartTables = {
  'cart.cart': CartTable
  'cart.line': LineTable
  'cart.ordered_line': OrderedLineTable
}

/** The database with the tables of carts. */
export const carts = (db: Db | Tx) => db.$extendTables<CartTables>()

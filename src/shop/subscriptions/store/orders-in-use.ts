import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'

/**
 * Of these orders those that subscriptions know: the purchase they began with, which is the order of the first cycle, or
 * one of their later deliveries, of which there is an index.
 */
export async function ordersInUse(db: Db | Tx, orderIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select order_id as id from subscriptions.subscription where order_id = any(${orderIds}::uuid[])
    union
    select order_id from subscriptions.cycle where order_id = any(${orderIds}::uuid[]) and cycle_no > 1`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'

/** For how many orders pieces are set aside, and for how long for the one that waits longest. */
export async function heldStock({
  db,
  clock,
}: {
  db: Db
  clock: Clock
}): Promise<{ orders: number; oldestSeconds: number }> {
  const { rows } = await sql<{ orders: number; oldest: Temporal.Instant | null }>`
    select count(distinct order_id)::int as orders, min(created_at) as oldest from catalog.stock_hold`.execute(
    db,
  )
  const [{ orders, oldest } = { orders: 0, oldest: null }] = rows
  return { orders, oldestSeconds: oldest ? clock.now().since(oldest).total('seconds') : 0 }
}

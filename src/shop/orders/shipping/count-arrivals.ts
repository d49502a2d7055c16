import { sql } from 'kysely'
import { type Db, transact } from '../../../platform/database/database.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { keepMoved } from '../move-order.ts'
import { type ArrivalPolicy, type ArrivalStep, countedUntil } from '../rules/arrival.ts'
import { moveLines } from '../rules/delivery.ts'
import { findOrder, lockOrder } from '../store/order-store.ts'

export interface CountArrivalsDeps {
  db: Db
  clock: Clock
  log: Logger
  settings: { arrival: ArrivalPolicy }
}

/** Orders that are looked for at once. */
const BATCH = 200

/** So that a sweep after a long pause does not hold up the end of the process. */
const MOST_PER_SWEEP = 2_000

/**
 * Parcels that were sent so many days ago, and of which nobody has said what became of them, count as arrived from now on,
 * not from a day in the past, of which the customer has heard nothing; but for what was sent so long ago that nobody waits
 * for news of it: that arrived back then. One transaction for each order; several processes may do it at once.
 * @returns how many orders have changed
 */
export async function countArrivals(deps: CountArrivalsDeps): Promise<number> {
  const now = deps.clock.now()
  const { countedAfterDays } = deps.settings.arrival
  const sentBy = countedUntil(deps.settings.arrival, now)
  let counted = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (let looked = 0; looked < MOST_PER_SWEEP; looked += BATCH) {
    const ids = await dueOrders(deps.db, sentBy, after)
    for (const orderId of ids) {
      try {
        if (await countOrder(deps.db, { orderId, countedAfterDays, now })) counted += 1
      } catch (error) {
        deps.log.error({ err: error, orderId }, 'the arrival of an order could not be counted')
      }
    }
    after = ids.at(-1) ?? after
    if (ids.length < BATCH) break
  }
  return counted
}

/** What was paid back, an order or a line of it, is not followed any more. */
async function dueOrders(db: Db, sentBy: Temporal.Instant, after: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct o.id from orders.shipment_line l
    join orders.shipment s on s.id = l.shipment_id
    join orders."order" o on o.id = l.order_id
    join orders.order_line sold on sold.order_id = l.order_id and sold.line_no = l.line_no
    where l.delivered_at is null and s.shipped_at <= ${sentBy} and o.id > ${after}::uuid
      and o.state in ('shipped', 'partially_refunded')
      and sold.refund_pieces < sold.quantity
    order by o.id limit ${BATCH}`.execute(db)
  return rows.map(({ id }) => id)
}

function countOrder(
  db: Db,
  { orderId, countedAfterDays, now }: { orderId: string; countedAfterDays: number; now: Temporal.Instant },
): Promise<boolean> {
  return transact(db, async (tx) => {
    // A statement of its own after the lock: somebody may have said that it arrived.
    await lockOrder(tx, orderId)
    const order = await findOrder(tx, orderId)
    if (!order) return false
    const step: ArrivalStep = { step: 'deliver', by: 'counted', sentDaysAgo: countedAfterDays }
    const moved = moveLines(order, step, undefined, now)
    if (moved.kind !== 'moved') return false
    await keepMoved(tx, order, moved, step, now)
    return true
  })
}

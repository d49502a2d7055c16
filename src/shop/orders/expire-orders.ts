import { sql } from 'kysely'
import { type Tx, transact } from '../../platform/database/database.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import { type CancelOrderDeps, endUnpaidOrder } from './cancel-order.ts'
import { closeExpired, type Order } from './rules/order.ts'
import { type OrderRow, orderOf, SELECT_ORDER } from './store/order-store.ts'

export interface ExpireOrdersDeps extends CancelOrderDeps {
  log: Logger
}

export interface Expired {
  expired: number
  /** Money may be moving: looked at again by the next sweep. */
  kept: number
  failed: number
}

/** So that a sweep after a long pause does not hold up the end of the process. Orders kept open do not count. */
const MOST_PER_SWEEP = 2_000

/** Where the sweep is: it goes forward only, so an order that cannot end now does not stop those behind it. */
interface Place {
  id: string
  expiresAt: Temporal.Instant
}

/**
 * Ends orders whose payment window has passed, one transaction each, and frees their stock. Several processes may
 * sweep at once: each takes orders that nobody else has locked.
 */
export async function expireOrders(deps: ExpireOrdersDeps): Promise<Expired> {
  const now = deps.clock.now()
  const counts: Expired = { expired: 0, kept: 0, failed: 0 }
  let place: Place | undefined
  while (counts.expired + counts.failed < MOST_PER_SWEEP) {
    let claimed: Order | undefined
    try {
      const outcome = await transact<keyof Expired | 'none'>(deps.db, async (tx) => {
        claimed = await claimDue(tx, now, place)
        if (!claimed) return 'none'
        const decision = closeExpired(claimed, now)
        if ('kind' in decision) return 'kept'
        return (await endUnpaidOrder(deps, tx, claimed, decision)) ? 'kept' : 'expired'
      })
      if (outcome === 'none') break
      counts[outcome]++
    } catch (error) {
      // Without a claim the database itself is in trouble; with one it is this order's, and the others go on.
      if (!claimed) throw error
      counts.failed++
      deps.log.error({ err: error, orderId: claimed.id }, 'an order could not expire')
    }
    if (claimed) place = { id: claimed.id, expiresAt: claimed.expiresAt ?? now }
  }
  return counts
}

async function claimDue(tx: Tx, now: Temporal.Instant, after: Place | undefined): Promise<Order | undefined> {
  const behind = after ? sql`and (o.expires_at, o.id) > (${after.expiresAt}, ${after.id}::uuid)` : sql``
  const { rows } = await sql<OrderRow>`
    ${SELECT_ORDER}
    where o.state = 'awaiting_payment' and o.expires_at <= ${now} ${behind}
    order by o.expires_at, o.id
    limit 1
    for update of o skip locked`.execute(tx)
  return rows[0] && orderOf(rows[0])
}

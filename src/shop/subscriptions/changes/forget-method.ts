import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { releaseIfUnused } from '../store/method-use.ts'

/**
 * A cycle was paid on the provider's page, which left a new method behind, while its subscription was being cancelled:
 * then nothing needs the method. Payments store it after the order has heard of the payment, so it is given back in
 * answer to the event.
 */
export async function forgetUnusedMethod(
  deps: Pick<SubscriptionDeps, 'payments'>,
  tx: Tx,
  methodId: string,
): Promise<void> {
  const { rows } = await sql`
    select 1 from subscriptions.subscription where method_id = ${methodId} and state <> 'cancelled' limit 1`.execute(
    tx,
  )
  if (rows.length === 0) await releaseIfUnused(deps, tx, methodId)
}

import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { SubscriptionDeps } from '../deps.ts'

/**
 * One at a time decides about a payment method, until the end of the transaction: whoever begins to use it, and
 * whoever finds that nobody does. Locked after every row, and several in the order of their ids.
 */
export async function lockMethods(tx: Tx, methodIds: readonly string[]): Promise<void> {
  for (const id of methodIds.toSorted())
    await sql`select pg_advisory_xact_lock(hashtextextended(${`subscriptions.method:${id}`}, 0))`.execute(tx)
}

/**
 * Asks for the end of a stored method that no living subscription names and no charge under way uses. A charge on its
 * way to the bank keeps its method until it is settled.
 */
export async function releaseIfUnused(
  deps: Pick<SubscriptionDeps, 'payments'>,
  tx: Tx,
  methodId: string,
): Promise<void> {
  await lockMethods(tx, [methodId])
  if (!(await isUsed(tx, methodId)))
    await deps.payments.requestTokenRevocation(tx, {
      paymentMethodId: methodId,
      reason: 'no subscription uses it any more',
    })
}

/** Whether a living subscription names a method, or a charge under way uses it. The method is locked. */
export async function isUsed(tx: Tx, methodId: string): Promise<boolean> {
  const { rows } = await sql<{ used: boolean }>`
    select exists (
        select 1 from subscriptions.subscription where method_id = ${methodId} and state <> 'cancelled')
      or exists (
        select 1 from subscriptions.cycle
        where method_id = ${methodId} and state in ('ordering', 'charging', 'frozen')) as used`.execute(tx)
  return rows[0]?.used !== false
}

import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { SubscriptionDeps } from '../deps.ts'

/**
 * Accounts live in another service, so that a customer's leaving is known here only some milliseconds later (or hours,
 * when events are held up). Nobody can be asked in between: charging must not depend on another service. What follows
 * for a billing run in that window:
 *
 * - a cycle it opened, but whose charge was not sent when the news came, ends uncharged (`endSubscription`);
 * - a charge that was sent is settled as ever, and the money of a cycle opened after the customer had left is asked
 *   back, by whichever comes last: the news of the leaving, or that of the payment;
 * - from the news on nothing is opened any more: every subscription has ended, and billing looks here once more.
 *
 * A cycle that was opened before is an order the customer made, and is delivered.
 */

/** A cycle was paid: if it was opened after its customer had left, the money is asked back. */
export function giveBackIfLeft(deps: LeavingDeps, tx: Tx, orderId: string): Promise<void> {
  return giveBack(deps, tx, sql`c.order_id = ${orderId}`)
}

/**
 * The customer has left, and that is noted: what was charged for cycles opened since is asked back. Their
 * subscriptions are locked, so that a cycle is either paid by now, or its payment is heard of later. Orders are locked
 * here after subscriptions, unlike elsewhere: who has a paid order does not wait for its subscription, but for somebody
 * who waited for the order while it was being paid. Should both meet in that instant, the database has one give way,
 * and it is done again.
 */
export function giveBackAfterLeaving(deps: LeavingDeps, tx: Tx, customerId: string): Promise<void> {
  return giveBack(deps, tx, sql`s.customer_id = ${customerId}`)
}

type LeavingDeps = Pick<SubscriptionDeps, 'orders' | 'log'>

async function giveBack(deps: LeavingDeps, tx: Tx, which: RawBuilder<unknown>): Promise<void> {
  const { rows } = await sql<{ order_id: string }>`
    select c.order_id from subscriptions.cycle c
    join subscriptions.subscription s on s.id = c.subscription_id
    join subscriptions.withdrawn_customer w on w.customer_id = s.customer_id
    where c.cycle_no > 1 and c.state = 'paid' and c.created_at >= w.withdrawn_at and ${which}
    order by c.order_id`.execute(tx)
  for (const { order_id: orderId } of rows) {
    const answer = await deps.orders.giveBackCycle(tx, orderId, 'charged after the account was closed')
    if (answer === 'too_late')
      deps.log.warn({ orderId }, 'a delivery charged after its customer had left cannot be given back')
  }
}

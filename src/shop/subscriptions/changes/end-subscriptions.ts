import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { atNow, type SubscriptionDeps } from '../deps.ts'
import { NOBODY } from '../receivers.ts'
import type { Subscription, Terms } from '../rules/subscription.ts'
import { lockCustomer } from '../store/customer-store.ts'
import { keepChange } from '../store/keep-change.ts'
import { lockMethods, releaseIfUnused } from '../store/method-use.ts'
import { type Locked, lockWithOrder } from '../store/subscription-store.ts'
import { giveBackAfterLeaving } from './after-leaving.ts'
import { endSubscription } from './end-subscription.ts'

/**
 * A customer has left: all their subscriptions end, their payment methods are given back, and where the parcels went
 * is forgotten. What a payment still under way begins afterwards ends at once, too. See after-leaving.ts for what was
 * charged before this news came.
 * @param leftAt when they left
 */
export async function endSubscriptionsForWithdrawal(
  deps: SubscriptionDeps,
  tx: Tx,
  customerId: string,
  leftAt: Temporal.Instant = deps.clock.now(),
): Promise<void> {
  const at = atNow(deps)
  await lockCustomer(tx, customerId)
  await sql`
    insert into subscriptions.withdrawn_customer (customer_id, withdrawn_at) values (${customerId}, ${leftAt})
    on conflict do nothing`.execute(tx)
  const { rows } = await sql<{ id: string }>`
    select id from subscriptions.subscription where customer_id = ${customerId} order by id`.execute(tx)
  for (const locked of await lockAll(deps, tx, rows)) {
    const why = { reason: 'account_withdrawn', by: 'system' } as const
    const subscription = withoutReceiver(locked.subscription)
    const forgotten = await keepChange(deps, tx, locked, { subscription, events: [] }, at.now)
    await endSubscription(deps, tx, forgotten, why, at)
  }
  await giveBackAfterLeaving(deps, tx, customerId)
  await releaseUnused(deps, tx, customerId)
}

/** Also the methods that no subscription ever used. A charge still on its way keeps its method until it is settled. */
async function releaseUnused(deps: SubscriptionDeps, tx: Tx, customerId: string): Promise<void> {
  const methods = await deps.payments.paymentMethodsOf(tx, customerId)
  const active = methods.filter(({ state }) => state === 'active').map(({ id }) => id)
  await lockMethods(tx, active)
  for (const id of active) await releaseIfUnused(deps, tx, id)
}

/** An order under way has its own copy, which orders keep for the parcel and the books. */
function withoutReceiver(subscription: Subscription): Subscription {
  const forgotten = (terms: Terms): Terms => ({ ...terms, receiver: NOBODY })
  const [first, ...rest] = subscription.terms
  return { ...subscription, terms: [forgotten(first), ...rest.map(forgotten)] }
}

/**
 * The purchase, or these items of it, was wholly refunded. Subscriptions that have delivered nothing but that purchase end with it; those
 * that have gone on since are agreements of their own by now.
 */
export async function endSubscriptionsForRefund(
  deps: SubscriptionDeps,
  tx: Tx,
  orderId: string,
  itemIds?: readonly string[],
): Promise<void> {
  const lines = itemIds ?? null
  const { rows } = await sql<{ id: string }>`
    select id from subscriptions.subscription s
    where order_id = ${orderId} and state <> 'cancelled' and (${lines}::uuid[] is null or item_id = any(${lines}::uuid[]))
      and not exists (
        select 1 from subscriptions.cycle c where c.subscription_id = s.id and c.cycle_no > 1 and c.state = 'paid')
    order by id`.execute(tx)
  const why = { reason: 'order_refunded', by: 'system' } as const
  for (const locked of await lockAll(deps, tx, rows))
    await endSubscription(deps, tx, locked, why, atNow(deps))
}

/**
 * All of them before the first one ends: ending one may lock a payment method, and rows are locked before methods.
 * @throws when a cycle was opened at this very moment: the event is tried again
 */
async function lockAll(deps: SubscriptionDeps, tx: Tx, rows: readonly { id: string }[]): Promise<Locked[]> {
  const all: Locked[] = []
  for (const { id } of rows) {
    const locked = await lockWithOrder(tx, deps.orders, id)
    if (!locked || locked === 'moved') throw new Error(`subscription ${id} is being charged just now`)
    all.push(locked)
  }
  return all
}

import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { isWithdrawn, lockCustomer } from '../store/customer-store.ts'
import { releaseIfUnused } from '../store/method-use.ts'
import { type Locked, lockSubscription, lookAgainAt } from '../store/subscription-store.ts'
import type { Changed } from './change-agreement.ts'
import { isUsableMethod, lockMethodsToSwitch, setMethod, switchMethod } from './change-method.ts'

/**
 * Charges one method for all living subscriptions of its customer from now on; refused charges are tried again at once.
 * Each is changed by itself, so asking again after a failure goes on where it stopped.
 * Refusals: not_found (also somebody else's method), payment_method_gone.
 */
export async function setMethodForAll(
  deps: SubscriptionDeps,
  actor: Actor,
  methodId: string,
): Promise<{ kind: 'changed'; all: readonly Changed[] } | RefusedBy<typeof setMethod>> {
  const methods = await deps.payments.paymentMethodsOf(deps.db, actor.userId)
  const method = methods.find(({ id }) => id === methodId)
  if (!method) return refused('not_found')
  if (method.state !== 'active') return refused('payment_method_gone')
  const { rows } = await sql<{ id: string }>`
    select id from subscriptions.subscription
    where customer_id = ${actor.userId} and state <> 'cancelled' order by id`.execute(deps.db)
  const all: Changed[] = []
  for (const { id } of rows) {
    const changed = await setMethod(deps, { subscriptionId: id, actor }, methodId)
    if (changed.kind === 'changed') all.push(changed)
    // One that was cancelled meanwhile needs no method.
    else if (changed.code !== 'subscription_cancelled') return changed
  }
  return { kind: 'changed', all }
}

/**
 * Charges of one token are kept two seconds apart, and its issue counts as one. Whoever looked before would find the
 * method busy, and rest for longer than that.
 */
const FIRST_CHARGE_AFTER = { seconds: 3 } as const

/**
 * A customer registered a method. Subscriptions that cannot go on without one (they have none, theirs has ended, or the
 * bank refused it for good) charge it from now on, and what is overdue is tried again at once. Others keep theirs until
 * the customer chooses. Of a customer who has left meanwhile, the method is given back.
 */
export async function useRegisteredMethod(
  deps: SubscriptionDeps,
  tx: Tx,
  { customerId, paymentMethodId }: { customerId: string; paymentMethodId: string },
): Promise<void> {
  await lockCustomer(tx, customerId)
  if (await isWithdrawn(tx, customerId)) return releaseIfUnused(deps, tx, paymentMethodId)
  const { rows } = await sql<{ id: string }>`
    select id from subscriptions.subscription
    where customer_id = ${customerId} and state <> 'cancelled' order by id`.execute(tx)
  const living: Locked[] = []
  // All of them before the first one changes: rows are locked before methods.
  for (const { id } of rows) {
    const locked = await lockSubscription(tx, id)
    if (locked) living.push(locked)
  }
  const methods = await deps.payments.paymentMethodsOf(tx, customerId)
  const active = methods.filter(({ state }) => state === 'active').map(({ id }) => id)
  const waiting = living.filter((locked) => needsMethod(locked, active))
  await lockMethodsToSwitch(tx, waiting, paymentMethodId)
  if (!(await isUsableMethod(deps, tx, customerId, paymentMethodId))) return
  const firstLook = deps.clock.now().add(FIRST_CHARGE_AFTER)
  for (const locked of waiting) {
    const changed = await switchMethod(deps, tx, locked, paymentMethodId)
    if (changed.kind === 'changed' && changed.stored.subscription.state === 'past_due')
      await lookAgainAt(tx, changed.stored.subscription.id, firstLook)
  }
}

/** @param active the customer's methods that can be charged */
function needsMethod({ subscription }: Locked, active: readonly string[]): boolean {
  if (subscription.state === 'cancelled') return false
  if (subscription.methodId === null || !active.includes(subscription.methodId)) return true
  return subscription.state === 'past_due' && subscription.waiting.kind === 'new_method'
}

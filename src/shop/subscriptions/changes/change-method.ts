import { type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { atNow, type SubscriptionDeps } from '../deps.ts'
import type { Subscription } from '../rules/subscription.ts'
import { changeMethod } from '../rules/subscription-terms.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import { lockMethods } from '../store/method-use.ts'
import { stepped } from '../store/steps.ts'
import { type Locked, lockSubscription } from '../store/subscription-store.ts'
import { type Asked, type Changed, ownedAgreement, writeDecided } from './change-agreement.ts'

/**
 * Charges another stored method of the customer from now on. A refused charge is tried again at once with it.
 * Refusals: not_found, payment_method_gone (not theirs, revoked or dead), subscription_cancelled.
 */
export function setMethod(
  deps: SubscriptionDeps,
  { subscriptionId, actor }: Asked,
  methodId: string,
): Promise<Changed | RefusedBy<typeof switchMethod> | Refused<'not_found' | 'payment_method_gone'>> {
  return transact(deps.db, async (tx) => {
    const locked = ownedAgreement(actor, await lockSubscription(tx, subscriptionId))
    if ('kind' in locked) return locked
    await lockMethodsToSwitch(tx, [locked], methodId)
    if (!(await isUsableMethod(deps, tx, locked.subscription.customerId, methodId)))
      return refused('payment_method_gone')
    return switchMethod(deps, tx, locked, methodId)
  })
}

/** Nobody may find a method unused and end it before a subscription names it, or says that it names it no more. */
export function lockMethodsToSwitch(tx: Tx, all: readonly Locked[], methodId: string): Promise<void> {
  const named = all.map(({ subscription }) => subscription.methodId).filter((id) => id !== null)
  return lockMethods(tx, [...new Set([methodId, ...named])])
}

/** Has a locked subscription charge a method that is locked and usable. */
export async function switchMethod(
  deps: SubscriptionDeps,
  tx: Tx,
  locked: Locked,
  methodId: string,
): Promise<Changed | Refused<'subscription_cancelled'>> {
  const at = atNow(deps)
  const decision = changeMethod(locked.subscription, methodId, at)
  if (decision.kind === 'refused') return decision
  const cycle = locked.open && waitingAnew(locked.open, decision.subscription)
  return writeDecided(deps, tx, locked, decision, at, cycle)
}

/** Whether it is the customer's own and can be charged. */
export async function isUsableMethod(
  deps: SubscriptionDeps,
  tx: Tx,
  ownerId: string,
  methodId: string,
): Promise<boolean> {
  const methods = await deps.payments.paymentMethodsOf(tx, ownerId)
  return methods.some(({ id, state }) => id === methodId && state === 'active')
}

/** The refused cycle waits for what its subscription waits for. Undefined when it does already. */
function waitingAnew(open: CycleRecord, subscription: Subscription): CycleRecord | undefined {
  if (open.cycle.state !== 'declined' || subscription.state !== 'past_due') return undefined
  const cycle = stepped(open, { step: 'await', waiting: subscription.waiting })
  return cycle === open.cycle ? undefined : { ...open, cycle }
}

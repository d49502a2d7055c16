import { type Tx, transact } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import { type Asked, type Changed, ownedAgreement, writeDecided } from './change-agreement.ts'
import type { CycleRecord } from './cycle-store.ts'
import { atNow, type SubscriptionDeps } from './deps.ts'
import { lockMethods } from './release-method.ts'
import { stepped } from './steps.ts'
import { lockSubscription } from './store.ts'
import type { Subscription } from './subscription.ts'
import { changeMethod } from './subscription-terms.ts'

/**
 * Charges another stored method of the customer from now on. A refused charge is tried again at once with it.
 * Refusals: not_found, payment_method_gone (not theirs, revoked or dead), subscription_cancelled.
 */
export function setMethod(
  deps: SubscriptionDeps,
  { subscriptionId, actor }: Asked,
  methodId: string,
): Promise<Changed | Refused> {
  return transact<Changed | Refused>(deps.db, async (tx) => {
    const locked = ownedAgreement(actor, await lockSubscription(tx, subscriptionId))
    if ('kind' in locked) return locked
    const { subscription, open } = locked
    // Nobody may find one unused and end it before this subscription names it, or says that it names it no more.
    await lockMethods(tx, [methodId, ...(subscription.methodId === null ? [] : [subscription.methodId])])
    if (!(await isUsable(deps, tx, subscription.customerId, methodId))) return refused('payment_method_gone')
    const at = atNow(deps)
    const decision = changeMethod(subscription, methodId, at)
    if (decision.kind === 'refused') return decision
    return writeDecided(deps, tx, locked, decision, at, open && waitingAnew(open, decision.subscription))
  })
}

async function isUsable(deps: SubscriptionDeps, tx: Tx, ownerId: string, methodId: string): Promise<boolean> {
  const methods = await deps.payments.paymentMethodsOf(tx, ownerId)
  return methods.some(({ id, state }) => id === methodId && state === 'active')
}

/** The refused cycle waits for what its subscription waits for. Undefined when it does already. */
function waitingAnew(open: CycleRecord, subscription: Subscription): CycleRecord | undefined {
  if (open.cycle.state !== 'declined' || subscription.state !== 'past_due') return undefined
  const cycle = stepped(open, { step: 'await', waiting: subscription.waiting })
  return cycle === open.cycle ? undefined : { ...open, cycle }
}

import { type Tx, transact } from '../../../platform/database/database.ts'
import { type Actor, owned, type Role } from '../../../platform/http/actor.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { atNow, type SubscriptionDeps } from '../deps.ts'
import type { DueCycle } from '../rules/billing-calendar.ts'
import type { At, Decided, Decision, Subscription, SubscriptionRefused } from '../rules/subscription.ts'
import { keepChange } from '../store/keep-change.ts'
import { type Change, type Locked, lockSubscription, type Stored } from '../store/subscription-store.ts'

/** Who wants something of which subscription. */
export interface Asked {
  readonly subscriptionId: string
  readonly actor: Actor
}

/** The agreement as it is now, and the first charge for which the wish holds (null: none is ahead). */
export interface Changed {
  readonly kind: 'changed'
  readonly stored: Stored
  readonly takesEffect: DueCycle | null
}

export const OPERATORS: readonly Role[] = ['merchant', 'admin']

/** On whose behalf something is asked: the customer's, for their own, or the shop's, for anybody's. */
export type Capacity = 'owner' | 'operator'

/** The locked subscription if the actor may ask for it in this capacity; else it is as if it did not exist. */
export function ownedAgreement(
  actor: Actor,
  locked: Locked | undefined,
  capacity: Capacity = 'owner',
): Locked | Refused<'not_found'> {
  if (capacity === 'operator')
    return locked && OPERATORS.some((role) => actor.roles.includes(role)) ? locked : refused('not_found')
  const found = owned(actor, locked && { locked, ownerId: locked.subscription.customerId })
  return 'kind' in found ? found : found.locked
}

/**
 * The shell of every command: lock, ask the rule, write what changed with its events, all in one transaction. Somebody
 * else's subscription is not_found.
 */
export function changeAgreement<Code extends SubscriptionRefused['code']>(
  deps: SubscriptionDeps,
  { subscriptionId, actor }: Asked,
  rule: (subscription: Subscription, at: At) => Decision<Code>,
  capacity: Capacity = 'owner',
): Promise<Changed | Refused<Code | 'not_found'>> {
  return transact<Changed | Refused<Code | 'not_found'>>(deps.db, async (tx) => {
    const locked = ownedAgreement(actor, await lockSubscription(tx, subscriptionId), capacity)
    if ('kind' in locked) return locked
    const at = atNow(deps)
    const decision = rule(locked.subscription, at)
    return decision.kind === 'refused' ? decision : writeDecided(deps, tx, locked, decision, at)
  })
}

/** Writes what a rule decided; a decision that changes nothing writes nothing. */
export async function writeDecided(
  deps: Pick<SubscriptionDeps, 'payments' | 'settings' | 'catalog'>,
  tx: Tx,
  locked: Locked,
  { subscription, events, takesEffect }: Decided,
  { now }: Pick<At, 'now'>,
  cycle?: Change['cycle'],
): Promise<Changed> {
  const same = subscription === locked.subscription && events.length === 0 && cycle === undefined
  const stored = same ? locked : await keepChange(deps, tx, locked, { subscription, events, cycle }, now)
  return { kind: 'changed', stored, takesEffect }
}

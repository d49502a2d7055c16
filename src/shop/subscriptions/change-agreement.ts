import { type Tx, transact } from '../../platform/database/database.ts'
import { type Actor, owned, type Role } from '../../platform/http/actor.ts'
import type { Refused } from '../../platform/refusal.ts'
import type { DueCycle } from './billing-calendar.ts'
import { atNow, type SubscriptionDeps } from './deps.ts'
import { keepChange } from './release-method.ts'
import { type Change, type Locked, lockSubscription, type Stored } from './store.ts'
import type { At, Decided, Decision, Subscription } from './subscription.ts'

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

/** The locked subscription if it is the actor's own, or if one of the roles may change everybody's. */
export function ownedAgreement(
  actor: Actor,
  locked: Locked | undefined,
  orRoles: readonly Role[] = [],
): Locked | Refused {
  const found = owned(actor, locked && { locked, ownerId: locked.subscription.customerId }, orRoles)
  return 'kind' in found ? found : found.locked
}

/**
 * The shell of every command: lock, ask the rule, write what changed with its events, all in one transaction.
 * Refusals: not_found (also somebody else's), and those of the rule.
 */
export function changeAgreement(
  deps: SubscriptionDeps,
  { subscriptionId, actor }: Asked,
  rule: (subscription: Subscription, at: At) => Decision,
  orRoles: readonly Role[] = [],
): Promise<Changed | Refused> {
  return transact<Changed | Refused>(deps.db, async (tx) => {
    const locked = ownedAgreement(actor, await lockSubscription(tx, subscriptionId), orRoles)
    if ('kind' in locked) return locked
    const at = atNow(deps)
    const decision = rule(locked.subscription, at)
    return decision.kind === 'refused' ? decision : writeDecided(deps, tx, locked, decision, at)
  })
}

/** Writes what a rule decided; a decision that changes nothing writes nothing. */
export async function writeDecided(
  deps: Pick<SubscriptionDeps, 'payments' | 'settings'>,
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

import { transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { atNow, type SubscriptionDeps } from '../deps.ts'
import { keepChange } from '../store/keep-change.ts'
import { stepped } from '../store/steps.ts'
import { lockSubscription } from '../store/subscription-store.ts'
import { type Asked, type Changed, ownedAgreement } from './change-agreement.ts'

/**
 * Lets a charge be tried again that the provider called wrong, after a person has found out why. It took no money.
 * One whose outcome is unknown is settled by payments, never here.
 */
export function retryFrozenCycle(
  deps: SubscriptionDeps,
  { subscriptionId, actor }: Asked,
): Promise<Changed | Refused<'not_found' | 'nothing_to_retry'>> {
  return transact<Changed | Refused<'not_found' | 'nothing_to_retry'>>(deps.db, async (tx) => {
    const locked = ownedAgreement(actor, await lockSubscription(tx, subscriptionId), 'operator')
    if ('kind' in locked) return locked
    const { open, subscription } = locked
    if (open?.cycle.state !== 'frozen' || open.cycle.why !== 'invalid_request')
      return refused('nothing_to_retry')
    const { now } = atNow(deps)
    const step = { step: 'postpone', attemptId: open.cycle.attemptId, notBefore: now } as const
    const cycle = { ...open, cycle: stepped(open, step) }
    const stored = await keepChange(deps, tx, locked, { subscription, events: [], cycle }, now)
    return { kind: 'changed', stored, takesEffect: { no: open.no, due: open.due } }
  })
}

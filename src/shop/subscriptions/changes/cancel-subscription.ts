import { transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { atNow, type SubscriptionDeps } from '../deps.ts'
import type { CancelledBy, CancelReason } from '../rules/subscription.ts'
import { lockWithOrder } from '../store/subscription-store.ts'
import { type Asked, type Capacity, type Changed, ownedAgreement } from './change-agreement.ts'
import { endSubscription } from './end-subscription.ts'

/** A cycle is opened once a period; that another one is opened in between so often in a row does not happen. */
const TRIES = 5

/** The customer leaves. There is no cut-off: nobody is charged afterwards. */
export function cancelOwnSubscription(
  deps: SubscriptionDeps,
  asked: Asked,
): Promise<Changed | Refused<'request_in_progress' | 'not_found'>> {
  return cancelAs(deps, asked, { reason: 'customer_wish', by: 'customer' }, 'owner')
}

/** The merchant ends it. */
export function cancelSubscriptionByMerchant(
  deps: SubscriptionDeps,
  asked: Asked,
  reason: Extract<CancelReason, 'item_discontinued' | 'merchant_decision'>,
): Promise<Changed | Refused<'request_in_progress' | 'not_found'>> {
  return cancelAs(deps, asked, { reason, by: 'merchant' }, 'operator')
}

async function cancelAs(
  deps: SubscriptionDeps,
  { subscriptionId, actor }: Asked,
  why: { reason: CancelReason; by: CancelledBy },
  capacity: Capacity,
): Promise<Changed | Refused<'not_found' | 'request_in_progress'>> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const result = await transact<Changed | Refused<'not_found'> | 'moved'>(deps.db, async (tx, rollback) => {
      const found = await lockWithOrder(tx, deps.orders, subscriptionId)
      if (found === 'moved') return rollback(found)
      const locked = ownedAgreement(actor, found, capacity)
      if ('kind' in locked) return locked
      const stored = await endSubscription(deps, tx, locked, why, atNow(deps))
      return { kind: 'changed', stored, takesEffect: null }
    })
    if (result !== 'moved') return result
  }
  return refused('request_in_progress', { retryAfterSeconds: 2 })
}

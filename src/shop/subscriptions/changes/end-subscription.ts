import type { Tx } from '../../../platform/database/database.ts'
import type { SubscriptionDeps } from '../deps.ts'
import type { At, CancelledBy, CancelReason } from '../rules/subscription.ts'
import { cancelSubscription } from '../rules/subscription-pauses.ts'
import { keepChange } from '../store/keep-change.ts'
import { type Locked, lockSubscription, lookAgainAt } from '../store/subscription-store.ts'
import { closeLeftOver } from './close-left-over.ts'

/** When money may be moving for what is left of a subscription, it is looked at again after this time. */
const LOOK_AGAIN = { minutes: 2 } as const

/**
 * Ends a subscription at once, in a transaction that has locked the order of its open cycle and then the subscription
 * (`lockWithOrder`). What is left of an open cycle is put away. Ending it again changes nothing.
 */
export async function endSubscription(
  deps: SubscriptionDeps,
  tx: Tx,
  locked: Locked,
  why: { reason: CancelReason; by: CancelledBy },
  at: At,
): Promise<Locked> {
  const decided = cancelSubscription(locked.subscription, why.reason, why.by, at)
  const ended = decided.events.length > 0 ? await keepChange(deps, tx, locked, decided, at.now) : locked
  return putAwayOpenCycle(deps, tx, ended, at)
}

/**
 * Settles what a cancelled subscription left open: its order ends and its pieces are free. A charge that was prepared
 * but not sent is never sent; one that is on its way to the bank, or whose outcome is unknown, is waited for.
 */
export async function putAwayOpenCycle(
  deps: SubscriptionDeps,
  tx: Tx,
  ended: Locked,
  at: At,
): Promise<Locked> {
  const { open, subscription } = ended
  if (!open || mayHavePaid(open.cycle)) return ended
  if ('orderId' in open.cycle) {
    const cancelled = await deps.orders.cancelCycleOrder(tx, open.cycle.orderId, 'subscription_ended')
    if (cancelled.kind === 'refused') {
      // The charge is on its way, or the customer is paying on a provider's page at this moment.
      if (cancelled.code !== 'payment_in_progress')
        throw new Error(`subscription ${subscription.id}: its order cannot end: ${cancelled.code}`)
      await lookAgainAt(tx, subscription.id, at.now.add(LOOK_AGAIN))
      return ended
    }
  }
  // The end of an attempt is news to the cycle, which may have settled it: it is read again.
  const left = await lockSubscription(tx, subscription.id)
  return left?.open
    ? keepChange(deps, tx, left, closeLeftOver(left.subscription, left.open, at), at.now)
    : (left ?? ended)
}

function mayHavePaid(cycle: NonNullable<Locked['open']>['cycle']): boolean {
  return cycle.state === 'frozen' && cycle.why === 'unknown_outcome'
}

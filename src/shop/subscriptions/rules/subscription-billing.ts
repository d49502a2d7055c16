/**
 * What the billing run tells a subscription: a cycle was opened, paid, left out or refused. News of a cycle that is
 * settled already changes nothing, so a repeated report does no harm. The due dates never move.
 */
import { type DueCycle, plannedCycles, settledSchedule } from './billing-calendar.ts'
import { endOfWaiting, type FailReason, type SkipReason, sameWaiting, type Waiting } from './cycle.ts'
import type { SubscriptionEvent } from './events.ts'
import { earlierDate } from './period.ts'
import type { RetryDecision } from './retry-policy.ts'
import {
  type At,
  agreementOf,
  atRest,
  type Decided,
  type Decision,
  effectiveFrom,
  type PastDue,
  type Subscription,
  type SubscriptionRefused,
  unchanged,
} from './subscription.ts'
import { cancelSubscription } from './subscription-pauses.ts'

/**
 * Opens the next cycle; its record and its charge follow. Opening it again changes nothing.
 * Refuses `subscription_cancelled`, `cycle_still_open` (an earlier one is not settled), `cycle_unknown` (not due under
 * the schedule, or not to be charged) and `cycle_out_of_order` (it would jump over one without a record).
 */
export function openCycle(
  subscription: Subscription,
  cycle: DueCycle,
): Decision<
  | 'subscription_cancelled'
  | 'cycle_still_open'
  | 'period_malformed'
  | 'period_not_offered'
  | 'not_a_due_date'
  | 'after_cut_off'
  | 'quantity_out_of_range'
  | 'payment_overdue'
  | 'subscription_paused'
  | 'pause_ends_before_it_starts'
  | 'price_not_proposed'
  | 'cycle_unknown'
  | 'cycle_out_of_order'
  | 'still_waiting'
> {
  if (subscription.state === 'cancelled') return { kind: 'refused', code: 'subscription_cancelled' }
  const { latestCycle } = subscription
  if (latestCycle.open)
    return latestCycle.no === cycle.no
      ? unchanged(subscription)
      : { kind: 'refused', code: 'cycle_still_open' }
  const refused = notNext(subscription, cycle, true)
  if (refused) return refused
  const next: Subscription = { ...subscription, latestCycle: { no: cycle.no, due: cycle.due, open: true } }
  return unchanged(next)
}

/**
 * A cycle is left out: by wish, by a pause, missed, or because there is no stock. Also settles one that was opened.
 * Refuses `cycle_still_open`, `cycle_unknown`, `cycle_out_of_order`, `subscription_cancelled` (no cycle is due any more).
 */
export function cycleSkipped(
  subscription: Subscription,
  cycle: DueCycle,
  reason: SkipReason,
  at: At,
): Decision<
  | 'subscription_cancelled'
  | 'cycle_still_open'
  | 'period_malformed'
  | 'period_not_offered'
  | 'not_a_due_date'
  | 'after_cut_off'
  | 'quantity_out_of_range'
  | 'payment_overdue'
  | 'subscription_paused'
  | 'pause_ends_before_it_starts'
  | 'price_not_proposed'
  | 'cycle_unknown'
  | 'cycle_out_of_order'
  | 'still_waiting'
> {
  const { latestCycle } = subscription
  if (cycle.no <= latestCycle.no && !(latestCycle.open && cycle.no === latestCycle.no))
    return unchanged(subscription)
  if (cycle.no !== latestCycle.no) {
    if (subscription.state === 'cancelled') return { kind: 'refused', code: 'subscription_cancelled' }
    if (latestCycle.open) return { kind: 'refused', code: 'cycle_still_open' }
    const refused = notNext(subscription, cycle, false)
    if (refused) return refused
  }
  const event = { type: 'subscription.cycle_skipped', ...about(subscription, cycle), reason } as const
  return decided(settle(subscription, cycle, at), [event])
}

/** A cycle was paid, however late. Past due becomes active (or paused) again. Refuses `cycle_unknown`. */
export function cyclePaid(subscription: Subscription, no: number, at: At): Decision<'cycle_unknown'> {
  const { latestCycle } = subscription
  if (no > latestCycle.no) return { kind: 'refused', code: 'cycle_unknown' }
  if (no < latestCycle.no || !latestCycle.open) return unchanged(subscription)
  const paid = { type: 'subscription.cycle_paid', ...about(subscription, latestCycle) } as const
  const next = settle(subscription, latestCycle, at)
  if (subscription.state !== 'past_due') return decided(next, [paid])
  const recovered = { type: 'subscription.recovered', ...about(subscription, latestCycle) } as const
  return decided(next, [paid, recovered])
}

/**
 * An attempt did not bring the money; `decision` is what the retry policy made of it. A wait for another try or for a
 * new method makes the subscription past due; giving up ends it; a frozen, unreachable or immediately repeated attempt
 * leaves it as it is. After a cancellation nothing is tried again: the cycle fails. Refuses `cycle_unknown`.
 */
export function cycleFailed(
  subscription: Subscription,
  no: number,
  decision: Exclude<RetryDecision, { kind: 'paid' }>,
  at: At,
): Decision<
  | 'cycle_unknown'
  | 'subscription_cancelled'
  | 'period_malformed'
  | 'period_not_offered'
  | 'not_a_due_date'
  | 'after_cut_off'
  | 'quantity_out_of_range'
  | 'payment_overdue'
  | 'subscription_paused'
  | 'pause_ends_before_it_starts'
  | 'price_not_proposed'
  | 'cycle_still_open'
  | 'cycle_out_of_order'
  | 'still_waiting'
> {
  const { latestCycle } = subscription
  if (no > latestCycle.no) return { kind: 'refused', code: 'cycle_unknown' }
  if (no < latestCycle.no || !latestCycle.open) return unchanged(subscription)
  if (decision.kind === 'freeze') return unchanged(subscription)
  if (subscription.state === 'cancelled') return closeCycle(subscription, no, 'cancelled', at)
  switch (decision.kind) {
    case 'retry_now':
    case 'technical_retry':
      return unchanged(subscription)
    case 'retry_at':
      return pastDue(subscription, { kind: 'retry', at: decision.at }, false)
    case 'needs_new_method':
      return pastDue(
        subscription,
        { kind: 'new_method', giveUpAt: decision.giveUpAt },
        decision.token === 'mark_dead',
      )
    case 'give_up':
      return giveUpSubscription(subscription, no, decision.reason, at)
  }
}

/**
 * The next try of a refused cycle is put off, because there is nothing to send. The customer was told that it was
 * refused, has not been refused again and can do nothing about it: they are not told once more.
 * Refuses `cycle_unknown`.
 */
export function tryLater(
  subscription: Subscription,
  no: number,
  next: Temporal.Instant,
): Decision<'cycle_unknown'> {
  const { latestCycle } = subscription
  if (no > latestCycle.no) return { kind: 'refused', code: 'cycle_unknown' }
  if (no < latestCycle.no || !latestCycle.open || subscription.state === 'cancelled')
    return unchanged(subscription)
  const waiting = { kind: 'retry', at: next } as const
  // Refused a moment ago, and not past due yet: that is news.
  return subscription.state === 'past_due'
    ? unchanged({ ...subscription, waiting })
    : pastDue(subscription, waiting, false)
}

/**
 * Gives a cycle up and ends the subscription with the reason. Refuses `still_waiting` when the deadline for a new method
 * has not passed or a new method has come in the meantime, and `cycle_unknown`.
 */
export function giveUpSubscription(
  subscription: Subscription,
  no: number,
  reason: Exclude<FailReason, 'cancelled'>,
  at: At,
): Decision<
  | 'subscription_cancelled'
  | 'period_malformed'
  | 'period_not_offered'
  | 'not_a_due_date'
  | 'after_cut_off'
  | 'quantity_out_of_range'
  | 'payment_overdue'
  | 'subscription_paused'
  | 'pause_ends_before_it_starts'
  | 'price_not_proposed'
  | 'cycle_still_open'
  | 'cycle_unknown'
  | 'cycle_out_of_order'
  | 'still_waiting'
> {
  const closed = closeCycle(subscription, no, reason, at)
  if (closed.kind === 'refused' || closed.events.length === 0) return closed
  if (subscription.state === 'cancelled') return closed
  if (reason === 'no_new_method' && !deadlinePassed(subscription, at.now))
    return { kind: 'refused', code: 'still_waiting' }
  const ended = cancelSubscription(closed.subscription, reason, 'system', at)
  return { ...ended, events: [...closed.events, ...ended.events] }
}

/** Settles an open cycle as failed without another try, for instance after a cancellation. Refuses `cycle_unknown`. */
export function closeCycle(
  subscription: Subscription,
  no: number,
  reason: FailReason,
  at: At,
): Decision<'cycle_unknown'> {
  const { latestCycle } = subscription
  if (no > latestCycle.no) return { kind: 'refused', code: 'cycle_unknown' }
  if (no < latestCycle.no || !latestCycle.open) return unchanged(subscription)
  const event = { type: 'subscription.cycle_failed', ...about(subscription, latestCycle), reason } as const
  return decided(settle(subscription, latestCycle, at), [event])
}

function deadlinePassed(subscription: Subscription, now: Temporal.Instant): boolean {
  return (
    subscription.state === 'past_due' &&
    subscription.waiting.kind === 'new_method' &&
    Temporal.Instant.compare(now, subscription.waiting.giveUpAt) >= 0
  )
}

function pastDue(
  subscription: Exclude<Subscription, { state: 'cancelled' }>,
  waiting: Waiting,
  tokenDead: boolean,
): Decided {
  if (subscription.state === 'past_due' && sameWaiting(subscription.waiting, waiting))
    return unchanged(subscription)
  const next: PastDue = { ...agreementOf(subscription), state: 'past_due', waiting }
  const event = {
    type: 'subscription.past_due',
    ...about(subscription, subscription.latestCycle),
    waitingFor: waiting.kind,
    until: endOfWaiting(waiting).toString(),
    tokenDead,
  } as const
  return decided(next, [event])
}

/** Why `cycle` is not the one that follows the latest recorded one, or null when it is. */
function notNext(subscription: Subscription, cycle: DueCycle, toCharge: boolean): SubscriptionRefused | null {
  const dayAfter = subscription.latestCycle.due.add({ days: 1 })
  const ahead = plannedCycles(subscription.schedule, dayAfter, cycle.due)
  const found = ahead.at(-1)
  if (found?.no !== cycle.no || !found.due.equals(cycle.due))
    return { kind: 'refused', code: 'cycle_unknown' }
  if (toCharge && found.plan !== 'charge') return { kind: 'refused', code: 'cycle_unknown' }
  return ahead.length > 1 ? { kind: 'refused', code: 'cycle_out_of_order' } : null
}

/** The cycle is recorded for good. Past due ends with the cycle it was about, so nobody stays past due for nothing. */
function settle(subscription: Subscription, { no, due }: DueCycle, at: At): Subscription {
  // A pause whose end nobody has noticed yet (see wake) is what makes the subscription paused: it is not forgotten here.
  const through = subscription.state === 'paused' ? earlierDate(due, subscription.pause.from) : due
  const next: Subscription = {
    ...subscription,
    schedule: settledSchedule(subscription.schedule, through),
    latestCycle: { no, due, open: false },
  }
  return next.state === 'past_due' ? atRest(agreementOf(next), effectiveFrom(next, at)) : next
}

function about(subscription: Subscription, { no, due }: DueCycle) {
  return { subscriptionId: subscription.id, cycleNo: no, due: due.toString() }
}

function decided(subscription: Subscription, events: readonly SubscriptionEvent[]): Decided {
  return { ...unchanged(subscription), events }
}

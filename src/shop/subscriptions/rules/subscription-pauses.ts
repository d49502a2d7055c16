/**
 * Skipping, pausing, resuming and ending a subscription. All idempotent; all but cancelling keep the cut-off of the next
 * charge: what can no longer be changed goes ahead.
 */
import {
  nextDue,
  pauseSchedule,
  plannedCycles,
  resumeSchedule,
  skipDue,
  skipNextDue,
  unskipDue,
} from './billing-calendar.ts'
import { businessDay } from './period.ts'
import {
  type At,
  agreementOf,
  atRest,
  type CancelledBy,
  type CancelReason,
  type Decided,
  type Decision,
  effectiveFrom,
  type Paused,
  type Subscription,
  unchanged,
} from './subscription.ts'

/** Why a delivery cannot be left out, or not be had after all. */
type SkipCode = 'subscription_cancelled' | 'not_a_due_date' | 'after_cut_off'

/**
 * Leaves out the delivery due on `due`. Refuses `after_cut_off`, `not_a_due_date`, `subscription_cancelled`.
 */
export function skipDelivery(
  subscription: Subscription,
  due: Temporal.PlainDate,
  at: At,
): Decision<SkipCode> {
  if (subscription.state === 'cancelled') return { kind: 'refused', code: 'subscription_cancelled' }
  const result = skipDue(subscription.schedule, due, effectiveFrom(subscription, at))
  if (result.kind === 'refused') return result
  return onDate(subscription, { ...subscription, schedule: result.schedule }, due, 'subscription.skipped')
}

/**
 * Leaves out the next delivery that can still be left out. A second tap changes nothing.
 * Refuses `subscription_paused` (none ahead), `subscription_cancelled`.
 */
export function skipNextDelivery(
  subscription: Subscription,
  at: At,
): Decision<SkipCode | 'subscription_paused'> {
  if (subscription.state === 'cancelled') return { kind: 'refused', code: 'subscription_cancelled' }
  const found = skipNextDue(subscription.schedule, effectiveFrom(subscription, at))
  if (!found) return { kind: 'refused', code: 'subscription_paused' }
  return skipDelivery(subscription, found.cycle.due, at)
}

/** Takes back a skip. Refuses `after_cut_off`, `not_a_due_date`, `subscription_cancelled`. */
export function unskipDelivery(
  subscription: Subscription,
  due: Temporal.PlainDate,
  at: At,
): Decision<SkipCode> {
  if (subscription.state === 'cancelled') return { kind: 'refused', code: 'subscription_cancelled' }
  const result = unskipDue(subscription.schedule, due, effectiveFrom(subscription, at))
  if (result.kind === 'refused') return result
  return onDate(subscription, { ...subscription, schedule: result.schedule }, due, 'subscription.unskipped')
}

function onDate(
  before: Subscription,
  after: Subscription,
  due: Temporal.PlainDate,
  type: 'subscription.skipped' | 'subscription.unskipped',
): Decision<'not_a_due_date'> {
  const [cycle] = plannedCycles(after.schedule, due, due)
  if (!cycle) return { kind: 'refused', code: 'not_a_due_date' }
  const takesEffect = { no: cycle.no, due }
  if (before.schedule === after.schedule) return { ...unchanged(before), takesEffect }
  const event = { type, subscriptionId: after.id, cycleNo: cycle.no, due: due.toString() }
  return { kind: 'decided', subscription: after, events: [event], takesEffect }
}

/**
 * Pauses from the first charge that can still be changed, until `until` (exclusive) or until resumed (null).
 * Pausing again moves the end. Refuses `pause_ends_before_it_starts`, `payment_overdue` (settle or cancel first),
 * `subscription_cancelled`.
 */
export function pauseSubscription(
  subscription: Subscription,
  until: Temporal.PlainDate | null,
  at: At,
): Decision<'subscription_cancelled' | 'payment_overdue' | 'pause_ends_before_it_starts'> {
  if (subscription.state === 'cancelled') return { kind: 'refused', code: 'subscription_cancelled' }
  if (subscription.state === 'past_due') return { kind: 'refused', code: 'payment_overdue' }
  const from = effectiveFrom(subscription, at)
  const result = pauseSchedule(subscription.schedule, from, until)
  if (result.kind === 'refused') return result
  const next = atRest({ ...agreementOf(subscription), schedule: result.schedule }, from)
  if (next.state !== 'paused') throw new Error('a pause that has just begun is in force')
  const event = {
    type: 'subscription.paused',
    subscriptionId: next.id,
    from: next.pause.from.toString(),
    until: next.pause.until?.toString() ?? null,
  } as const
  const hit = plannedCycles(next.schedule, from, from.add({ years: 1 }))[0]
  const takesEffect = hit ? { no: hit.no, due: hit.due } : null
  const same = subscription.state === 'paused' && samePause(subscription, next)
  if (same) return { ...unchanged(subscription), takesEffect }
  return { kind: 'decided', subscription: next, events: [event], takesEffect }
}

function samePause(a: Paused, b: Paused): boolean {
  return a.pause.from.equals(b.pause.from) && String(a.pause.until) === String(b.pause.until)
}

/**
 * Ends a pause. Deliveries go on on the dates they always had; what fell into the pause is not made up for.
 * Refuses `payment_overdue`, `subscription_cancelled`.
 */
export function resumeSubscription(
  subscription: Subscription,
  at: At,
): Decision<'subscription_cancelled' | 'payment_overdue'> {
  if (subscription.state === 'cancelled') return { kind: 'refused', code: 'subscription_cancelled' }
  if (subscription.state === 'past_due') return { kind: 'refused', code: 'payment_overdue' }
  if (subscription.state === 'active') return unchanged(subscription)
  return running(subscription, effectiveFrom(subscription, at))
}

/** Time has passed: a pause with an end behind us is over. Anything else stays as it is. */
export function wakeSubscription(subscription: Subscription, { now, policy }: At): Decided {
  if (subscription.state !== 'paused' || !subscription.pause.until) return unchanged(subscription)
  const today = businessDay(now, policy)
  if (Temporal.PlainDate.compare(today, subscription.pause.until) < 0) return unchanged(subscription)
  return running(subscription, today)
}

function running(subscription: Paused, from: Temporal.PlainDate): Decided {
  const schedule = resumeSchedule(subscription.schedule, from)
  const next: Subscription = { ...agreementOf(subscription), schedule, state: 'active' }
  const cycle = nextDue(schedule, from.subtract({ days: 1 }))
  const event = {
    type: 'subscription.resumed',
    subscriptionId: next.id,
    next: cycle && { cycleNo: cycle.no, due: cycle.due.toString() },
  } as const
  return { kind: 'decided', subscription: next, events: [event], takesEffect: cycle }
}

/**
 * Ends the subscription at once, cut-off or not: nobody is charged after they have left. A charge on its way to the
 * bank is not called back; if it succeeds it is an order like any other. Cancelling again changes nothing, and the
 * first reason stays.
 */
export function cancelSubscription(
  subscription: Subscription,
  reason: CancelReason,
  by: CancelledBy,
  { now }: Pick<At, 'now'>,
): Decided {
  if (subscription.state === 'cancelled') return unchanged(subscription)
  const next: Subscription = {
    ...agreementOf(subscription),
    pendingPrice: null,
    state: 'cancelled',
    cancelledAt: now,
    reason,
    by,
  }
  const event = {
    type: 'subscription.cancelled',
    subscriptionId: next.id,
    customerId: next.customerId,
    methodId: next.methodId,
    reason,
    by,
    at: now.toString(),
  } as const
  return { kind: 'decided', subscription: next, events: [event], takesEffect: null }
}

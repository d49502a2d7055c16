/**
 * What is agreed and how the customer changes it: start, quantity, period, receiver, payment method, price.
 * Every command is idempotent (repeating it changes nothing and announces nothing). A change made after the cut-off of
 * the next charge leaves that charge as it was and holds from the one after; `takesEffect` says which.
 */

import type { Won } from '../../../platform/money.ts'
import { samePeriod } from '../../../platform/time/period.ts'
import { currentPeriod, newSchedule, nextDue, plannedCycles, withPeriod } from './billing-calendar.ts'
import type { SubscriptionChange, TakesEffect } from './events.ts'
import { businessDay, parsePeriod } from './period.ts'
import {
  type At,
  type Cancelled,
  type Decided,
  type Decision,
  effectiveFrom,
  isQuantity,
  latestTerms,
  nextCharge,
  type Receiver,
  type Subscription,
  type Terms,
  unchanged,
} from './subscription.ts'

export type Start = {
  readonly id: string
  readonly customerId: string
  readonly itemId: string
  /** Null when the first payment left no token behind. */
  readonly methodId: string | null
  readonly quantity: number
  readonly period: { readonly unit: string; readonly count: number }
  readonly unitPrice: Won
  readonly receiver: Receiver
  /** When the first payment (cycle 1) succeeded. Its business day is the anchor of all due dates. */
  readonly firstPaidAt: Temporal.Instant
}

/**
 * Starts a subscription with its first payment. Refuses `quantity_out_of_range` (1–99), `period_malformed` and
 * `period_not_offered`. The caller's unique key keeps a line from starting two.
 */
export function newSubscription(
  input: Start,
  { policy }: At,
): Decision<'quantity_out_of_range' | 'period_malformed' | 'period_not_offered'> {
  if (!isQuantity(input.quantity)) return { kind: 'refused', code: 'quantity_out_of_range' }
  const parsed = parsePeriod(input.period, policy)
  if (parsed.kind === 'refused') return parsed
  const { id, customerId, itemId, methodId, quantity, unitPrice, receiver } = input
  const anchor = businessDay(input.firstPaidAt, policy)
  const subscription: Subscription = {
    state: 'active',
    id,
    customerId,
    itemId,
    methodId,
    schedule: newSchedule(anchor, parsed.period),
    terms: [{ from: anchor, quantity, unitPrice, receiver: copyOf(receiver) }],
    pendingPrice: null,
    latestCycle: { no: 1, due: anchor, open: false },
    putOff: null,
    startedAt: input.firstPaidAt,
  }
  const started = {
    type: 'subscription.started',
    subscriptionId: id,
    customerId,
    itemId,
    quantity,
    unitPrice,
    period: parsed.period,
    anchor: anchor.toString(),
  } as const
  return { kind: 'decided', subscription, events: [started], takesEffect: nextCharge(subscription) }
}

/** Changes how many pieces each delivery has. Refuses `quantity_out_of_range` (1–99), `subscription_cancelled`. */
export function changeQuantity(
  subscription: Subscription,
  quantity: number,
  at: At,
): Decision<'subscription_cancelled' | 'quantity_out_of_range'> {
  if (subscription.state === 'cancelled') return cancelled
  if (!isQuantity(quantity)) return { kind: 'refused', code: 'quantity_out_of_range' }
  if (latestTerms(subscription).quantity === quantity) return unchangedFrom(subscription, at)
  return withTerms(subscription, { quantity }, { what: 'quantity', quantity }, at)
}

/** Changes where the parcels go. Refuses `subscription_cancelled`. */
export function changeReceiver(
  subscription: Subscription,
  receiver: Receiver,
  at: At,
): Decision<'subscription_cancelled'> {
  if (subscription.state === 'cancelled') return cancelled
  if (sameReceiver(latestTerms(subscription).receiver, receiver)) return unchangedFrom(subscription, at)
  return withTerms(subscription, { receiver: copyOf(receiver) }, { what: 'receiver' }, at)
}

/**
 * Changes the period. Counts from the anchor, so neither a late charge nor the day of the change shifts it.
 * Refuses `period_malformed`, `period_not_offered`, `subscription_cancelled`.
 */
export function changePeriod(
  subscription: Subscription,
  input: { readonly unit: string; readonly count: number },
  at: At,
): Decision<'subscription_cancelled' | 'period_malformed' | 'period_not_offered'> {
  if (subscription.state === 'cancelled') return cancelled
  const parsed = parsePeriod(input, at.policy)
  if (parsed.kind === 'refused') return parsed
  const { period } = parsed
  if (samePeriod(currentPeriod(subscription.schedule), period)) return unchangedFrom(subscription, at)
  const from = effectiveFrom(subscription, at)
  const schedule = withPeriod(subscription.schedule, period, from, subscription.latestCycle.due)
  return changed({ ...subscription, schedule }, { what: 'period', period }, from)
}

/**
 * Changes the payment method. There is no cut-off: nothing is charged twice by it, and a refused cycle is tried again
 * at once with the new method. Refuses `subscription_cancelled`.
 */
export function changeMethod(
  subscription: Subscription,
  methodId: string,
  { now }: At,
): Decision<'subscription_cancelled'> {
  if (subscription.state === 'cancelled') return cancelled
  if (subscription.methodId === methodId) return unchanged(subscription)
  const change = { what: 'payment_method', methodId, previousMethodId: subscription.methodId } as const
  if (subscription.state === 'past_due') {
    const { no, due } = subscription.latestCycle
    const next: Subscription = { ...subscription, methodId, waiting: { kind: 'retry', at: now } }
    return announce(next, change, { no, due })
  }
  const next: Subscription = { ...subscription, methodId }
  return announce(next, change, nextCharge(next))
}

/**
 * Asks the customer to accept a new unit price (won). Nothing changes until they do; proposing the agreed price takes
 * an open proposal back. Refuses `subscription_cancelled`.
 */
export function proposePrice(
  subscription: Subscription,
  unitPrice: Won,
  { now }: At,
): Decision<'subscription_cancelled'> {
  if (subscription.state === 'cancelled') return cancelled
  const { pendingPrice } = subscription
  const asked = { subscriptionId: subscription.id, unitPrice } as const
  if (latestTerms(subscription).unitPrice === unitPrice) {
    if (!pendingPrice) return unchanged(subscription)
    const withdrawn = {
      type: 'subscription.price_change_withdrawn',
      subscriptionId: subscription.id,
      unitPrice: pendingPrice.unitPrice,
    } as const
    return { ...unchanged({ ...subscription, pendingPrice: null }), events: [withdrawn] }
  }
  if (pendingPrice?.unitPrice === unitPrice) return unchanged(subscription)
  const next: Subscription = { ...subscription, pendingPrice: { unitPrice, proposedAt: now } }
  return { ...unchanged(next), events: [{ type: 'subscription.price_change_proposed', ...asked }] }
}

/**
 * The customer accepts a proposed price, naming the amount they saw. Refuses `price_not_proposed` (none open, or another
 * amount by now) and `subscription_cancelled`.
 */
export function acceptPrice(
  subscription: Subscription,
  unitPrice: Won,
  at: At,
): Decision<'subscription_cancelled' | 'price_not_proposed'> {
  if (subscription.state === 'cancelled') return cancelled
  const { pendingPrice } = subscription
  const previous = latestTerms(subscription).unitPrice
  if (!pendingPrice && previous === unitPrice) return unchangedFrom(subscription, at)
  if (pendingPrice?.unitPrice !== unitPrice) return { kind: 'refused', code: 'price_not_proposed' }
  const change = { what: 'price', unitPrice, previousUnitPrice: previous } as const
  return withTerms({ ...subscription, pendingPrice: null }, { unitPrice }, change, at)
}

type Living = Exclude<Subscription, Cancelled>
const cancelled = { kind: 'refused', code: 'subscription_cancelled' } as const

function withTerms(
  subscription: Living,
  patch: Partial<Omit<Terms, 'from'>>,
  change: SubscriptionChange,
  at: At,
): Decided {
  const from = effectiveFrom(subscription, at)
  const next = { ...latestTerms(subscription), ...patch, from }
  const terms = appendTerms(subscription, next)
  return changed({ ...subscription, terms }, change, from)
}

/** Adds terms, leaving out those no cycle was or will be due under, and those of cycles before the latest. */
function appendTerms(subscription: Living, next: Terms): readonly [Terms, ...Terms[]] {
  const { schedule, terms, latestCycle } = subscription
  const isBefore = (a: Temporal.PlainDate, b: Temporal.PlainDate) => Temporal.PlainDate.compare(a, b) < 0
  const all = [...terms.filter(({ from }) => isBefore(from, next.from)), next]
  const used = all.filter(({ from }, i) => {
    const end = all[i + 1]?.from
    if (!end) return true
    return (
      isBefore(latestCycle.due, end) && plannedCycles(schedule, from, end.subtract({ days: 1 })).length > 0
    )
  })
  const [first = next, ...rest] = used.filter((one, i) => {
    const before = used[i - 1]
    return !before || !sameTerms(before, one)
  })
  return [first, ...rest]
}

function changed(subscription: Living, change: SubscriptionChange, from: Temporal.PlainDate): Decided {
  return announce(subscription, change, nextDue(subscription.schedule, from.subtract({ days: 1 })))
}

function announce(subscription: Living, change: SubscriptionChange, cycle: Decided['takesEffect']): Decided {
  const takesEffect: TakesEffect = cycle && { cycleNo: cycle.no, due: cycle.due.toString() }
  const event = {
    type: 'subscription.changed',
    subscriptionId: subscription.id,
    change,
    takesEffect,
  } as const
  return { kind: 'decided', subscription, events: [event], takesEffect: cycle }
}

function unchangedFrom(subscription: Living, at: At): Decided {
  const dayBefore = effectiveFrom(subscription, at).subtract({ days: 1 })
  return { ...unchanged(subscription), takesEffect: nextDue(subscription.schedule, dayBefore) }
}

function copyOf(receiver: Receiver): Receiver {
  const { name, phone, city, addressDetail, postalCode, deliveryNote } = receiver
  return { name, phone, city, addressDetail, postalCode, deliveryNote }
}

function sameReceiver(a: Receiver, b: Receiver): boolean {
  return (
    a.name === b.name &&
    a.phone === b.phone &&
    a.city === b.city &&
    a.addressDetail === b.addressDetail &&
    a.postalCode === b.postalCode &&
    a.deliveryNote === b.deliveryNote
  )
}

function sameTerms(a: Terms, b: Terms): boolean {
  return a.quantity === b.quantity && a.unitPrice === b.unitPrice && sameReceiver(a.receiver, b.receiver)
}

/** Which charge a customer has to be told of beforehand, and whether they have been told of it as it will be made. */
import type { Won } from '../../../platform/money.ts'
import type { SubscriptionEvent } from './events.ts'
import { amountDue, nextCharge, type Subscription } from './subscription.ts'

/** A charge ahead, as a customer is told of it. */
export type Announcement = {
  readonly no: number
  readonly due: Temporal.PlainDate
  /** Won. */
  readonly amount: Won
}

/** The latest announcement; day and amount are null where only the cycle was kept (none was made, or long ago). */
export type Announced = { readonly no: number } & (
  | { readonly due: Temporal.PlainDate; readonly amount: Won }
  | { readonly due: null; readonly amount: null }
)

/** Today (a business day), and for how many days ahead customers are told of charges. */
export type Notice = { readonly today: Temporal.PlainDate; readonly daysBefore: number }

/**
 * The announcement that is to be made now: of the next charge, when it is near and the customer was not told of this
 * very charge (cycle, day and amount) last. Null when there is nothing to tell. While a cycle is being settled, the
 * next one is not announced.
 * @param before the subscription as it was when `announced` may have been made without keeping what it said
 */
export function announcementDue(
  subscription: Subscription,
  announced: Announced,
  { today, daysBefore }: Notice,
  before: Subscription = subscription,
): Announcement | null {
  if (subscription.latestCycle.open) return null
  const next = announcementOf(subscription)
  if (!next || !isNear(next.due, today, daysBefore)) return null
  const told = announced.due === null ? announcementOf(before) : announced
  return told?.no === announced.no && isSame(told, next) ? null : next
}

/** The announcement as an event. */
export function chargeUpcoming(
  { id }: Pick<Subscription, 'id'>,
  { no, due, amount }: Announcement,
): Extract<SubscriptionEvent, { type: 'subscription.charge_upcoming' }> {
  const type = 'subscription.charge_upcoming'
  return { type, subscriptionId: id, cycleNo: no, due: due.toString(), amount }
}

function announcementOf(subscription: Subscription): Announcement | null {
  const next = nextCharge(subscription)
  return next && { no: next.no, due: next.due, amount: amountDue(subscription, next.due) }
}

function isNear(due: Temporal.PlainDate, today: Temporal.PlainDate, daysBefore: number): boolean {
  const { compare } = Temporal.PlainDate
  return compare(today, due) <= 0 && compare(due, today.add({ days: daysBefore })) <= 0
}

function isSame(a: Announcement, b: Announcement): boolean {
  return a.no === b.no && a.due.equals(b.due) && a.amount === b.amount
}

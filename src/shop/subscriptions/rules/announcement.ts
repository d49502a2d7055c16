/**
 * Which charge a customer has to be told of beforehand, whether they have been told of it as it will be made, and how
 * long a charge waits whose notice came late.
 */
import type { Won } from '../../../platform/money.ts'
import type { DueCycle } from './billing-calendar.ts'
import type { SubscriptionEvent } from './events.ts'
import { laterDate } from './period.ts'
import { amountDue, chargeDay, nextCharge, type PutOff, type Subscription } from './subscription.ts'

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

/** Today (a business day), and for how many days ahead customers are told of charges (0: nothing is promised). */
export type Notice = { readonly today: Temporal.PlainDate; readonly daysBefore: number }

/** What is told now, and the subscription with its charge put off when it is told late. */
export type Told = {
  readonly announcement: Announcement
  readonly subscription: Subscription
}

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
  const cycle = nextCharge(subscription)
  if (!cycle || !isNear(chargeDay(subscription, cycle), today, daysBefore)) return null
  const next = announcementOf(subscription, cycle)
  const earlier = nextCharge(before)
  const told = announced.due === null ? earlier && announcementOf(before, earlier) : announced
  return told?.no === announced.no && isSame(told, next) ? null : next
}

/**
 * Tells of a charge that nobody asked for now: when that is later than promised, the charge is put off by as much, so
 * that as many days lie between notice and charge as the customer was promised (no more than lie between two charges;
 * one at least when they were told otherwise, whatever is promised by now).
 * A charge they were told of before, of this amount on this day, keeps it.
 */
export function tell(
  subscription: Subscription,
  announcement: Announcement,
  announced: Announced,
  { today, daysBefore }: Notice,
): Told {
  const { no, due } = announcement
  if (wasTold(announced, announcement)) return { announcement, subscription }
  const between = subscription.latestCycle.due.until(due, { largestUnit: 'days' }).days
  const promised = announced.no === no && announced.due !== null ? Math.max(1, daysBefore) : daysBefore
  const to = today.add({ days: Math.min(promised, between) })
  const isLate = Temporal.PlainDate.compare(to, laterDate(due, today)) > 0
  const putOff: PutOff | null = isLate ? { no, due, to } : null
  return { announcement, subscription: { ...subscription, putOff } }
}

/**
 * What stands between a cycle that has come due and its charge: the notice, which is to be given now, or the days that
 * must lie between the two. Null when it may be charged: nothing is, of another amount or on another day than was told
 * last.
 */
export function noticeFirst(
  subscription: Subscription,
  cycle: DueCycle,
  announced: Announced,
  notice: Notice,
): ({ readonly kind: 'tell' } & Told) | { readonly kind: 'wait' } | null {
  const announcement = announcementOf(subscription, cycle)
  if (wasTold(announced, announcement))
    return Temporal.PlainDate.compare(notice.today, chargeDay(subscription, cycle)) < 0
      ? { kind: 'wait' }
      : null
  const told = tell(subscription, announcement, announced, notice)
  return told.subscription.putOff ? { kind: 'tell', ...told } : null
}

/**
 * What is left of an announcement whose charge has become another one and cannot be told of now: as if that charge had
 * not been told of, so that it is not made before it is.
 */
export function takenBack(announced: Announced, { no }: DueCycle): Announced {
  return announced.no < no ? announced : { no: no - 1, due: null, amount: null }
}

/** The announcement as an event of the subscription as it is told. */
export function chargeUpcoming(
  subscription: Subscription,
  { no, due, amount }: Announcement,
): Extract<SubscriptionEvent, { type: 'subscription.charge_upcoming' }> {
  const chargeOn = chargeDay(subscription, { no, due }).toString()
  const type = 'subscription.charge_upcoming'
  return { type, subscriptionId: subscription.id, cycleNo: no, due: due.toString(), chargeOn, amount }
}

/**
 * What is told in place of a charge while the item is not sold; null when the customer knows it of this very cycle, or
 * nothing is near.
 * @param told the cycle of which it was told last
 */
export function inDoubt(
  subscription: Subscription,
  told: DueCycle | null,
  { today, daysBefore }: Notice,
  ifNotSold: 'wait' | 'end',
): Extract<SubscriptionEvent, { type: 'subscription.delivery_in_doubt' }> | null {
  if (subscription.latestCycle.open) return null
  const next = nextCharge(subscription)
  if (!next || !isNear(chargeDay(subscription, next), today, daysBefore)) return null
  if (told?.no === next.no && told.due.equals(next.due)) return null
  const type = 'subscription.delivery_in_doubt'
  const [due, chargeOn] = [next.due.toString(), chargeDay(subscription, next).toString()]
  return { type, subscriptionId: subscription.id, cycleNo: next.no, due, chargeOn, ifNotSold }
}

/** Of what the customer did themselves: on its page they saw the day of the charge. */
const OWN_DOING: ReadonlySet<SubscriptionEvent['type']> = new Set([
  'subscription.changed',
  'subscription.skipped',
  'subscription.unskipped',
  'subscription.paused',
  'subscription.resumed',
])

/** Whether a change is the customer's own. What it makes of a charge that is near holds at once. */
export function isOwnDoing(events: readonly SubscriptionEvent[]): boolean {
  return events.some(({ type }) => OWN_DOING.has(type))
}

/** Whether the latest announcement was of this very charge: on another day, or of another amount, it was not told of. */
function wasTold(announced: Announced, charge: Announcement): boolean {
  return announced.due === null ? announced.no === charge.no : isSame(announced, charge)
}

function announcementOf(subscription: Subscription, { no, due }: DueCycle): Announcement {
  return { no, due, amount: amountDue(subscription, due) }
}

function isNear(day: Temporal.PlainDate, today: Temporal.PlainDate, daysBefore: number): boolean {
  const { compare } = Temporal.PlainDate
  return compare(today, day) <= 0 && compare(day, today.add({ days: daysBefore })) <= 0
}

function isSame(a: Announcement, b: Announcement): boolean {
  return a.no === b.no && a.due.equals(b.due) && a.amount === b.amount
}

/**
 * What a subscription is: one recurring agreement of one customer for one item. States are types, so that code which
 * needs a running subscription cannot be handed a cancelled one. Who may do what is checked outside; this is what the
 * agreement allows.
 */
import { times, type Won } from '../../../platform/money.ts'
import {
  type DueCycle,
  nextDue,
  type Pause,
  type PlannedCycle,
  pauseInForce,
  plannedCycles,
  type Schedule,
  type SkipRefused,
} from './billing-calendar.ts'
import type { FailReason, Waiting } from './cycle.ts'
import type { SubscriptionEvent } from './events.ts'
import {
  type CalendarPolicy,
  earlierDate,
  firstChangeableDay,
  isBeforeCutOff,
  laterDate,
  type PeriodRefused,
} from './period.ts'

/** Where the parcels go. Copied into the order of each cycle. */
export type Receiver = {
  readonly name: string
  readonly phone: string
  readonly city: string
  readonly addressDetail: string
  readonly postalCode: string
  readonly deliveryNote: string
}

/** What is delivered and charged for cycles due on or after `from` (until the next terms start). */
export type Terms = {
  readonly from: Temporal.PlainDate
  readonly quantity: number
  /** Won per piece, as agreed with the customer; the catalogue price does not matter. */
  readonly unitPrice: Won
  readonly receiver: Receiver
}

/** A new price the customer has been asked to accept. Until then the agreed one is charged. */
export type PendingPrice = { readonly unitPrice: Won; readonly proposedAt: Temporal.Instant }

/** The latest cycle that has a record. At most one cycle of a subscription is open. */
export type LatestCycle = DueCycle & { readonly open: boolean }

/** A cycle whose notice came late, and the day before which it is therefore not charged. Its due date stays. */
export type PutOff = DueCycle & { readonly to: Temporal.PlainDate }

export type Agreement = {
  readonly id: string
  readonly customerId: string
  readonly itemId: string
  /**
   * The stored payment method (never the token itself). Null while there is none: the first payment succeeded, but its
   * token was lost with the provider's answer. The customer is asked for a method before the next charge.
   */
  readonly methodId: string | null
  readonly schedule: Schedule
  /** Ascending by `from`. Later terms begin after the cut-off of a charge that could not be changed any more. */
  readonly terms: readonly [Terms, ...Terms[]]
  readonly pendingPrice: PendingPrice | null
  readonly latestCycle: LatestCycle
  /** Without effect as soon as the cycle has a record or is due on another day: see `putOffInForce`. */
  readonly putOff: PutOff | null
  readonly startedAt: Temporal.Instant
}

/** Why a cycle failed can be why its subscription ends. */
const FAILED_TO_END = ['tries_used_up', 'no_new_method'] as const satisfies readonly Exclude<
  FailReason,
  'cancelled'
>[]
export const CANCEL_REASONS = [
  'customer_wish',
  'account_withdrawn',
  'item_discontinued',
  'merchant_decision',
  'order_refunded',
  ...FAILED_TO_END,
] as const
export type CancelReason = (typeof CANCEL_REASONS)[number]
export const CANCELLERS = ['customer', 'merchant', 'system'] as const
export type CancelledBy = (typeof CANCELLERS)[number]

export type Active = Agreement & { readonly state: 'active' }
export type Paused = Agreement & { readonly state: 'paused'; readonly pause: Pause }
/** The open cycle was refused by the bank. Future deliveries wait until it is settled. */
export type PastDue = Agreement & { readonly state: 'past_due'; readonly waiting: Waiting }
export type Cancelled = Agreement & {
  readonly state: 'cancelled'
  readonly cancelledAt: Temporal.Instant
  readonly reason: CancelReason
  readonly by: CancelledBy
}
export type Subscription = Active | Paused | PastDue | Cancelled

/** The result of a command or of news. No events means that there is nothing to announce. */
export type Decided = {
  readonly kind: 'decided'
  readonly subscription: Subscription
  readonly events: readonly SubscriptionEvent[]
  /** The first cycle to be charged for which the command holds; null when none is ahead. */
  readonly takesEffect: DueCycle | null
}

export type SubscriptionRefused =
  | PeriodRefused
  | SkipRefused
  | {
      readonly kind: 'refused'
      readonly code:
        | 'quantity_out_of_range'
        | 'subscription_cancelled'
        | 'payment_overdue'
        | 'subscription_paused'
        | 'pause_ends_before_it_starts'
        | 'price_not_proposed'
        | 'cycle_still_open'
        | 'cycle_unknown'
        | 'cycle_out_of_order'
        | 'still_waiting'
    }

/** What a rule decides, and with which codes it refuses. */
export type Decision<Code extends SubscriptionRefused['code'] = SubscriptionRefused['code']> =
  | Decided
  | { readonly kind: 'refused'; readonly code: Code }

/** Time and rules as every command gets them. */
export type At = { readonly now: Temporal.Instant; readonly policy: CalendarPolicy }

/** Fewest and most pieces in one delivery. */
export const quantityRange = { least: 1, most: 99 } as const

/** Whether a quantity is a whole number from 1 to 99. */
export function isQuantity(quantity: number): boolean {
  return Number.isSafeInteger(quantity) && quantity >= quantityRange.least && quantity <= quantityRange.most
}

/**
 * The earliest due date that a change made now still reaches: past the cut-off, and after every cycle with a record. A
 * charge that is put off can be changed until the cut-off of the day to which it is.
 */
export function effectiveFrom(subscription: Agreement, { now, policy }: At): Temporal.PlainDate {
  const { latestCycle } = subscription
  const putOff = putOffInForce(subscription)
  const inTime = firstChangeableDay(now, policy)
  const late = putOff && isBeforeCutOff(putOff.to, now, policy)
  const first = late && Temporal.PlainDate.compare(putOff.due, inTime) < 0 ? putOff.due : inTime
  return laterDate(first, latestCycle.due.add({ days: 1 }))
}

/**
 * The charge that is put off, with what becomes of it now; null when there is none any more: its cycle has a record, or
 * a change of the period gave its number another day. One left out or paused still counts, so that this can be undone.
 */
export function putOffInForce({
  putOff,
  latestCycle,
  schedule,
}: Agreement): (PutOff & Pick<PlannedCycle, 'plan'>) | null {
  if (!putOff || putOff.no <= latestCycle.no) return null
  const [cycle] = plannedCycles(schedule, putOff.due, putOff.due)
  return cycle?.no === putOff.no ? { ...putOff, plan: cycle.plan } : null
}

/** The day a cycle ahead is charged: its due date, unless its notice came late. */
export function chargeDay({ putOff }: Agreement, { no, due }: DueCycle): Temporal.PlainDate {
  return putOff?.no === no && putOff.due.equals(due) ? putOff.to : due
}

/** The next cycle to be charged after the latest recorded one, or null (cancelled, or paused without an end). */
export function nextCharge(subscription: Subscription): DueCycle | null {
  return subscription.state === 'cancelled'
    ? null
    : nextDue(subscription.schedule, subscription.latestCycle.due)
}

/** Up to which due date cycles are handled on a day: what was put off goes first, as announced. */
export function dueUntil(subscription: Agreement, day: Temporal.PlainDate): Temporal.PlainDate {
  const putOff = putOffInForce(subscription)
  return putOff?.plan === 'charge' ? earlierDate(putOff.due, day) : day
}

/** The terms for the cycle due on `due`. */
export function termsOn(subscription: Agreement, due: Temporal.PlainDate): Terms {
  const inForce = subscription.terms.filter(({ from }) => Temporal.PlainDate.compare(from, due) <= 0)
  return inForce.at(-1) ?? subscription.terms[0]
}

/** The terms last agreed, whether or not a charge under them is due yet. */
export function latestTerms(subscription: Agreement): Terms {
  return subscription.terms.at(-1) ?? subscription.terms[0]
}

/** What the cycle due on `due` costs, in won: agreed unit price × quantity. */
export function amountDue(subscription: Agreement, due: Temporal.PlainDate): Won {
  const { unitPrice, quantity } = termsOn(subscription, due)
  return times(unitPrice, quantity)
}

/** Active or paused, whichever the schedule says from `from` on. */
export function atRest(agreement: Agreement, from: Temporal.PlainDate): Active | Paused {
  const pause = pauseInForce(agreement.schedule, from)
  return pause ? { ...agreement, state: 'paused', pause } : { ...agreement, state: 'active' }
}

/** The agreement without its state. */
export function agreementOf(subscription: Subscription): Agreement {
  const { id, customerId, itemId, methodId, schedule, terms, pendingPrice, latestCycle, putOff, startedAt } =
    subscription
  return { id, customerId, itemId, methodId, schedule, terms, pendingPrice, latestCycle, putOff, startedAt }
}

/** Nothing to do: the same subscription, no events. */
export function unchanged(subscription: Subscription): Decided {
  return { kind: 'decided', subscription, events: [], takesEffect: nextCharge(subscription) }
}

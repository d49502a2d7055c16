/** What customers and the merchant may ask of a subscription: each a rule in the shell of `changeAgreement`. */
import type { Won } from '../../../platform/money.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { checkReceiver, type TypedReceiver } from '../../orders/index.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { fromOrder } from '../receivers.ts'
import {
  pauseSubscription,
  resumeSubscription,
  skipDelivery,
  skipNextDelivery,
  unskipDelivery,
} from '../rules/subscription-pauses.ts'
import {
  acceptPrice,
  changePeriod,
  changeQuantity,
  changeReceiver,
  proposePrice,
} from '../rules/subscription-terms.ts'
import { type Asked, type Changed, changeAgreement } from './change-agreement.ts'

/** Refusals: not_found, quantity_out_of_range, subscription_cancelled. */
export function setQuantity(
  deps: SubscriptionDeps,
  asked: Asked,
  quantity: number,
): Promise<Changed | Refused<'not_found' | 'subscription_cancelled' | 'quantity_out_of_range'>> {
  return changeAgreement(deps, asked, (subscription, at) => changeQuantity(subscription, quantity, at))
}

/** Refusals: not_found, period_malformed, period_not_offered, subscription_cancelled. */
export function setPeriod(
  deps: SubscriptionDeps,
  asked: Asked,
  period: { unit: string; count: number },
): Promise<
  Changed | Refused<'not_found' | 'period_malformed' | 'period_not_offered' | 'subscription_cancelled'>
> {
  return changeAgreement(deps, asked, (subscription, at) => changePeriod(subscription, period, at))
}

/** Refusals: not_found, invalid_request (with one error for every field), subscription_cancelled. */
export async function setReceiver(
  deps: SubscriptionDeps,
  asked: Asked,
  typed: TypedReceiver,
): Promise<Changed | Refused<'invalid_request' | 'not_found' | 'subscription_cancelled'>> {
  const checked = checkReceiver(typed)
  if (checked.kind === 'refused') return checked
  const receiver = fromOrder(checked.receiver)
  return changeAgreement(deps, asked, (subscription, at) => changeReceiver(subscription, receiver, at))
}

/**
 * Skips the delivery due on a day, or the next one that can still be skipped.
 */
export function skipAgreedDelivery(
  deps: SubscriptionDeps,
  asked: Asked,
  due: Temporal.PlainDate | undefined,
): Promise<
  | Changed
  | Refused<
      'not_found' | 'subscription_cancelled' | 'not_a_due_date' | 'after_cut_off' | 'subscription_paused'
    >
> {
  return changeAgreement(deps, asked, (subscription, at) =>
    due ? skipDelivery(subscription, due, at) : skipNextDelivery(subscription, at),
  )
}

/** Refusals: not_found, after_cut_off, not_a_due_date, subscription_cancelled. */
export function unskipAgreedDelivery(
  deps: SubscriptionDeps,
  asked: Asked,
  due: Temporal.PlainDate,
): Promise<Changed | Refused<'not_found' | 'subscription_cancelled' | 'not_a_due_date' | 'after_cut_off'>> {
  return changeAgreement(deps, asked, (subscription, at) => unskipDelivery(subscription, due, at))
}

/**
 * Pauses until a day (exclusive), or until resumed.
 */
export function pauseAgreement(
  deps: SubscriptionDeps,
  asked: Asked,
  until: Temporal.PlainDate | null,
): Promise<
  | Changed
  | Refused<'not_found' | 'subscription_cancelled' | 'payment_overdue' | 'pause_ends_before_it_starts'>
> {
  return changeAgreement(deps, asked, (subscription, at) => pauseSubscription(subscription, until, at))
}

/** Refusals: not_found, payment_overdue, subscription_cancelled. */
export function resumeAgreement(
  deps: SubscriptionDeps,
  asked: Asked,
): Promise<Changed | Refused<'not_found' | 'subscription_cancelled' | 'payment_overdue'>> {
  return changeAgreement(deps, asked, resumeSubscription)
}

/** Refusals: not_found, price_not_proposed, subscription_cancelled. */
export function agreeToPrice(
  deps: SubscriptionDeps,
  asked: Asked,
  unitPrice: Won,
): Promise<Changed | Refused<'not_found' | 'subscription_cancelled' | 'price_not_proposed'>> {
  return changeAgreement(deps, asked, (subscription, at) => acceptPrice(subscription, unitPrice, at))
}

/** The merchant asks for a new unit price. */
export function askForPrice(
  deps: SubscriptionDeps,
  asked: Asked,
  unitPrice: Won,
): Promise<Changed | Refused<'not_found' | 'subscription_cancelled'>> {
  return changeAgreement(
    deps,
    asked,
    (subscription, at) => proposePrice(subscription, unitPrice, at),
    'operator',
  )
}

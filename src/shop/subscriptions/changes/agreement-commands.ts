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

type Result = Promise<Changed | Refused>

/** Refusals: not_found, quantity_out_of_range, subscription_cancelled. */
export function setQuantity(deps: SubscriptionDeps, asked: Asked, quantity: number): Result {
  return changeAgreement(deps, asked, (subscription, at) => changeQuantity(subscription, quantity, at))
}

/** Refusals: not_found, period_malformed, period_not_offered, subscription_cancelled. */
export function setPeriod(
  deps: SubscriptionDeps,
  asked: Asked,
  period: { unit: string; count: number },
): Result {
  return changeAgreement(deps, asked, (subscription, at) => changePeriod(subscription, period, at))
}

/** Refusals: not_found, invalid_request (with one error for every field), subscription_cancelled. */
export async function setReceiver(deps: SubscriptionDeps, asked: Asked, typed: TypedReceiver): Result {
  const checked = checkReceiver(typed)
  if (checked.kind === 'refused') return checked
  const receiver = fromOrder(checked.receiver)
  return changeAgreement(deps, asked, (subscription, at) => changeReceiver(subscription, receiver, at))
}

/**
 * Skips the delivery due on a day, or the next one that can still be skipped.
 * Refusals: not_found, after_cut_off, not_a_due_date, subscription_paused, subscription_cancelled.
 */
export function skipAgreedDelivery(
  deps: SubscriptionDeps,
  asked: Asked,
  due: Temporal.PlainDate | undefined,
): Result {
  return changeAgreement(deps, asked, (subscription, at) =>
    due ? skipDelivery(subscription, due, at) : skipNextDelivery(subscription, at),
  )
}

/** Refusals: not_found, after_cut_off, not_a_due_date, subscription_cancelled. */
export function unskipAgreedDelivery(deps: SubscriptionDeps, asked: Asked, due: Temporal.PlainDate): Result {
  return changeAgreement(deps, asked, (subscription, at) => unskipDelivery(subscription, due, at))
}

/**
 * Pauses until a day (exclusive), or until resumed.
 * Refusals: not_found, pause_ends_before_it_starts, payment_overdue, subscription_cancelled.
 */
export function pauseAgreement(
  deps: SubscriptionDeps,
  asked: Asked,
  until: Temporal.PlainDate | null,
): Result {
  return changeAgreement(deps, asked, (subscription, at) => pauseSubscription(subscription, until, at))
}

/** Refusals: not_found, payment_overdue, subscription_cancelled. */
export function resumeAgreement(deps: SubscriptionDeps, asked: Asked): Result {
  return changeAgreement(deps, asked, resumeSubscription)
}

/** Refusals: not_found, price_not_proposed, subscription_cancelled. */
export function agreeToPrice(deps: SubscriptionDeps, asked: Asked, unitPrice: Won): Result {
  return changeAgreement(deps, asked, (subscription, at) => acceptPrice(subscription, unitPrice, at))
}

/** The merchant asks for a new unit price. Refusals: not_found, subscription_cancelled. */
export function askForPrice(deps: SubscriptionDeps, asked: Asked, unitPrice: Won): Result {
  const rule: Parameters<typeof changeAgreement>[2] = (subscription, at) =>
    proposePrice(subscription, unitPrice, at)
  return changeAgreement(deps, asked, rule, 'operator')
}

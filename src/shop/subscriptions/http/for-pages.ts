import type { Actor } from '../../../platform/http/actor.ts'
import type { Won } from '../../../platform/money.ts'
import type { Refused, RefusedBy } from '../../../platform/refusal.ts'
import type { Period } from '../../../platform/time/period.ts'
import type { TypedReceiver } from '../../orders/index.ts'
import {
  agreeToPrice,
  pauseAgreement,
  resumeAgreement,
  setPeriod,
  setQuantity,
  setReceiver,
  skipAgreedDelivery,
  unskipAgreedDelivery,
} from '../changes/agreement-commands.ts'
import { cancelOwnSubscription } from '../changes/cancel-subscription.ts'
import type { Asked, Changed } from '../changes/change-agreement.ts'
import { setMethod } from '../changes/change-method.ts'
import { removeMethod } from '../changes/remove-method.ts'
import { setMethodForAll } from '../changes/use-method.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { type PeriodRange, periodRanges } from '../rules/offer.ts'
import { businessDay, gridDate } from '../rules/period.ts'
import { type MethodInUse, methodsOf } from '../store/queries.ts'
import { listed, seenBy } from './routes.ts'
import type { SubscriptionDetailView, SubscriptionView } from './view.ts'

/** What the merchant offers, as far as pages name it. */
export interface OfferedTerms {
  periods: readonly PeriodRange[]
  /** Changes hold for a charge until this time in Seoul, so many days before it. */
  cutOff: { daysBefore: number; time: Temporal.PlainTime }
  noticeDays: number
}

/** A wish of a customer about their own subscription; each is idempotent, with the refusals of the use case it names. */
export type Wish =
  | { kind: 'quantity'; quantity: number }
  | { kind: 'period'; period: { unit: string; count: number } }
  | { kind: 'receiver'; receiver: TypedReceiver }
  | { kind: 'method'; paymentMethodId: string }
  | { kind: 'accept-price'; unitPrice: Won }
  | { kind: 'skip'; due: Temporal.PlainDate | undefined }
  | { kind: 'unskip'; due: Temporal.PlainDate }
  | { kind: 'pause'; until: Temporal.PlainDate | null }
  | { kind: 'resume' }
  | { kind: 'cancel' }

/** What customers do with their subscriptions in a browser: the use cases of the API. */
export interface SubscriptionsForPages {
  terms: OfferedTerms
  list(
    actor: Actor,
    page: { page: number; size: number },
  ): Promise<{ subscriptions: SubscriptionView[]; totalElements: number }>
  /** Refusal: not_found, also for somebody else's. */
  get(actor: Actor, id: string): Promise<SubscriptionDetailView | Refused>
  change(asked: Asked, wish: Wish): Promise<{ kind: 'changed' } | Refused>
  /** When a subscription begun by a payment of that moment is charged again. */
  chargeAfter(firstPaidAt: Temporal.Instant, period: Period): Temporal.PlainDate
  /** One's stored payment methods, newest first. */
  methods(actor: Actor): Promise<MethodInUse[]>
  /** Refusals: those of `setMethodForAll`. */
  useMethod(actor: Actor, methodId: string): Promise<{ kind: 'changed' } | Refused>
  /** Refusals: those of `removeMethod`. */
  removeMethod(actor: Actor, methodId: string): Promise<{ kind: 'removed' } | Refused>
}

/** What the pages do with subscriptions and payment methods. */
export function subscriptionsForPages(deps: SubscriptionDeps): SubscriptionsForPages {
  const { calendar, announceDaysBefore } = deps.settings
  return {
    terms: { periods: periodRanges(calendar), cutOff: calendar.cutOff, noticeDays: announceDaysBefore },
    list: async (actor, page) => {
      const { data, page: found } = await listed(deps, { customerId: actor.userId, ...page })
      return { subscriptions: data, totalElements: found.totalElements }
    },
    get: (actor, id) => seenBy(deps, actor, id),
    change: async (asked, wish) => {
      const result = await fulfil(deps, asked, wish)
      return result.kind === 'refused' ? result : { kind: 'changed' }
    },
    chargeAfter: (firstPaidAt, period) => gridDate(businessDay(firstPaidAt, calendar), period, 1),
    methods: async (actor) =>
      (await methodsOf(deps, actor.userId)).filter(({ state }) => state !== 'revoked'),
    useMethod: async (actor, methodId) => {
      const result = await setMethodForAll(deps, actor, methodId)
      return result.kind === 'refused' ? result : { kind: 'changed' }
    },
    removeMethod: (actor, methodId) => removeMethod(deps, actor, methodId),
  }
}

function fulfil(
  deps: SubscriptionDeps,
  asked: Asked,
  wish: Wish,
): Promise<
  | Changed
  | RefusedBy<typeof setQuantity>
  | RefusedBy<typeof setPeriod>
  | RefusedBy<typeof setReceiver>
  | RefusedBy<typeof setMethod>
  | RefusedBy<typeof agreeToPrice>
  | RefusedBy<typeof skipAgreedDelivery>
  | RefusedBy<typeof unskipAgreedDelivery>
  | RefusedBy<typeof pauseAgreement>
  | RefusedBy<typeof resumeAgreement>
  | RefusedBy<typeof cancelOwnSubscription>
> {
  switch (wish.kind) {
    case 'quantity':
      return setQuantity(deps, asked, wish.quantity)
    case 'period':
      return setPeriod(deps, asked, wish.period)
    case 'receiver':
      return setReceiver(deps, asked, wish.receiver)
    case 'method':
      return setMethod(deps, asked, wish.paymentMethodId)
    case 'accept-price':
      return agreeToPrice(deps, asked, wish.unitPrice)
    case 'skip':
      return skipAgreedDelivery(deps, asked, wish.due)
    case 'unskip':
      return unskipAgreedDelivery(deps, asked, wish.due)
    case 'pause':
      return pauseAgreement(deps, asked, wish.until)
    case 'resume':
      return resumeAgreement(deps, asked)
    case 'cancel':
      return cancelOwnSubscription(deps, asked)
  }
}

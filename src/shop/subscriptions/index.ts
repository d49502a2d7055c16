import { accountWithdrawn } from '../../contracts/account-events.ts'
import { orderPaid, orderRefunded } from '../../contracts/order-events.ts'
import { paymentMethodRegistered } from '../../contracts/payment-events.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on, type Subscriber } from '../../platform/events/subscriber.ts'
import type { Module } from '../../platform/module.ts'
import type { CyclePort, PeriodPort } from '../orders/index.ts'
import { giveBackIfLeft } from './changes/after-leaving.ts'
import { endSubscriptionsForRefund, endSubscriptionsForWithdrawal } from './changes/end-subscriptions.ts'
import { forgetUnusedMethod } from './changes/forget-method.ts'
import { startSubscriptions } from './changes/start-subscription.ts'
import { sweepNotices } from './changes/upcoming.ts'
import { useRegisteredMethod } from './changes/use-method.ts'
import { createCyclePort } from './charging/apply-outcome.ts'
import type { SubscriptionDeps } from './deps.ts'
import { adminSubscriptionRoutes } from './http/admin-routes.ts'
import { changeRoutes } from './http/change-routes.ts'
import { subscriptionFiguresRoute } from './http/figures-route.ts'
import { type SubscriptionsForPages, subscriptionsForPages } from './http/for-pages.ts'
import { methodRoutes } from './http/method-routes.ts'
import { offerRoute } from './http/offer-route.ts'
import { subscriptionRoutes } from './http/routes.ts'
import { subscriptionProblems } from './problems.ts'
import { subscriptionsRetention } from './retention.ts'
import { type CalendarPolicy, parsePeriod } from './rules/period.ts'
import { frozenCycles } from './store/queries.ts'

export {
  type Billing,
  type BillingDeps,
  type BillingReport,
  type BillingRun,
  type BillingSettings,
  createBilling,
  DEFAULT_BILLING_SETTINGS,
  type DeclinedFor,
  type DryRun,
  type Tally,
} from './billing.ts'
export { DEFAULT_SUBSCRIPTION_SETTINGS, type SubscriptionDeps, type SubscriptionSettings } from './deps.ts'
export type { OfferedTerms, SubscriptionsForPages, Wish } from './http/for-pages.ts'
export type { SubscriptionDetailView, SubscriptionView } from './http/view.ts'
export {
  noticeLeavesTime,
  type OfferRefused,
  parseCutOff,
  parseOfferedPeriods,
  parseRetrySetting,
} from './rules/offer.ts'
export { defaultRetryPolicy } from './rules/retry-policy.ts'
export type { MethodInUse } from './store/queries.ts'

export const subscriptionsSchema: SchemaMigrations = {
  schema: 'subscriptions',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Subscriptions {
  module: Module
  /** What customers do with their subscriptions in a browser. */
  pages: SubscriptionsForPages
  /** What orders tell about the payment of cycles; give it to `createPayable` and `createOrders`. */
  cyclePort: CyclePort
  /** Announces the charges of the next days, once a day; the module sees to it from the morning on. */
  announceCharges(): Promise<void>
}

/** The periods the merchant offers, for orders with recurring lines. */
export function offeredPeriods(calendar: CalendarPolicy): PeriodPort {
  return { check: (period) => parsePeriod(period, calendar) }
}

/** Recurring payment and delivery: starting, changing and ending subscriptions, and what news of payments means to them. */
export function createSubscriptions(deps: SubscriptionDeps): Subscriptions {
  return {
    pages: subscriptionsForPages(deps),
    cyclePort: createCyclePort(deps),
    announceCharges: () => sweepNotices(deps),
    module: {
      name: 'subscriptions',
      schema: subscriptionsSchema,
      problems: subscriptionProblems,
      routes: (app) => {
        offerRoute(deps.settings)(app)
        subscriptionRoutes(deps)(app)
        changeRoutes(deps)(app)
        methodRoutes(deps)(app)
        adminSubscriptionRoutes(deps)(app)
        subscriptionFiguresRoute(deps)(app)
      },
      retention: [subscriptionsRetention],
      subscribers: [subscriberOf(deps)],
      sweeps: [{ name: 'subscriptions.notices', everyMs: 5_000, run: () => sweepNotices(deps) }],
      metrics: (metrics) => {
        metrics.observe(
          'subscription_cycles_frozen',
          'Cycles whose charge is unknown or was called wrong by the provider',
          async () => frozenCycles(deps.db),
        )
      },
    },
  }
}

/** One subscriber for all of it, so that news of one order arrives in order: begun before it is refunded. */
function subscriberOf(deps: SubscriptionDeps): Subscriber {
  return {
    name: 'subscriptions',
    handlers: [
      on(orderPaid, async (tx, { data }) => {
        if (data.kind === 'purchase') return startSubscriptions(deps, tx, data)
        await giveBackIfLeft(deps, tx, data.orderId)
        if (data.paymentMethodId !== null) await forgetUnusedMethod(deps, tx, data.paymentMethodId)
      }),
      on(orderRefunded, async (tx, { data }) => {
        const gone = data.lines.filter(({ whole }) => whole === true).map(({ itemId }) => itemId)
        if (data.full) await endSubscriptionsForRefund(deps, tx, data.orderId)
        else if (gone.length > 0) await endSubscriptionsForRefund(deps, tx, data.orderId, gone)
      }),
      on(paymentMethodRegistered, (tx, { data }) => useRegisteredMethod(deps, tx, data)),
      on(accountWithdrawn, (tx, { data, time }) =>
        endSubscriptionsForWithdrawal(deps, tx, data.accountId, time),
      ),
    ],
  }
}

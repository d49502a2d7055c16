import type { Db, Tx } from '../../platform/database/database.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { ItemForSale } from '../catalog/index.ts'
import type { Orders } from '../orders/index.ts'
import { type CatchUpPolicy, defaultCatchUpPolicy } from './rules/catch-up.ts'
import { type CalendarPolicy, defaultCalendarPolicy } from './rules/period.ts'
import { defaultRetryPolicy, type RetryPolicy } from './rules/retry-policy.ts'
import type { At } from './rules/subscription.ts'

/** A stored payment method as its owner may see it. */
export interface PaymentMethod {
  id: string
  provider: string
  display: string
  state: 'active' | 'revoked' | 'dead'
  createdAt: Temporal.Instant
}

/** What subscriptions ask of payments. */
export interface PaymentMethodsPort {
  paymentMethodsOf(db: Db | Tx, ownerId: string): Promise<PaymentMethod[]>
  /** Who charges a stored method; undefined when there is none with this id. */
  providerOfMethod(db: Db | Tx, methodId: string): Promise<string | undefined>
  /** Ends a stored method in the caller's transaction; repeating it changes nothing. */
  requestTokenRevocation(tx: Tx, request: { paymentMethodId: string; reason: string }): Promise<void>
}

/** What subscriptions ask of orders. */
export type OrdersPort = Pick<
  Orders,
  'lockCycleOrder' | 'releaseCycleHold' | 'cancelCycleOrder' | 'giveBackCycle' | 'subscriptionBasis'
>

/** Names and pictures of items, for screens. */
export interface CatalogPort {
  itemsForSale(db: Db | Tx, itemIds: readonly string[]): Promise<ItemForSale[]>
}

/** `end`: it is cancelled. `wait`: its deliveries are left out until the item is sold again. */
export type OffSalePolicy = 'end' | 'wait'

/** What the merchant decides. Data. */
export interface SubscriptionSettings {
  calendar: CalendarPolicy
  retry: RetryPolicy
  catchUp: CatchUpPolicy
  /** What becomes of a subscription whose item is found off sale when it is to be charged. */
  offSale: OffSalePolicy
  /** How many days before a charge the customer is told of it, 1–28; 0 promises nothing. */
  announceDaysBefore: number
}

export const DEFAULT_SUBSCRIPTION_SETTINGS: SubscriptionSettings = {
  calendar: defaultCalendarPolicy,
  retry: defaultRetryPolicy,
  catchUp: defaultCatchUpPolicy,
  offSale: 'wait',
  announceDaysBefore: 3,
}

export interface SubscriptionDeps {
  db: Db
  clock: Clock
  log: Logger
  orders: OrdersPort
  payments: PaymentMethodsPort
  catalog: CatalogPort
  settings: SubscriptionSettings
}

/** Now and the calendar, as every rule gets them. */
export function atNow({ clock, settings }: Pick<SubscriptionDeps, 'clock' | 'settings'>): At {
  return { now: clock.now(), policy: settings.calendar }
}

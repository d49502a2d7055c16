import { join, resolve } from 'node:path'
import type { Config } from './config.ts'
import { createIdentity, type Identity, identitySchema, type SigningKeys } from './identity/index.ts'
import { createNotifications, notificationsSchema, sendMessageCommand } from './notifications/index.ts'
import type { Broadcast } from './platform/broadcast/broadcast.ts'
import type { Cipher } from './platform/cipher.ts'
import type { Db } from './platform/database/database.ts'
import type { SchemaMigrations } from './platform/database/migrate.ts'
import type { Command, Commands } from './platform/jobs/commands.ts'
import type { Module } from './platform/module.ts'
import { operationsModule } from './platform/operations.ts'
import { platformSchema } from './platform/schema.ts'
import type { Logger } from './platform/telemetry/log.ts'
import type { Metrics } from './platform/telemetry/metrics.ts'
import type { Clock } from './platform/time/clock.ts'
import { type Catalog, catalogSchema, createCatalog } from './shop/catalog/index.ts'
import {
  createOrders,
  createPayable,
  cyclesLater,
  type Orders,
  ordersSchema,
  type RecurringTerms,
} from './shop/orders/index.ts'
import {
  createKakaoPay,
  createPayments,
  createToss,
  LOOK_DELAYS_SECONDS,
  type PaymentProvider,
  type Payments,
  paymentCommands,
  paymentsSchema,
} from './shop/payments/index.ts'

import {
  type Billing,
  createBilling,
  createSubscriptions,
  DEFAULT_BILLING_SETTINGS,
  DEFAULT_SUBSCRIPTION_SETTINGS,
  offeredPeriods,
  type SubscriptionSettings,
  type Subscriptions,
  subscriptionsSchema,
} from './shop/subscriptions/index.ts'

/** Every schema of the software, in the order in which they are migrated. */
export const SCHEMAS: readonly SchemaMigrations[] = [
  platformSchema,
  identitySchema,
  catalogSchema,
  ordersSchema,
  paymentsSchema,
  subscriptionsSchema,
  notificationsSchema,
]

/** Commands that any process may store, whether or not it also works them. */
export const COMMANDS: readonly Command[] = [...paymentCommands, sendMessageCommand]

export interface Parts {
  config: Config
  db: Db
  clock: Clock
  log: Logger
  metrics: Metrics
  commands: Commands
  /** Tells every process of the installation. */
  broadcast: Broadcast
  keys: SigningKeys
  /** Where customers reach the server. */
  publicUrl: string
  /** Encrypts stored payment methods. */
  cipher: Cipher
  kakaopay: { baseUrl: string; secretKey: string }
  /** Undefined: Toss Payments is not offered. */
  toss: { baseUrl: string; secretKey: string; checkoutPageUrl: string } | undefined
}

export interface Services {
  identity: Identity
  catalog: Catalog
  orders: Orders
  payments: Payments
  subscriptions: Subscriptions
  billing: Billing
  providers: readonly PaymentProvider[]
  modules: readonly Module[]
}

/** Puts the contexts together: the only place that knows them all. */
export function createServices(parts: Parts): Services {
  const { config, db, clock, log } = parts
  const identity = createIdentity({
    db,
    clock,
    log,
    settings: {
      keys: parts.keys,
      issuer: parts.publicUrl,
      audience: 'pillivery',
      loginPerMinute: config.loginPerMinute,
      signUpPerMinute: config.signUpPerMinute,
    },
  })
  const catalog = createCatalog({ db, clock, log, broadcast: parts.broadcast })
  const recurring = subscriptionSettings(config)
  // Orders, payments and subscriptions know one another through ports; the last one made closes the circle.
  const cycles = cyclesLater(() => subscriptions.cyclePort)
  const providers = paymentProviders(parts)
  const payments = createPayments({
    db,
    clock,
    log,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    cipher: parts.cipher,
    payable: createPayable({ clock, log, catalog, cycles }),
    enqueue: parts.commands.enqueue,
    random: Math.random,
    settings: {
      publicUrl: parts.publicUrl,
      lookDelaysSeconds: config.paymentLookSeconds ?? LOOK_DELAYS_SECONDS,
      tokenSettleWindow: Temporal.Duration.from({ minutes: config.tokenSettleMinutes }),
      unchangedEvidence: config.tokenUnchanged,
    },
  })
  const orders = createOrders({
    db,
    clock,
    log,
    catalog,
    payments,
    cycles,
    periods: offeredPeriods(recurring.calendar),
    settings: {
      paymentWindow: Temporal.Duration.from({ minutes: config.paymentWindowMinutes }),
      openOrdersPerCustomer: config.openOrdersPerCustomer,
      recurring: recurringTerms(recurring),
    },
  })
  const agreements = { db, clock, log, orders, payments, catalog, settings: recurring }
  const subscriptions = createSubscriptions(agreements)
  const billing = createBilling({
    ...agreements,
    providers: providers.map(({ name }) => name),
    billing: {
      ...DEFAULT_BILLING_SETTINGS,
      concurrency: config.billingConcurrency,
      mostConcurrency: Math.floor(config.paymentConnections * CHARGES_SHARE),
      preparing: Math.max(1, Math.floor(config.databasePoolSize * PREPARING_SHARE)),
    },
  })
  const notifications = createNotifications({
    db,
    clock,
    log,
    enqueue: parts.commands.enqueue,
    recipientOf: async (userId) => {
      const profile = await identity.profileOf(userId)
      return profile && { email: profile.email, name: profile.displayName, language: 'ko' }
    },
    itemNameOf: async (itemId) => (await catalog.itemsForSale(db, [itemId]))[0]?.name,
    settings: {
      channel: config.notifyBy,
      folder: join(resolve(config.dataDir), 'mail'),
      from: config.mailFrom,
      smtpUrl: config.smtpUrl,
      webhookUrl: config.webhookUrl,
      webhookSecret: config.webhookSecret,
    },
  })
  const operations = operationsModule({ db, clock, commands: parts.commands })
  return {
    identity,
    catalog,
    orders,
    payments,
    subscriptions,
    billing,
    providers,
    modules: [
      identity.module,
      catalog.module,
      orders.module,
      payments.module,
      subscriptions.module,
      billing.module,
      notifications.module,
      operations,
    ],
  }
}

/** The share of a provider's connections that charges may take; the rest is for refunds and look-ups. */
const CHARGES_SHARE = 0.75
/** The share of the database connections that prepare charges; the rest is for settling them. */
const PREPARING_SHARE = 0.4

const BREAKER_VALUE = { closed: 0, half_open: 1, open: 2 } as const

/** What the merchant has settled about subscriptions. */
function subscriptionSettings(config: Config): SubscriptionSettings {
  const { calendar } = DEFAULT_SUBSCRIPTION_SETTINGS
  return {
    calendar: { ...calendar, ...config.subscriptionPeriods, cutOff: config.subscriptionCutOff },
    retry: config.subscriptionRetry,
    catchUp: config.subscriptionCatchUp,
    announceDaysBefore: config.subscriptionNoticeDays,
  }
}

/** The same, as far as customers agree to it in words. */
function recurringTerms({ calendar, retry, announceDaysBefore }: SubscriptionSettings): RecurringTerms {
  const { immediateRetries: immediate, laterRetries: later, hoursBetween } = retry
  return {
    noticeDays: announceDaysBefore,
    cutOff: calendar.cutOff,
    retries: { immediate, later, hoursBetween },
  }
}

/** The adapters, observed by metrics, with the time limits of the settings. */
function paymentProviders({ config, log, metrics, kakaopay, toss }: Parts): PaymentProvider[] {
  const line = (name: string) => ({
    maxConnections: config.paymentConnections,
    observe: (operation: string, { kind }: { kind: string }) =>
      metrics.payments.inc({ provider: name, operation, outcome: kind }),
    onBreakerChange: (change: { name: string; state: keyof typeof BREAKER_VALUE }) => {
      const operation = change.name.split('.')[1] ?? 'all'
      metrics.breakerState.set({ provider: name, operation }, BREAKER_VALUE[change.state])
      log.warn({ breaker: change.name, state: change.state }, 'circuit breaker changed')
    },
  })
  const { kakaopayCid: cid, kakaopaySubscriptionCid: subscriptionCid, tossClientKey: clientKey } = config
  const providers = [createKakaoPay({ ...line('kakaopay'), ...kakaopay, cid, subscriptionCid })]
  if (toss) providers.push(createToss({ ...line('toss'), ...toss, clientKey }))
  const settle = config.paymentSettleSeconds
  return providers.map((provider) => {
    for (const operation of Object.keys(provider.breakers())) {
      metrics.breakerState.set({ provider: provider.name, operation }, BREAKER_VALUE.closed)
    }
    return {
      ...provider,
      capabilities: {
        ...provider.capabilities,
        chargeTimeoutMs: config.paymentTimeoutMs,
        ...(settle === undefined ? {} : { settleWindow: Temporal.Duration.from({ seconds: settle }) }),
      },
    }
  })
}

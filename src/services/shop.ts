import { DEMO_MERCHANT, type Merchant, resultPagesOf } from '../../web/pages/index.ts'
import { type Cipher, createCipher, loadOrCreateCipherKey } from '../platform/cipher.ts'
import { createMaintenance } from '../platform/maintenance/maintenance.ts'
import { won } from '../platform/money.ts'
import { pictureFiles } from '../platform/pictures/picture-settings.ts'
import { requireFreePort } from '../platform/process/port.ts'
import { createPseudonym, createSigner, type Signer } from '../platform/signer.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Metrics } from '../platform/telemetry/metrics.ts'
import { type Banners, bannersSchema, createBanners } from '../shop/banners/index.ts'
import { type Cart, cartSchema, createCart } from '../shop/cart/index.ts'
import {
  type Catalog,
  catalogCommands,
  catalogSchema,
  createCatalog,
  type RegisterAddress,
} from '../shop/catalog/index.ts'
import { type Coupons, couponsSchema, createCoupons } from '../shop/coupons/index.ts'
import {
  createOrders,
  createPayable,
  cyclesLater,
  type Orders,
  ordersSchema,
  type RecurringTerms,
} from '../shop/orders/index.ts'
import {
  createKakaoPay,
  createPayments,
  createToss,
  LOOK_DELAYS_SECONDS,
  type PaymentProvider,
  type Payments,
  paymentCommands,
  paymentsSchema,
  type ResultPages,
} from '../shop/payments/index.ts'
import { createPictures, type Pictures, picturesSchema } from '../shop/pictures/index.ts'
import { createQuestions, type Questions, questionsSchema } from '../shop/questions/index.ts'
import { createReviews, type Reviews, reviewsSchema } from '../shop/reviews/index.ts'
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
} from '../shop/subscriptions/index.ts'
import { createWishes, type Wishes, wishesSchema } from '../shop/wishes/index.ts'
import { itemNamesModule } from './between/internal.ts'
import { remoteFaces } from './between/library-faces.ts'
import { wantsDemo } from './demo/wanted.ts'
import { registerAddresses, simulatedRegister } from './register/settings.ts'
import { defineService, type World } from './service.ts'
import { pagesOf } from './shop-pages.ts'
import {
  providerAddresses,
  SHOP_SETTINGS,
  type ShopSettings,
  shopContradictions,
  simulatedBank,
} from './shop-settings.ts'
import { bankModule } from './simulated-bank.ts'
import { simulatorModule } from './simulator.ts'

export interface ShopFace {
  catalog: Catalog
  pictures: Pictures
  cart: Cart
  orders: Orders
  reviews: Reviews
  questions: Questions
  wishes: Wishes
  coupons: Coupons
  banners: Banners
  payments: Payments
  subscriptions: Subscriptions
  billing: Billing
  providers: readonly PaymentProvider[]
  /** What an item is called now; undefined when it is not sold any more. */
  itemNameOf(itemId: string): Promise<string | undefined>
}

/** Catalogue, cart, orders, reviews, questions, payments and subscriptions: one service, because a purchase changes them in one transaction. */
export const shopService = defineService({
  name: 'shop',
  about:
    'catalogue, pictures, cart, orders, reviews, questions, payments, subscriptions and their recurring charges',
  schemas: [
    picturesSchema,
    catalogSchema,
    ordersSchema,
    paymentsSchema,
    subscriptionsSchema,
    cartSchema,
    reviewsSchema,
    questionsSchema,
    wishesSchema,
    couponsSchema,
    bannersSchema,
  ],
  tells: [
    'shop.catalog.',
    'shop.order.',
    'shop.return.',
    'shop.payment.',
    'shop.payment-method.',
    'shop.subscription.',
    'shop.review.',
    'shop.question.',
  ],
  hears: ['identity'],
  commands: [...paymentCommands, ...catalogCommands],
  settings: SHOP_SETTINGS,
  contradictions: shopContradictions,
  beforeStart: async (settings, process) => {
    const { nodeEnv, role } = process
    if (role === 'api') return
    if (simulatedBank(settings, nodeEnv === 'production') !== undefined)
      await requireFreePort('127.0.0.1', settings.bankPort, 'BANK_PORT')
    if (simulatedRegister(settings, wantsDemo(process)) !== undefined)
      await requireFreePort('127.0.0.1', settings.registerPort, 'REGISTER_PORT')
  },
  create: async (world, settings, hosted) => {
    const { identity } = hosted
    const { process, log, metrics, secretsFolder } = world
    const bankUrl = simulatedBank(settings, process.nodeEnv === 'production')
    const tokenKey = settings.tokenKey ?? (await loadOrCreateCipherKey(secretsFolder))
    const secrets = {
      cipher: createCipher(tokenKey),
      cartSigner: createSigner(tokenKey, 'cart'),
      pseudonym: createPseudonym(tokenKey, 'views'),
    }
    const addresses = providerAddresses(settings, bankUrl)
    const providers = paymentProviders({ settings, log, metrics, ...addresses })
    const registerUrl = simulatedRegister(settings, wantsDemo(process))
    const { modules, face } = createShop(world, {
      settings,
      registers: registerAddresses(settings, registerUrl),
      // The simulated ones have nothing new to tell.
      nightly: registerUrl === undefined,
      providers,
      // Their addresses lead to the pages, which are where accounts are at hand.
      resultPages: identity && resultPagesOf(identity, world.publicUrl),
      nameOf: async (userId) => (await identity?.profileOf(userId))?.displayName,
      ...secrets,
    })
    const maintenance = createMaintenance({
      db: world.database.db,
      clock: world.clock,
      broadcast: world.broadcast,
      log,
    })
    // Where accounts are at hand, too, and requests are answered.
    const { merchant } = settings
    const remote = identity && world.roles.api ? remoteFaces(process, log) : undefined
    const pages =
      identity && remote
        ? [
            pagesOf(world, {
              identity,
              shop: face,
              maintenance,
              others: hosted,
              merchant,
              addresses,
              remote,
            }),
            remote.module,
          ]
        : []
    // One process has it: the one that works, so that requests may be answered by many.
    const bank =
      bankUrl === undefined || !world.roles.worker
        ? []
        : [
            bankModule({
              url: bankUrl,
              port: settings.bankPort,
              dataDir: process.dataDir,
              shopUrl: world.publicUrl,
              log,
            }),
          ]
    // Nobody waits for them: they are asked by a command.
    const register =
      registerUrl === undefined || !world.roles.worker
        ? []
        : [
            simulatorModule({
              name: 'registers',
              script: 'simulators/register/main.ts',
              args: ['--port', String(settings.registerPort)],
              url: registerUrl,
              log,
              needed: false,
            }),
          ]
    return {
      modules: [
        ...bank,
        ...register,
        ...modules,
        itemNamesModule(face.itemNameOf),
        maintenance.module,
        ...pages,
      ],
      face,
      fillDemo: async (say) => {
        if (!(await face.catalog.isEmpty())) return
        say('Preparing demo data')
        await face.catalog.seedDemo()
        await face.banners.seedDemo()
      },
      welcome: [
        ...(pages.length > 0 ? [`console          ${world.publicUrl}/console`] : []),
        ...(bankUrl === undefined ? [] : [`simulated bank   ${bankUrl}`]),
      ],
    }
  },
})

interface ShopParts {
  settings: ShopSettings
  registers: readonly RegisterAddress[]
  /** Whether they are imported every night. */
  nightly: boolean
  providers: readonly PaymentProvider[]
  cipher: Cipher
  cartSigner: Signer
  /** Of visitors of items. */
  pseudonym: (text: string) => bigint
  resultPages: ResultPages | undefined
  /** What an account is called; undefined when that is not known in this process. */
  nameOf(userId: string): Promise<string | undefined>
}

/** Puts the contexts of the shop together. */
function createShop(
  {
    database: { db },
    browsing: { db: browsing },
    clock,
    log,
    commands,
    broadcast,
    redis,
    publicUrl,
    process,
  }: World,
  { settings, registers, nightly, providers, cipher, cartSigner, pseudonym, resultPages, nameOf }: ShopParts,
) {
  const pictures = createPictures({ db, clock, log, files: pictureFiles(settings, process.dataDir) })
  const catalog = createCatalog({
    db,
    browsing,
    clock,
    log,
    broadcast,
    redis,
    pictures,
    pseudonym,
    enqueue: commands.enqueue,
    registers,
    nightly: nightly && registers.length > 0,
  })
  const recurring = subscriptionSettings(settings)
  const periods = offeredPeriods(recurring.calendar)
  // Orders, payments and subscriptions know one another through ports; the last one made closes the circle.
  const cycles = cyclesLater(() => subscriptions.cyclePort)
  const payments = createPayments({
    db,
    clock,
    log,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    cipher,
    payable: createPayable({ clock, log, catalog, cycles }),
    enqueue: commands.enqueue,
    resultPages,
    random: Math.random,
    settings: {
      publicUrl,
      lookDelaysSeconds: settings.paymentLookSeconds ?? LOOK_DELAYS_SECONDS,
      tokenSettleWindow: Temporal.Duration.from({ minutes: settings.tokenSettleMinutes }),
      unchangedEvidence: settings.tokenUnchanged,
      aloneUpTo: won(settings.decideAloneUpTo),
      settlementTableHour: settings.settlementTableHour,
    },
  })
  const coupons = createCoupons({ db, clock, hasBought: (customerId) => orders.hasBought(customerId) })
  const orders: Orders = createOrders({
    db,
    clock,
    log,
    catalog,
    payments,
    coupons: coupons.port,
    cycles,
    periods,
    settings: {
      paymentWindow: Temporal.Duration.from({ minutes: settings.paymentWindowMinutes }),
      openOrdersPerCustomer: settings.openOrdersPerCustomer,
      unpaidPiecesPerCustomer: settings.unpaidPiecesPerCustomer,
      recurring: recurringTerms(recurring, settings.subscriptionDiscount, settings.merchant),
      delivery: { fee: won(settings.deliveryFee), freeFrom: won(settings.freeDeliveryFrom) },
      returns: { returnFee: won(settings.returnFee), exchangeFee: won(settings.exchangeFee) },
      arrival: { countedAfterDays: settings.arrivalDays },
    },
  })
  const cart = createCart({
    db,
    clock,
    catalog,
    orders,
    periods,
    signer: cartSigner,
    secure: publicUrl.startsWith('https:'),
  })
  const reviews = createReviews({ db, browsing, clock, orders, pictures, nameOf })
  const questions = createQuestions({ db, browsing, clock, catalog, nameOf })
  const wishes = createWishes({ db, clock, catalog })
  const banners = createBanners({ db, clock, broadcast, catalog, pictures })
  const agreements = { db, clock, log, orders, payments, catalog, settings: recurring }
  const subscriptions = createSubscriptions(agreements)
  const billing = createBilling({
    ...agreements,
    providers: providers.map(({ name }) => name),
    at: () => {},
    billing: {
      ...DEFAULT_BILLING_SETTINGS,
      concurrency: settings.billingConcurrency,
      mostConcurrency: Math.floor(settings.paymentConnections * CHARGES_SHARE),
      preparing: Math.max(1, Math.floor(process.databasePoolSize * PREPARING_SHARE)),
    },
  })
  const face: ShopFace = {
    catalog,
    pictures,
    cart,
    orders,
    reviews,
    questions,
    wishes,
    coupons,
    banners,
    payments,
    subscriptions,
    billing,
    providers,
    itemNameOf: async (itemId) => (await catalog.itemsForSale(db, [itemId]))[0]?.name,
  }
  const modules = [
    pictures.module,
    catalog.module,
    cart.module,
    orders.module,
    reviews.module,
    questions.module,
    wishes.module,
    coupons.module,
    banners.module,
    payments.module,
    subscriptions.module,
    billing.module,
  ]
  return { modules, face }
}

/** The share of a provider's connections that charges may take; the rest is for refunds and look-ups. */
const CHARGES_SHARE = 0.75
/** The share of the database connections that prepare charges; the rest is for settling them. */
const PREPARING_SHARE = 0.4

const BREAKER_VALUE = { closed: 0, half_open: 1, open: 2 } as const

/** What the merchant has settled about subscriptions. */
function subscriptionSettings(settings: ShopSettings): SubscriptionSettings {
  const { calendar } = DEFAULT_SUBSCRIPTION_SETTINGS
  return {
    calendar: { ...calendar, ...settings.subscriptionPeriods, cutOff: settings.subscriptionCutOff },
    retry: settings.subscriptionRetry,
    catchUp: settings.subscriptionCatchUp,
    offSale: settings.subscriptionOffSale,
    announceDaysBefore: settings.subscriptionNoticeDays,
  }
}

/** The same, as far as customers agree to it in words. */
function recurringTerms(
  { calendar, retry, announceDaysBefore }: SubscriptionSettings,
  discountPercent: number,
  merchant: Merchant = DEMO_MERCHANT,
): RecurringTerms {
  const { immediateRetries: immediate, laterRetries: later, hoursBetween } = retry
  return {
    seller: merchant,
    noticeDays: announceDaysBefore,
    discountPercent,
    cutOff: calendar.cutOff,
    retries: { immediate, later, hoursBetween },
  }
}

interface ProviderParts {
  settings: ShopSettings
  log: Logger
  metrics: Metrics
  kakaopay: { baseUrl: string; secretKey: string; settlementPath: string | undefined }
  /** Undefined: Toss Payments is not offered. */
  toss: { baseUrl: string; secretKey: string; checkoutPageUrl: string } | undefined
}

/** The adapters, observed by metrics, with the time limits of the settings. */
function paymentProviders({ settings, log, metrics, kakaopay, toss }: ProviderParts): PaymentProvider[] {
  const line = (name: string) => ({
    maxConnections: settings.paymentConnections,
    observe: (operation: string, { kind }: { kind: string }) =>
      metrics.payments.inc({ provider: name, operation, outcome: kind }),
    onBreakerChange: (change: { name: string; state: keyof typeof BREAKER_VALUE }) => {
      const operation = change.name.split('.')[1] ?? 'all'
      metrics.breakerState.set({ provider: name, operation }, BREAKER_VALUE[change.state])
      log.warn({ breaker: change.name, state: change.state }, 'circuit breaker changed')
    },
  })
  const { kakaopayCid: cid, kakaopaySubscriptionCid: subscriptionCid, tossClientKey: clientKey } = settings
  const providers = [createKakaoPay({ ...line('kakaopay'), ...kakaopay, cid, subscriptionCid })]
  if (toss) providers.push(createToss({ ...line('toss'), ...toss, clientKey }))
  const settle = settings.paymentSettleSeconds
  return providers.map((provider) => {
    for (const operation of Object.keys(provider.breakers())) {
      metrics.breakerState.set({ provider: provider.name, operation }, BREAKER_VALUE.closed)
    }
    return {
      ...provider,
      capabilities: {
        ...provider.capabilities,
        chargeTimeoutMs: settings.paymentTimeoutMs,
        ...(settle === undefined ? {} : { settleWindow: Temporal.Duration.from({ seconds: settle }) }),
      },
    }
  })
}

import { lackOfMerchant, parseMerchant } from '../../web/pages/index.ts'
import { cipherKeys } from '../platform/cipher.ts'
import { halfABucket, PICTURE_SETTINGS } from '../platform/pictures/picture-settings.ts'
import {
  anyOf,
  guessable,
  notOverTheNetwork,
  oneOf,
  optional,
  publishedForTests,
  read,
  seconds,
  setting,
  text,
  url,
  type ValuesOf,
  whole,
} from '../platform/settings.ts'
import {
  defaultRetryPolicy,
  noticeLeavesTime,
  parseCutOff,
  parseOfferedPeriods,
  parseRetrySetting,
} from '../shop/subscriptions/index.ts'
import type { ProcessSettings } from './process-settings.ts'
import { REGISTER_SETTINGS } from './register/settings.ts'

/** Merchant ids of KakaoPay's test environment begin so. */
const TEST_CID = publishedForTests(/^TC/)

/** Settings of the shop. */
export const SHOP_SETTINGS = {
  bankPort: setting('BANK_PORT', '8090', 'Port of the simulated bank', whole(1, 65_535)),
  kakaopayBaseUrl: optional(
    'KAKAOPAY_BASE_URL',
    'KakaoPay API (default: the simulated bank, in production KakaoPay itself)',
    url('http:', 'https:'),
    { refuse: notOverTheNetwork },
  ),
  kakaopaySecretKey: optional('KAKAOPAY_SECRET_KEY', 'Secret key of KakaoPay; required in production', text, {
    secret: true,
    production: true,
    refuse: anyOf(publishedForTests(/^DEV/i), guessable),
  }),
  kakaopayCid: setting('KAKAOPAY_CID', 'TC0ONETIME', 'KakaoPay merchant id for one-time payments', text, {
    refuse: TEST_CID,
  }),
  kakaopaySubscriptionCid: setting(
    'KAKAOPAY_SUBSCRIPTION_CID',
    'TCSUBSCRIP',
    'KakaoPay merchant id for recurring payments',
    text,
    { refuse: TEST_CID },
  ),
  kakaopaySettlementPath: optional(
    'KAKAOPAY_SETTLEMENT_PATH',
    'Path of a settlement table below KAKAOPAY_BASE_URL, compared with our books each day (default: the simulated bank’s; KakaoPay itself has its partner centre for people)',
    text,
  ),
  settlementTableHour: setting(
    'SETTLEMENT_TABLE_HOUR',
    '12',
    'Hour in Seoul by which, on the next working day, KakaoPay’s table of a day with payments should have been brought; later an alarm asks for it',
    whole(1, 23),
  ),
  paymentConnections: setting(
    'PAYMENT_CONNECTIONS',
    '50',
    'Calls to one payment provider at one time',
    whole(1, 5_000),
  ),
  tossBaseUrl: optional(
    'TOSS_BASE_URL',
    'Toss Payments API (default: the simulated bank, in production Toss itself)',
    url('http:', 'https:'),
    { refuse: notOverTheNetwork },
  ),
  tossSecretKey: optional(
    'TOSS_SECRET_KEY',
    'Secret key of Toss Payments; without it Toss is not offered in production',
    text,
    { secret: true, refuse: anyOf(publishedForTests(/^test_/), guessable) },
  ),
  tossClientKey: setting('TOSS_CLIENT_KEY', 'test_ck_simulated', 'Client key of Toss Payments', text, {
    secret: true,
  }),
  tossCheckoutUrl: optional(
    'TOSS_CHECKOUT_URL',
    'Page that opens the Toss payment window (default: the simulated bank; needed to offer Toss in production)',
    url('http:', 'https:'),
    { refuse: notOverTheNetwork },
  ),
  paymentTimeoutMs: setting(
    'PAYMENT_TIMEOUT_MS',
    '30000',
    'How long an approval or charge may take before its outcome counts as unknown',
    whole(200, 120_000),
  ),
  paymentLookSeconds: optional(
    'PAYMENT_LOOK_SECONDS',
    'Waits between look-ups of an unknown payment, in seconds (default: 10 s growing to a day)',
    seconds,
  ),
  paymentWindowMinutes: setting(
    'PAYMENT_WINDOW_MINUTES',
    '30',
    'How long an unpaid order holds its stock',
    whole(1, 1_440),
  ),
  paymentSettleSeconds: optional(
    'PAYMENT_SETTLE_SECONDS',
    'After this long without an answer, "not charged" at the provider is believed (default: what each provider needs)',
    whole(1, 604_800),
  ),
  openOrdersPerCustomer: setting(
    'OPEN_ORDERS_PER_CUSTOMER',
    '20',
    'Unpaid orders one customer may have at a time',
    whole(1, 1_000_000),
  ),
  unpaidPiecesPerCustomer: setting(
    'UNPAID_PIECES_PER_CUSTOMER',
    '500',
    'Pieces one customer may hold in unpaid orders at a time',
    whole(99, 1_000_000),
  ),
  decideAloneUpTo: setting(
    'DECIDE_ALONE_UP_TO',
    '1000000',
    'Amount in won up to which one operator decides about a payment or gives it back alone; above, a second one confirms',
    whole(0, 1_000_000_000),
  ),
  deliveryFee: setting(
    'DELIVERY_FEE',
    '3000',
    'What sending an order costs the customer, in won; like the next three and SUBSCRIPTION_DISCOUNT until the merchant publishes other fees in the console, from when on these settings are not read again',
    whole(0, 1_000_000),
  ),
  freeDeliveryFrom: setting(
    'FREE_DELIVERY_FROM',
    '30000',
    'Orders of at least so much (won, after discounts) are sent free, as recurring ones always are; 0: all',
    whole(0, 2_000_000_000),
  ),
  returnFee: setting(
    'RETURN_FEE',
    '3000',
    'Kept of a refund (won) when a customer who changed their mind sends something back',
    whole(0, 1_000_000),
  ),
  exchangeFee: setting(
    'EXCHANGE_FEE',
    '6000',
    'What a customer who changed their mind pays (won) for both parcels of an exchange',
    whole(0, 1_000_000),
  ),
  arrivalDays: setting(
    'ARRIVAL_DAYS',
    '7',
    'Days after sending from which a parcel counts as arrived when nobody has said so; its customer may say that it came later',
    whole(3, 60),
  ),
  tokenKey: optional(
    'PAYMENT_TOKEN_KEY',
    'Key (32 random bytes, base64url) that encrypts stored payment methods and signs the cookies of visitors’ carts, and by which visitors of items are told apart; generated in DATA_DIR, required in production',
    cipherKeys,
    { secret: true, production: true, formerly: 'TOKEN_KEY' },
  ),
  tokenSettleMinutes: setting(
    'PAYMENT_TOKEN_SETTLE_MINUTES',
    '1440',
    'How long a recurring charge without an answer waits for signs of it at a provider that cannot find it by our reference',
    whole(0, 10_080),
    { formerly: 'TOKEN_SETTLE_MINUTES' },
  ),
  tokenUnchanged: setting(
    'PAYMENT_TOKEN_UNCHANGED',
    'review',
    'What no sign of the charge means after that: `review` by a person, or `not_charged`',
    oneOf('review', 'not_charged'),
    { formerly: 'TOKEN_UNCHANGED' },
  ),
  billingConcurrency: setting(
    'BILLING_CONCURRENCY',
    '30',
    'Recurring charges on their way to one provider at once; at most 3/4 of PAYMENT_CONNECTIONS',
    whole(1, 1_200),
  ),
  subscriptionPeriods: setting(
    'SUBSCRIPTION_PERIODS',
    '30d,60d,90d,120d',
    'Periods customers may choose: days (7–365), months (1–12) and ranges, e.g. `30d,60d,7-365d,1m`',
    read(parseOfferedPeriods),
  ),
  subscriptionCutOff: setting(
    'SUBSCRIPTION_CUT_OFF',
    '1d 18:00',
    'Until when a charge can be changed: days before it (1–6) and the time in Seoul',
    read(parseCutOff),
  ),
  subscriptionDiscount: setting(
    'SUBSCRIPTION_DISCOUNT',
    '0',
    'Whole percent off the price of what is ordered again and again, for every delivery; part of what customers agree to; until the merchant publishes another one in the console',
    whole(0, 50),
  ),
  subscriptionNoticeDays: setting(
    'SUBSCRIPTION_NOTICE_DAYS',
    '3',
    'How many days before a charge the customer is told of it (told later, it is charged as much later); more than those of the cut-off',
    whole(2, 28),
  ),
  subscriptionRetry: setting(
    'SUBSCRIPTION_RETRY',
    JSON.stringify(defaultRetryPolicy),
    'What follows a refused charge, as JSON; fields left out keep their default',
    read(parseRetrySetting),
  ),
  subscriptionOffSale: setting(
    'SUBSCRIPTION_OFF_SALE',
    'wait',
    'A subscription whose item is found off sale when it is to be charged: `wait` leaves deliveries out until it is sold again, `end` cancels it for good, also when the item was hidden by mistake; the customer is told either way',
    oneOf('wait', 'end'),
  ),
  subscriptionCatchUp: setting(
    'SUBSCRIPTION_CATCH_UP',
    'bill_one',
    'Deliveries missed while nothing ran: `bill_one` charges the latest only, `bill_all_spread` all, one a day',
    oneOf('bill_one', 'bill_all_spread'),
  ),
  ...PICTURE_SETTINGS,
  ...REGISTER_SETTINGS,
  merchant: optional(
    'MERCHANT',
    'Who sells, for the foot of every page, the legal texts and the consent to recurring payment, each as of the moment this is changed, as JSON: `name`, `representative`, `registration`, `mailOrder`, `functionalFood`, `address`, `phone`, `email`, `hosting`, `escrow` (default: invented ones; required in production, all of it)',
    parseMerchant,
    { production: true, refuse: lackOfMerchant },
  ),
} as const

export type ShopSettings = ValuesOf<typeof SHOP_SETTINGS>

/** Settings that are right alone, but not together. */
export function shopContradictions(values: Partial<ShopSettings>, process: ProcessSettings): string[] {
  return [
    ...tooLateNotice(values),
    ...tossWithTestKey(values, process),
    ...samePort(values, process),
    ...halfABucket(values),
  ]
}

/** Its default is for the simulated bank; it counts only where Toss is offered. */
function tossWithTestKey(
  { tossSecretKey, tossClientKey }: Partial<ShopSettings>,
  { nodeEnv }: ProcessSettings,
): string[] {
  const offered = nodeEnv === 'production' && tossSecretKey !== undefined
  return offered && tossClientKey?.startsWith('test_') === true
    ? ['TOSS_CLIENT_KEY=…: is a published test value (NODE_ENV=production)']
    : []
}

function samePort({ bankPort }: Partial<ShopSettings>, { port, nodeEnv }: ProcessSettings): string[] {
  return bankPort !== undefined && nodeEnv !== 'production' && port === bankPort
    ? [`BANK_PORT=${bankPort}: is also the port of the server (PORT); each needs its own`]
    : []
}

function tooLateNotice({ subscriptionCutOff, subscriptionNoticeDays }: Partial<ShopSettings>): string[] {
  if (!subscriptionCutOff || subscriptionNoticeDays === undefined) return []
  if (noticeLeavesTime(subscriptionNoticeDays, subscriptionCutOff)) return []
  return [
    `SUBSCRIPTION_NOTICE_DAYS=${subscriptionNoticeDays}: must be more than the ${subscriptionCutOff.daysBefore} days of SUBSCRIPTION_CUT_OFF, or customers hear of a charge when it cannot be changed any more`,
  ]
}

const REAL_KAKAOPAY = 'https://open-api.kakaopay.com'
const REAL_TOSS = 'https://api.tosspayments.com'
/** The keys the simulated bank accepts unless told otherwise. */
const SIMULATED_KAKAOPAY_KEY = 'DEV_KAKAOPAY_SECRET'
const SIMULATED_TOSS_KEY = 'test_sk_simulated'

/** Address of the simulated bank when this process is to run one: outside production, with no provider set. */
export function simulatedBank(settings: ShopSettings, production: boolean): string | undefined {
  const set = settings.kakaopaySecretKey !== undefined || settings.kakaopayBaseUrl !== undefined
  return set || production ? undefined : `http://127.0.0.1:${settings.bankPort}`
}

/** Where the payment providers are, and the keys for them. Toss needs a page that opens its window. */
export function providerAddresses(settings: ShopSettings, bank: string | undefined) {
  const checkoutPageUrl = settings.tossCheckoutUrl ?? (bank ? `${bank}/toss/checkout` : undefined)
  const tossKey = settings.tossSecretKey ?? (bank ? SIMULATED_TOSS_KEY : undefined)
  return {
    /** Nobody pays real money: a provider is our own bank, or is asked with the key that everybody knows. */
    simulated: bank !== undefined || settings.kakaopaySecretKey === undefined,
    kakaopay: {
      baseUrl: settings.kakaopayBaseUrl ?? bank ?? REAL_KAKAOPAY,
      secretKey: settings.kakaopaySecretKey ?? SIMULATED_KAKAOPAY_KEY,
      settlementPath: settings.kakaopaySettlementPath ?? (bank ? '/kakaopay/settlement' : undefined),
    },
    toss:
      checkoutPageUrl !== undefined && tossKey !== undefined
        ? { baseUrl: settings.tossBaseUrl ?? bank ?? REAL_TOSS, secretKey: tossKey, checkoutPageUrl }
        : undefined,
  }
}

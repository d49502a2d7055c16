import { UserError } from './platform/user-error.ts'
import {
  defaultRetryPolicy,
  noticeLeavesTime,
  type OfferRefused,
  parseCutOff,
  parseOfferedPeriods,
  parseRetrySetting,
} from './shop/subscriptions/index.ts'

/**
 * Every environment variable the software reads, with its meaning and default. The settings table of the README is
 * checked against this one; nothing else in the sources reads the environment.
 */
interface Setting<T> {
  name: string
  /** One line for people. */
  about: string
  /** As shown in the table; undefined means "not set". */
  fallback: string | undefined
  parse(text: string): T
}

const text = (value: string) => value

function whole(min: number, max: number) {
  return (value: string): number => {
    const parsed = Number(value)
    if (!/^\d+$/.test(value.trim()) || parsed < min || parsed > max) {
      throw new UserError(`must be a whole number from ${min} to ${max}`)
    }
    return parsed
  }
}

function oneOf<const V extends string>(...values: V[]) {
  return (value: string): V => {
    const found = values.find((candidate) => candidate === value)
    if (found === undefined) throw new UserError(`must be one of ${values.join(', ')}`)
    return found
  }
}

function url(...protocols: string[]) {
  return (value: string): string => {
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      throw new UserError(`must be an address starting with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    }
    return value.replace(/\/+$/, '')
  }
}

function seconds(value: string): number[] {
  const parts = value.split(',').map((part) => Number(part.trim()))
  if (parts.some((part) => !(part >= 0.1)))
    throw new UserError('must be seconds separated by commas, e.g. 10,30,120')
  return parts
}

/** A parser of a context, whose refusal becomes the complaint. */
function read<T>(parse: (value: string) => { kind: 'read'; value: T } | OfferRefused) {
  return (value: string): T => {
    const parsed = parse(value)
    if (parsed.kind === 'refused') throw new UserError(parsed.because)
    return parsed.value
  }
}

const setting = <T>(
  name: string,
  fallback: string | undefined,
  about: string,
  parse: (text: string) => T,
): Setting<T> => ({
  name,
  about,
  fallback,
  parse,
})

export const SETTINGS = {
  nodeEnv: setting(
    'NODE_ENV',
    'development',
    '`production` requires real secrets and refuses simulators and demo data',
    oneOf('development', 'test', 'production'),
  ),
  host: setting('HOST', '127.0.0.1', 'Address the HTTP server listens on', text),
  port: setting(
    'PORT',
    '8080',
    'Port of the API and the documentation; 0 takes any free one',
    whole(0, 65_535),
  ),
  publicUrl: setting(
    'PUBLIC_URL',
    undefined,
    'Where customers reach this server (default: the printed URL); payment providers send browsers back to it',
    url('http:', 'https:'),
  ),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    '0',
    'Number of proxies in front whose X-Forwarded-For is believed',
    whole(0, 10),
  ),
  dataDir: setting(
    'DATA_DIR',
    '.data',
    'Folder of the embedded database, generated secrets and the simulated bank',
    text,
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    undefined,
    'PostgreSQL 15 or newer to use instead of the embedded one',
    url('postgres:', 'postgresql:'),
  ),
  databasePoolSize: setting('DATABASE_POOL_SIZE', '10', 'Database connections of one process', whole(2, 500)),
  statementTimeoutMs: setting(
    'STATEMENT_TIMEOUT_MS',
    '10000',
    'A database statement longer than this is cancelled',
    whole(100, 600_000),
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    'Least level that is logged',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  ),
  logFile: setting(
    'LOG_FILE',
    undefined,
    'File for the log lines (default: standard error, or `DATA_DIR/serve.log` in a terminal)',
    text,
  ),
  demo: setting(
    'DEMO',
    undefined,
    'Demo data and accounts on an empty database: `on` or `off` (default: on with the embedded database; never in production)',
    oneOf('on', 'off'),
  ),
  bankPort: setting('BANK_PORT', '8090', 'Port of the simulated bank', whole(1, 65_535)),
  kakaopayBaseUrl: setting(
    'KAKAOPAY_BASE_URL',
    undefined,
    'KakaoPay API (default: the simulated bank, in production KakaoPay itself)',
    url('http:', 'https:'),
  ),
  kakaopaySecretKey: setting(
    'KAKAOPAY_SECRET_KEY',
    undefined,
    'Secret key of KakaoPay; required in production',
    text,
  ),
  kakaopayCid: setting('KAKAOPAY_CID', 'TC0ONETIME', 'KakaoPay merchant id for one-time payments', text),
  kakaopaySubscriptionCid: setting(
    'KAKAOPAY_SUBSCRIPTION_CID',
    'TCSUBSCRIP',
    'KakaoPay merchant id for recurring payments',
    text,
  ),
  paymentConnections: setting(
    'PAYMENT_CONNECTIONS',
    '50',
    'Calls to one payment provider at one time',
    whole(1, 5_000),
  ),
  tossBaseUrl: setting(
    'TOSS_BASE_URL',
    undefined,
    'Toss Payments API (default: the simulated bank, in production Toss itself)',
    url('http:', 'https:'),
  ),
  tossSecretKey: setting(
    'TOSS_SECRET_KEY',
    undefined,
    'Secret key of Toss Payments; without it Toss is not offered in production',
    text,
  ),
  tossClientKey: setting('TOSS_CLIENT_KEY', 'test_ck_simulated', 'Client key of Toss Payments', text),
  tossCheckoutUrl: setting(
    'TOSS_CHECKOUT_URL',
    undefined,
    'Page that opens the Toss payment window (default: the simulated bank; needed to offer Toss in production)',
    url('http:', 'https:'),
  ),
  paymentTimeoutMs: setting(
    'PAYMENT_TIMEOUT_MS',
    '30000',
    'How long an approval or charge may take before its outcome counts as unknown',
    whole(200, 120_000),
  ),
  paymentLookSeconds: setting(
    'PAYMENT_LOOK_SECONDS',
    undefined,
    'Waits between look-ups of an unknown payment, in seconds (default: 10 s growing to a day)',
    seconds,
  ),
  paymentWindowMinutes: setting(
    'PAYMENT_WINDOW_MINUTES',
    '30',
    'How long an unpaid order holds its stock',
    whole(1, 1_440),
  ),
  jwtPrivateKey: setting(
    'JWT_PRIVATE_KEY',
    undefined,
    'Ed25519 key (PEM or JWK) that signs access tokens; generated in DATA_DIR, required in production',
    text,
  ),
  openOrdersPerCustomer: setting(
    'OPEN_ORDERS_PER_CUSTOMER',
    '20',
    'Unpaid orders one customer may have at a time',
    whole(1, 1_000_000),
  ),
  paymentSettleSeconds: setting(
    'PAYMENT_SETTLE_SECONDS',
    undefined,
    'After this long without an answer, "not charged" at the provider is believed (default: what each provider needs)',
    whole(1, 604_800),
  ),
  metricsToken: setting(
    'METRICS_TOKEN',
    undefined,
    'Bearer token for `/metrics`; without it only this machine may read them, and not through a proxy',
    text,
  ),
  tokenKey: setting(
    'TOKEN_KEY',
    undefined,
    'Key (32 random bytes, base64url) that encrypts stored payment methods; generated in DATA_DIR, required in production',
    text,
  ),
  tokenSettleMinutes: setting(
    'TOKEN_SETTLE_MINUTES',
    '1440',
    'How long a recurring charge without an answer waits for signs of it at a provider that cannot find it by our reference',
    whole(0, 10_080),
  ),
  tokenUnchanged: setting(
    'TOKEN_UNCHANGED',
    'review',
    'What no sign of the charge means after that: `review` by a person, or `not_charged`',
    oneOf('review', 'not_charged'),
  ),
  notifyBy: setting(
    'NOTIFY_BY',
    'file',
    'How customers are told: `file` (into DATA_DIR/mail), `smtp` or `webhook`',
    oneOf('file', 'smtp', 'webhook'),
  ),
  mailFrom: setting('MAIL_FROM', 'Pillivery <no-reply@pillivery.example>', 'Sender of mails', text),
  smtpUrl: setting(
    'SMTP_URL',
    undefined,
    'Mail server for `NOTIFY_BY=smtp`, e.g. smtps://user:password@mail.example:465',
    text,
  ),
  webhookUrl: setting(
    'WEBHOOK_URL',
    undefined,
    'Where `NOTIFY_BY=webhook` posts; https except to this machine',
    url('http:', 'https:'),
  ),
  webhookSecret: setting(
    'WEBHOOK_SECRET',
    undefined,
    'Key of the signatures of webhook posts, 16 characters or more',
    text,
  ),
  billingConcurrency: setting(
    'BILLING_CONCURRENCY',
    '30',
    'Recurring charges on their way at once; at most 3/4 of PAYMENT_CONNECTIONS',
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
  subscriptionNoticeDays: setting(
    'SUBSCRIPTION_NOTICE_DAYS',
    '3',
    'How many days before a charge the customer is told of it; more than those of the cut-off',
    whole(2, 28),
  ),
  subscriptionRetry: setting(
    'SUBSCRIPTION_RETRY',
    JSON.stringify(defaultRetryPolicy),
    'What follows a refused charge, as JSON; fields left out keep their default',
    read(parseRetrySetting),
  ),
  subscriptionCatchUp: setting(
    'SUBSCRIPTION_CATCH_UP',
    'bill_one',
    'Deliveries missed while nothing ran: `bill_one` charges the latest only, `bill_all_spread` all, one a day',
    oneOf('bill_one', 'bill_all_spread'),
  ),
  loginPerMinute: setting(
    'LOGIN_PER_MINUTE',
    '10',
    'Login tries a minute for one address and e-mail',
    whole(1, 1_000_000),
  ),
  signUpPerMinute: setting(
    'SIGN_UP_PER_MINUTE',
    '10',
    'Sign-ups a minute from one address',
    whole(1, 1_000_000),
  ),
} as const

type Values = { [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]['parse']> }
/** Settings without a default may be missing. */
type Optional =
  | 'publicUrl'
  | 'databaseUrl'
  | 'logFile'
  | 'kakaopayBaseUrl'
  | 'kakaopaySecretKey'
  | 'paymentLookSeconds'
  | 'jwtPrivateKey'
  | 'tokenKey'
  | 'paymentSettleSeconds'
  | 'metricsToken'
  | 'demo'
  | 'smtpUrl'
  | 'webhookUrl'
  | 'webhookSecret'
  | 'tossBaseUrl'
  | 'tossSecretKey'
  | 'tossCheckoutUrl'
export type Config = Omit<Values, Optional> & { [K in Optional]?: Values[K] | undefined }

/** Never shown, not even in a complaint about it. */
const SECRET = /KEY|SECRET|TOKEN|DATABASE_URL|SMTP_URL/

/** Needed by name in production: nothing is generated or simulated there. */
const REQUIRED_IN_PRODUCTION = [
  'databaseUrl',
  'publicUrl',
  'kakaopaySecretKey',
  'jwtPrivateKey',
  'tokenKey',
] as const

/**
 * Reads the settings.
 * @throws UserError naming every setting that is wrong or missing, all at once
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [key, { name, fallback, parse }] of Object.entries(SETTINGS)) {
    const given = environment[name]
    const source = given === undefined || given === '' ? fallback : given
    if (source === undefined) continue
    try {
      values[key] = parse(source)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      problems.push(`${name}=${SECRET.test(name) ? '…' : source}: ${reason}`)
    }
  }
  if (values.nodeEnv === 'production') {
    for (const key of REQUIRED_IN_PRODUCTION) {
      if (values[key] === undefined)
        problems.push(`${SETTINGS[key].name} is required with NODE_ENV=production`)
    }
  }
  problems.push(...contradictions(values as Partial<Values>))
  if (problems.length > 0) throw new UserError(`The settings are not right:\n  ${problems.join('\n  ')}`)
  return values as Config
}

/** Settings that are right alone, but not together. */
function contradictions({ subscriptionCutOff, subscriptionNoticeDays }: Partial<Values>): string[] {
  if (!subscriptionCutOff || subscriptionNoticeDays === undefined) return []
  if (noticeLeavesTime(subscriptionNoticeDays, subscriptionCutOff)) return []
  return [
    `SUBSCRIPTION_NOTICE_DAYS=${subscriptionNoticeDays}: must be more than the ${subscriptionCutOff.daysBefore} days of SUBSCRIPTION_CUT_OFF, or customers hear of a charge when it cannot be changed any more`,
  ]
}

/** Demo data is for the laptop: never in production, and on a database of one's own only when asked for. */
export function wantsDemo(config: Config): boolean {
  if (config.nodeEnv === 'production') return false
  return config.demo === undefined ? config.databaseUrl === undefined : config.demo === 'on'
}

/** The settings as a Markdown table, for the README. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(
    ({ name, fallback, about }) =>
      `| \`${name}\` | ${fallback === undefined ? '–' : `\`${fallback}\``} | ${about} |`,
  )
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

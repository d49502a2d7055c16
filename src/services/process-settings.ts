import { isIP } from 'node:net'
import { parseServiceTokens } from '../platform/auth/service-credential.ts'
import { cipherKeys } from '../platform/cipher.ts'
import {
  guessable,
  isThisMachine,
  notOverTheNetwork,
  oneOf,
  optional,
  setting,
  text,
  url,
  type ValuesOf,
  whole,
} from '../platform/settings.ts'
import { UserError } from '../platform/user-error.ts'
import { PROCESS_ROLES, parseServices } from './names.ts'

/** An IP address (brackets of IPv6 may stay) or a name. */
export function host(value: string): string {
  const bare = value.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(bare))
    throw new UserError('must be an IP address or a host name')
  return bare
}

/** Addresses of several. */
function addresses(value: string): readonly string[] {
  const listed = value.split(',').map((one) => one.trim())
  if (!listed.every((one) => /^(\[[\da-f:]+\]|[a-z\d]([a-z\d.-]*[a-z\d])?):\d{1,5}$/i.test(one)))
    throw new UserError('must be host:port, several separated by commas')
  return listed
}

function prefix(value: string): string {
  if (!/^[a-z\d][\w-]{0,60}$/i.test(value)) throw new UserError('must be letters, digits, - and _')
  return value
}

/** Whoever may write to Redis may end the limits, and have prices shown that are none. */
function withoutPassword(value: string): string | undefined {
  const address = URL.parse(value)
  return address !== null && address.password === '' && !isThisMachine(address.hostname)
    ? 'has no password'
    : undefined
}

function share(value: string): number {
  if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(value)) throw new UserError('must be a number from 0 to 1')
  return Number(value)
}

function releaseName(value: string): string {
  if (!/^[\w.:+-]{1,100}$/.test(value)) throw new UserError('must be letters, digits and . : + - _')
  return value
}

/** Settings of any process, whichever services it hosts. */
export const PROCESS_SETTINGS = {
  nodeEnv: setting(
    'NODE_ENV',
    'development',
    '`production` requires real secrets and refuses simulators and demo data',
    oneOf('development', 'test', 'production'),
  ),
  host: setting('HOST', '127.0.0.1', 'Address the HTTP server listens on', host),
  port: setting(
    'PORT',
    '8080',
    'Port of the API and the documentation; 0 takes any free one',
    whole(0, 65_535),
  ),
  publicUrl: optional(
    'PUBLIC_URL',
    'Where customers reach this server (default: the printed URL); payment providers send browsers back to it',
    url('http:', 'https:'),
    { production: true, refuse: notOverTheNetwork },
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
  databaseUrl: optional(
    'DATABASE_URL',
    'PostgreSQL 15 or newer to use instead of the embedded one',
    url('postgres:', 'postgresql:'),
    { secret: true },
  ),
  databasePoolSize: setting('DATABASE_POOL_SIZE', '10', 'Database connections of one process', whole(2, 500)),
  databaseBrowsingPoolSize: setting(
    'DATABASE_BROWSING_POOL_SIZE',
    '4',
    'Further connections for what everybody may read (lists, searches, items); orders and payments never wait for these',
    whole(1, 500),
  ),
  statementTimeoutMs: setting(
    'STATEMENT_TIMEOUT_MS',
    '10000',
    'A database statement longer than this is cancelled; migrations may take longer',
    whole(100, 600_000),
  ),
  kafkaBrokers: optional(
    'KAFKA_BROKERS',
    'Kafka brokers (`host:port`, separated by commas) that carry events between databases; without them services that need each other’s events share one',
    addresses,
  ),
  kafkaPrefix: setting(
    'KAFKA_PREFIX',
    'pillivery',
    'Begins the names of topics, so that several installations may share a broker',
    prefix,
  ),
  redisUrl: optional(
    'REDIS_URL',
    'Redis (6.2 or newer, or Valkey), `redis://:password@host:6379` or `rediss://…`, the same in all processes: limits are counted over all of them, and what one reads others need not read again. Without it, and while it is away, each process does this for itself',
    url('redis:', 'rediss:'),
    { secret: true, refuse: withoutPassword },
  ),
  redisSentinels: optional(
    'REDIS_SENTINELS',
    'Sentinels of that Redis (`host:port`, separated by commas), with the same password: they say which one is the primary, and the host in `REDIS_URL` is the name they know it by',
    addresses,
  ),
  redisPrefix: setting(
    'REDIS_PREFIX',
    'pillivery',
    'Begins the names of keys in Redis, so that several installations may share one',
    prefix,
  ),
  eventHistoryDays: setting(
    'EVENT_HISTORY_DAYS',
    '0',
    'Days for which events are kept that every subscriber has, for those that are added later; 0 keeps all',
    whole(0, 36_500),
  ),
  requestsPerMinute: setting(
    'REQUESTS_PER_MINUTE',
    '1200',
    'Requests a minute from one address',
    whole(1, 100_000_000),
  ),
  changesPerMinute: setting(
    'CHANGES_PER_MINUTE',
    '120',
    'Orders, payments, refunds and other changes a minute of one account',
    whole(1, 100_000_000),
  ),
  requestsAtOnce: setting(
    'REQUESTS_AT_ONCE',
    '16',
    'Requests beyond mere looking around that a process always takes on at once; it finds out by itself how many more it can finish, and refuses the rest with 503',
    whole(1, 10_000),
  ),
  mostRequestsAtOnce: setting(
    'MOST_REQUESTS_AT_ONCE',
    '400',
    'And never takes on more than these',
    whole(1, 100_000),
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    'Least level that is logged',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  ),
  tracesUrl: optional(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'Where traces are sent (OpenTelemetry, OTLP over HTTP, for instance `http://alloy:4318`); without it nothing is traced',
    url('http:', 'https:'),
  ),
  tracesName: setting('OTEL_SERVICE_NAME', 'pillivery', 'What this process is called in traces', text),
  tracesShare: setting(
    'OTEL_TRACES_SAMPLER_ARG',
    '1',
    'Which share of all traces is kept, 0 to 1; the same in all processes, so that they keep the same ones',
    share,
  ),
  tracesTokens: optional(
    'TRACES_TOKEN',
    'What the gateway proves itself with to the services behind it when it says which trace a request is a part of (openssl rand -hex 32), the same there and here; it opens nothing else. Without it each service begins traces of its own, linked to those of the gateway. Several for a change: the first is sent, all are accepted',
    parseServiceTokens,
    { secret: true },
  ),
  release: optional(
    'RELEASE',
    'What is deployed, for instance commit and build; `/health/live` and `/health/ready` say it, so that a deployment sees whom it has reached',
    releaseName,
  ),
  logFile: optional(
    'LOG_FILE',
    'File for the log lines (default: standard error, or `DATA_DIR/serve.log` in a terminal)',
    text,
  ),
  services: optional('SERVICES', 'Services `serve` hosts, separated by commas (default: all)', parseServices),
  role: setting(
    'ROLE',
    'all',
    'What `serve` does for them: `api` answers requests, `worker` does the background work, `all` both',
    oneOf(...PROCESS_ROLES),
  ),
  tokenIssuer: optional(
    'TOKEN_ISSUER',
    'Who signs access tokens, the same in all processes (default: PUBLIC_URL, else the address of identity)',
    url('http:', 'https:'),
  ),
  identityUrl: optional(
    'IDENTITY_URL',
    'Where this process reaches identity, when another process hosts it',
    url('http:', 'https:'),
  ),
  shopUrl: optional(
    'SHOP_URL',
    'Where this process reaches the shop, when another process hosts it',
    url('http:', 'https:'),
  ),
  bookUrl: optional(
    'BOOK_URL',
    'Where this process reaches the catalogue of books, when another process hosts it',
    url('http:', 'https:'),
  ),
  borrowUrl: optional(
    'BORROW_URL',
    'Where this process reaches lending, when another process hosts it',
    url('http:', 'https:'),
  ),
  dashboardUrl: optional(
    'DASHBOARD_URL',
    'Where this process reaches the dashboards of readers, when another process hosts them',
    url('http:', 'https:'),
  ),
  notificationsUrl: optional(
    'NOTIFICATIONS_URL',
    'Where this process reaches the messages to customers, when another process hosts them',
    url('http:', 'https:'),
  ),
  serviceTokens: optional(
    'SERVICE_TOKEN',
    'What services in separate processes prove themselves with to one another (openssl rand -hex 32); several for a change: the first is sent, all are accepted',
    parseServiceTokens,
    { secret: true },
  ),
  auditKey: optional(
    'AUDIT_KEY',
    'Key (32 random bytes, base64url) by which the audit marks the e-mails and phones operators have looked for, so that nobody can try which they were; the same in all processes. Generated in DATA_DIR, but not in production: without it there the audit says only that something was looked for',
    cipherKeys,
    { secret: true },
  ),
  metricsToken: optional(
    'METRICS_TOKEN',
    'Bearer token for `/metrics`; without it they are closed in production, and elsewhere only this machine may read them, and not through a proxy',
    text,
    { secret: true, refuse: guessable },
  ),
  demo: optional(
    'DEMO',
    'Demo data and accounts on an empty database: `on` or `off` (default: on with the embedded database; never in production)',
    oneOf('on', 'off'),
    { refuse: (value) => (value === 'on' ? 'passwords of demo accounts are known to everybody' : undefined) },
  ),
  demoPurchases: setting(
    'DEMO_PURCHASES',
    'on',
    'With the demo: people buy, review and subscribe at the first start, `on` or `off`',
    oneOf('on', 'off'),
  ),
} as const

export type ProcessSettings = ValuesOf<typeof PROCESS_SETTINGS>

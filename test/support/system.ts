import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { startBank } from '../../simulators/bank/server.ts'
import { type RunningSocial, SIMULATED_CLIENT, startSocial } from '../../simulators/social/server.ts'
import { serve } from '../../src/cli/serve.ts'
import { loadOrCreateKeyPair } from '../../src/identity/index.ts'
import { createIssuer } from '../../src/identity/sessions/issue-token.ts'
import type { Actor } from '../../src/platform/http/actor.ts'
import { createLog, logFile } from '../../src/platform/telemetry/log.ts'
import { businessDate, type Clock, systemClock } from '../../src/platform/time/clock.ts'
import { openRuntime, type Runtime } from '../../src/runtime.ts'
import { readConfig } from '../../src/services/config.ts'
import type { Faces, ServiceName } from '../../src/services/index.ts'
import { type Api, createApi } from './api.ts'
import { type Bank, createBank } from './bank.ts'
import { type Contract, readContract } from './contract.ts'
import { emptyDatabase } from './database.ts'
import { type MovableClock, movableClock, sharedClock } from './forms/ahead.ts'
import { type Form, formOfRun, startBalancer, startProcesses } from './forms/forms.ts'
import { redisOfRun } from './forms/redis-of-run.ts'
import { startServices } from './forms/services.ts'
import { openVisits } from './visits.ts'

/** Everything a customer meets, in this process: the server, its database and its bank. */
export interface System {
  url: string
  /** Folder of the generated secrets. */
  dataDir: string
  databaseUrl: string
  /** Where a service keeps its data: its own database in the form `services`, else the one of all. */
  databaseOf(service: ServiceName): string
  bank: Bank
  /** The login providers, where they were asked for. */
  social: RunningSocial | undefined
  contract: Contract
  /** For arranging what cannot be arranged over HTTP, e.g. a merchant's account. */
  services: Pick<Faces, 'identity' | 'notifications' | 'book' | 'borrow' | 'dashboard'> & Faces['shop']
  /** The server's time. */
  now(): Temporal.Instant
  /** Time goes on by so much at once, for the server alone. */
  skip(duration: Temporal.DurationLike): void
  /** An access token signed with the server's own key, as if issued at `issuedAt`; for people without an account. */
  token(actor: Actor, issuedAt?: Temporal.Instant): Promise<string>
  /** A client of the caller with this access token, or of nobody. */
  api(token?: string): Api
  /** Values of one metric by its labels as written, e.g. `{provider="kakaopay",operation="checkout"}`. */
  metric(name: string): Promise<Map<string, number>>
  /** Stops everything and drops the database; nothing is left running. */
  stop(): Promise<void>
}

export interface SystemOptions {
  /** Demo data and accounts. Default off: tests bring the items they need. */
  demo?: boolean
  /** Whether Google, Kakao and Naver are played, and offered for logins. Default no. */
  social?: boolean
  /** Whether Toss Payments is offered beside KakaoPay, played by the same bank. Default no. */
  toss?: boolean
  /** `manual` lets `bank.skip` move the bank's time. Default real. */
  bankClock?: 'real' | 'manual'
  /** Environment variables of the server, over the defaults of tests. */
  settings?: Readonly<Record<string, string>>
}

const TEST_SETTINGS = {
  NODE_ENV: 'test',
  SOCIAL_PORT: '0',
  REGISTER_PORT: '0',
  DELIVERY_FEE: '0',
  PORT: '0',
  LOG_LEVEL: 'silent',
  KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
  KAKAOPAY_SETTLEMENT_PATH: '/kakaopay/settlement',
  LOGIN_PER_MINUTE: '100000',
  REQUESTS_PER_MINUTE: '1000000',
  CHANGES_PER_MINUTE: '1000000',
  // Races are to be run in the database, and not to end at the door.
  REQUESTS_AT_ONCE: '1000',
  OPEN_ORDERS_PER_CUSTOMER: '1000',
  SIGN_UP_PER_MINUTE: '100000',
}

function tossSettings(bankUrl: string) {
  return {
    TOSS_BASE_URL: bankUrl,
    TOSS_SECRET_KEY: 'test_sk_simulated',
    TOSS_CHECKOUT_URL: `${bankUrl}/toss/checkout`,
  }
}

/** Starts a whole system on free ports and an empty database of its own. */
export async function startSystem({
  demo = false,
  social: playsSocial = false,
  toss: offersToss = false,
  bankClock = 'real',
  settings = {},
}: SystemOptions = {}): Promise<System> {
  const closing: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'pillivery-system-'))
    closing.push(() => rm(dataDir, { recursive: true, force: true }))
    const form = formOfRun()
    const database = form === 'services' ? undefined : await emptyDatabase()
    if (database) closing.push(database.drop)
    const bank = await startBank({ data: join(dataDir, 'bank'), clock: bankClock })
    closing.push(bank.close)
    const redis = await redisOfRun()
    if (redis) closing.push(redis.stop)
    const social = playsSocial ? await startSocial() : undefined
    if (social) closing.push(social.close)
    const environment = {
      ...TEST_SETTINGS,
      DATA_DIR: dataDir,
      ...(database ? { DATABASE_URL: database.url } : {}),
      KAKAOPAY_BASE_URL: bank.url,
      DEMO: demo ? 'on' : 'off',
      ...(redis ? { REDIS_URL: redis.url } : {}),
      ...(social ? socialSettings(social.url) : {}),
      ...(offersToss ? tossSettings(bank.url) : {}),
      ...settings,
    }
    const { clock, settings: clockSettings } = clockIn(form, dataDir)
    const server = await startIn(form, { ...environment, ...clockSettings }, clock)
    closing.push(server.stop)
    const keys = await loadOrCreateKeyPair(join(dataDir, 'secrets'))
    const contract = await readContract(server.url)
    const visits = openVisits(inject('visitsFile'))
    visits.documented(contract.operations.map(({ operationId }) => operationId))
    return {
      url: server.url,
      dataDir,
      databaseUrl: database?.url ?? server.databaseOf('shop'),
      databaseOf: server.databaseOf,
      bank: createBank(bank.url),
      social,
      contract,
      services: {
        identity: server.service('identity'),
        notifications: server.service('notifications'),
        book: server.service('book'),
        borrow: server.service('borrow'),
        dashboard: server.service('dashboard'),
        ...server.service('shop'),
      },
      now: clock.now,
      skip: clock.skip,
      token: (actor, issuedAt = clock.now()) => {
        const stopped = { now: () => issuedAt, today: () => businessDate(issuedAt) }
        const scope = { issuer: server.url, audience: 'pillivery' }
        return createIssuer({ keys, clock: stopped, ...scope })(actor)
      },
      api: (token) => createApi({ baseUrl: server.url, contract, visits, token }),
      metric: (name) => readMetric(server.url, name),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Login providers as settings know them. */
function socialSettings(url: string): Record<string, string> {
  const of = (name: string) => ({
    [`${name.toUpperCase()}_CLIENT_ID`]: SIMULATED_CLIENT.id,
    [`${name.toUpperCase()}_CLIENT_SECRET`]: SIMULATED_CLIENT.secret,
    [`${name.toUpperCase()}_ISSUER`]: `${url}/${name}`,
  })
  return {
    ...of('google'),
    ...of('kakao'),
    ...of('naver'),
    KAKAO_PROFILE_URL: `${url}/kakao/v2/user/me`,
    KAKAO_ADMIN_KEY: KAKAO_ADMIN_KEY,
    NAVER_PROFILE_URL: `${url}/naver/v1/nid/me`,
  }
}

/** With which Kakao proves itself in tests. */
export const KAKAO_ADMIN_KEY = 'kakao-admin-key-of-tests'

export interface Running {
  url: string
  /** For arranging what cannot be arranged over HTTP. */
  service: Runtime['service']
  databaseOf(service: ServiceName): string
  stop(): Promise<void>
}

function startIn(form: Form, environment: Readonly<Record<string, string>>, clock: Clock): Promise<Running> {
  switch (form) {
    case 'one':
      return startHere(environment, clock)
    case 'services':
      return startServices(environment, clock)
    default:
      return startApart(form, environment)
  }
}

async function startHere(environment: Readonly<Record<string, string>>, clock: Clock): Promise<Running> {
  const config = readConfig(environment)
  const destination = config.logFile === undefined ? undefined : logFile(config.logFile)
  const log = createLog(config.logLevel, destination)
  const { url, runtime, stop } = await serve({ config, log, say: () => {}, clock })
  return { url, service: runtime.service, databaseOf: () => environment.DATABASE_URL ?? '', stop }
}

/** In processes of their own; a runtime here arranges what cannot be arranged over HTTP, and does nothing by itself. */
async function startApart(
  form: 'api+worker' | 'pairs',
  environment: Readonly<Record<string, string>>,
): Promise<Running> {
  const balancer = await startBalancer()
  const settings = { ...environment, PUBLIC_URL: balancer.url, LOG_LEVEL: 'warn' }
  const config = readConfig(settings)
  const options = { config, log: createLog('silent'), owner: false, publicUrl: balancer.url }
  const runtime = await openRuntime(options)
  try {
    if (environment.DEMO === 'on') for (const service of runtime.hosted) await service.fillDemo?.(() => {})
    const processes = await startProcesses(form, balancer, settings)
    return {
      url: processes.url,
      service: runtime.service,
      databaseOf: () => environment.DATABASE_URL ?? '',
      stop: async () => {
        await processes.stop()
        await runtime.close()
      },
    }
  } catch (error) {
    await runtime.close()
    throw error
  }
}

/** The time of a system, and what its processes must be told to have it. */
function clockIn(form: Form, folder: string): ReturnType<typeof sharedClock> {
  switch (form) {
    case 'one':
      return { clock: movableClock(), settings: {} }
    case 'services':
      return sharedClock(folder)
    default:
      return { clock: realClock(), settings: {} }
  }
}

function realClock(): MovableClock {
  return {
    ...systemClock,
    skip: () => {
      throw new Error('the time of these processes stands with the machine: skip this test in this form')
    },
  }
}

/** Whether this run has the server in this process: only then one can reach into it. */
export const inOneProcess = formOfRun() === 'one'

/** Reads one metric of a server, by its labels as written. */
export async function readMetric(baseUrl: string, name: string): Promise<Map<string, number>> {
  const response = await fetch(`${baseUrl}/metrics`)
  const text = await response.text()
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line): [string, number] => {
      const end = line.lastIndexOf(' ')
      return [line.slice(name.length, end), Number(line.slice(end + 1))]
    })
  return new Map(values)
}

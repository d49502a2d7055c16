import type { FastifyRequest } from 'fastify'
import type { Cipher } from '../../platform/cipher.ts'
import type { Db } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import type { Commands } from '../../platform/jobs/commands.ts'
import type { Won } from '../../platform/money.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { Payable } from './payable.ts'
import type { PaymentProvider, ProviderName } from './provider.ts'

export interface PaymentSettings {
  /** Where customers reach us; return addresses are built on it. No trailing slash. */
  publicUrl: string
  /** Waits between look-ups of an unknown outcome, in seconds. */
  lookDelaysSeconds: readonly number[]
  /** Charges by token of providers that cannot find a charge by our reference: how long evidence may lag behind. */
  tokenSettleWindow: Temporal.Duration
  /** What unchanged evidence means after that: a person must look, or it was not charged. */
  unchangedEvidence: 'review' | 'not_charged'
  /** About more money than this no operator decides alone. */
  aloneUpTo: Won
  /** Hour in Seoul by which, on the next working day, the table of a provider without a list should have been brought. */
  settlementTableHour: number
}

/** Where browsers go after their return from a provider: addresses of pages that show what came of it. */
export interface ResultPages {
  payment(request: FastifyRequest, returned: { id: string; returnKey: string }): string
  registration(request: FastifyRequest, returned: { id: string; returnKey: string }): string
  /** Who is signed in in this browser. */
  visitor(request: FastifyRequest): Promise<Actor | undefined>
  /** Where somebody signs in, and comes back to this very address. */
  signIn(request: FastifyRequest): string
}

/** What payments need of the world. */
export interface PaymentsDeps {
  db: Db
  clock: Clock
  log: Logger
  providers: ReadonlyMap<ProviderName, PaymentProvider>
  payable: Payable
  enqueue: Commands['enqueue']
  /** Undefined where this process has no such pages: browsers are then told in plain words. */
  resultPages: ResultPages | undefined
  /** Encrypts stored tokens. */
  cipher: Cipher
  /** 0 ≤ n < 1, for jitter. */
  random(): number
  settings: PaymentSettings
}

/** The adapter of a provider that rows name. A row of a provider that is not configured is a deployment error. */
export function providerOf(deps: Pick<PaymentsDeps, 'providers'>, name: ProviderName): PaymentProvider {
  const provider = deps.providers.get(name)
  if (!provider) throw new Error(`the payment provider ${name} is not configured`)
  return provider
}

/**
 * How long after its sending an attempt may still turn out to have been charged. Where the provider cannot find a
 * charge by token, only later evidence can tell, and that may lag further behind.
 */
export function settleWindowOf(
  deps: Pick<PaymentsDeps, 'providers' | 'settings'>,
  attempt: { provider: ProviderName; origin: 'checkout' | 'token' },
): Temporal.Duration {
  const { lookupByMerchantRef, settleWindow } = providerOf(deps, attempt.provider).capabilities
  return attempt.origin === 'token' && !lookupByMerchantRef ? deps.settings.tokenSettleWindow : settleWindow
}

/** The providers whose breaker refuses look-ups now: asking them is no use. */
export function providersNotAsked({ providers }: Pick<PaymentsDeps, 'providers'>): ProviderName[] {
  return [...providers.values()].filter((one) => one.breakers().lookup === 'open').map(({ name }) => name)
}

/** Beyond the provider's own time limit, for the answer to be stored before anybody calls it lost. */
const LEASE_MARGIN_MS = 10_000

/** Until when a call to a provider belongs to who makes it: its timeout, and a margin. */
export function leaseUntil(now: Temporal.Instant, timeoutMs: number): Temporal.Instant {
  return now.add({ milliseconds: timeoutMs + LEASE_MARGIN_MS })
}

/** ± 20 %, so that many look-ups that failed together do not come back together. */
export function withJitter(seconds: number, random: () => number): { milliseconds: number } {
  return { milliseconds: Math.round(seconds * 1_000 * (0.8 + 0.4 * random())) }
}

import type { BreakerSettings, BreakerState } from '../../../platform/resilience/breaker.ts'
import { createGuard, type Guard } from '../../../platform/resilience/guard.ts'
import { createOutboundHttp, type OutboundRequest } from '../../../platform/resilience/outbound-http.ts'
import { retrySafely } from '../../../platform/resilience/safe-retry.ts'
import { type Verdict, type WireResult, wireVerdict } from '../../../platform/resilience/wire.ts'
import { inSpan } from '../../../platform/telemetry/in-span.ts'
import type { ProviderName } from '../provider.ts'

/** What is guarded apart: each has its own breaker and its own share of the connections. */
export type Operation =
  | 'checkout'
  | 'complete'
  | 'charge'
  | 'refund'
  | 'lookup'
  | 'list'
  | 'revoke'
  | 'receipt'

export const OPERATIONS: readonly Operation[] = [
  'checkout',
  'complete',
  'charge',
  'refund',
  'lookup',
  'list',
  'revoke',
  'receipt',
]

/** Told once per operation of a provider, with what came of it. Must not throw. */
export type Observe = (
  operation: Operation,
  outcome: Readonly<{ kind: string; reason?: string }>,
  durationMs: number,
) => void

/** What the adapters of all providers may be given beside their own keys. */
export interface LineOptions {
  /** Size of the provider's connection pool. */
  maxConnections: number
  observe: Observe
  /** Told after each change of a breaker; must not throw. */
  onBreakerChange?: (change: Readonly<{ name: string; state: BreakerState }>) => void
  /** Default: the payment providers' breaker. */
  breaker?: BreakerSettings
  /** Epoch milliseconds of the real clock (sockets follow no other). Default `Date.now`. */
  now?: () => number
}

export interface LineSettings extends LineOptions {
  name: ProviderName
  /** Origin of the API. */
  baseUrl: string
  /** Sent with every request, e.g. the authorization. */
  headers: Readonly<Record<string, string>>
  /** Longest time for each operation, whatever the caller's deadline. */
  timeoutMs: (operation: Operation) => number
  /** What a result says about the provider's health. */
  verdict: (result: WireResult) => Verdict
}

/** A wire result with the time the caller waited for it, queues and retries included. */
export interface Reply {
  result: WireResult
  durationMs: number
}

export interface Line {
  /**
   * Sends one request within the deadline (epoch milliseconds). Repeats it, up to three tries, only when it surely
   * never left, or when it is a look-up. Never rejects for anything the network does.
   */
  send(
    operation: Operation,
    request: Omit<OutboundRequest, 'deadline' | 'signal'>,
    deadline: number,
  ): Promise<Reply>
  /** Runs an operation and reports what came of it to `observe`. */
  observed<T extends Readonly<{ kind: string; reason?: string }>>(
    operation: Operation,
    run: () => Promise<T>,
  ): Promise<T>
  breakers(): Readonly<Record<Operation, BreakerState>>
  stop(): Promise<void>
}

/** The connection to one provider: one pool for all operations, one guard for each. */
export function createLine(settings: LineSettings): Line {
  const { maxConnections, now = Date.now } = settings
  const http = createOutboundHttp({
    baseUrl: settings.baseUrl,
    maxSockets: maxConnections,
    acquireTimeoutMs: 3_000,
    headers: settings.headers,
    now,
  })
  // One operation that hangs never takes the whole pool: a quarter is left to the others (look-ups above all).
  const limit = Math.max(1, maxConnections - Math.floor(maxConnections / 4))
  const guardOf = (operation: Operation): Guard<WireResult> =>
    createGuard<WireResult>({
      name: `${settings.name}.${operation}`,
      limit,
      acquireTimeoutMs: 3_000,
      // A list is a table or an array, which no other answer is: its breaker goes by the status alone.
      classify: operation === 'list' ? wireVerdict : settings.verdict,
      now,
      ...(settings.breaker === undefined ? {} : { breaker: settings.breaker }),
      ...(settings.onBreakerChange === undefined ? {} : { onStateChange: settings.onBreakerChange }),
    })
  const guards: Readonly<Record<Operation, Guard<WireResult>>> = {
    checkout: guardOf('checkout'),
    complete: guardOf('complete'),
    charge: guardOf('charge'),
    refund: guardOf('refund'),
    lookup: guardOf('lookup'),
    list: guardOf('list'),
    revoke: guardOf('revoke'),
    receipt: guardOf('receipt'),
  }

  /** Once the open time is over the breaker waits for somebody to try; whoever asks must not wait for it in turn. */
  const stateOf = (operation: Operation): BreakerState => {
    const { state, retryAfterMs } = guards[operation].stateOf()
    return state === 'open' && retryAfterMs === 0 ? 'half_open' : state
  }

  return {
    async send(operation, request, callerDeadline) {
      const startedAt = performance.now()
      const deadline = Math.min(callerDeadline, now() + settings.timeoutMs(operation))
      const result = await retrySafely(
        () => guards[operation].run((signal) => http.request({ ...request, deadline, signal }), { deadline }),
        { idempotent: operation === 'lookup' || operation === 'list', deadline, now },
      )
      return { result, durationMs: Math.round(performance.now() - startedAt) }
    },

    async observed(operation, run) {
      const startedAt = performance.now()
      const about = { kind: 'client', attributes: { 'peer.service': settings.name } } as const
      const outcome = await inSpan(`${settings.name}.${operation}`, about, async (span) => {
        const came = await run()
        span?.set({ outcome: came.kind })
        return came
      })
      const { kind, reason } = outcome
      settings.observe(
        operation,
        reason === undefined ? { kind } : { kind, reason },
        performance.now() - startedAt,
      )
      return outcome
    },

    breakers: () => ({
      checkout: stateOf('checkout'),
      complete: stateOf('complete'),
      charge: stateOf('charge'),
      refund: stateOf('refund'),
      lookup: stateOf('lookup'),
      list: stateOf('list'),
      revoke: stateOf('revoke'),
      receipt: stateOf('receipt'),
    }),

    async stop() {
      for (const operation of OPERATIONS) guards[operation].stop()
      await http.close()
    },
  }
}

import { bulkhead } from 'cockatiel'
import { type BreakerSettings, type BreakerState, createBreaker, PAYMENT_BREAKER } from './breaker.ts'
import { MAX_TIMER_MS } from './timer.ts'
import type { NotSent, Verdict } from './wire.ts'

export type GuardOptions<T> = Readonly<{
  /** What is guarded, provider and operation, e.g. `kakaopay.charge`; the label of its metrics. */
  name: string
  /** How many calls may run at a time. */
  limit: number
  /** Longest wait for one of them to end, then `not_sent: bulkhead_full`. Default 3,000 ms. */
  acquireTimeoutMs?: number
  /** Default {@link PAYMENT_BREAKER}. */
  breaker?: BreakerSettings
  /** What a result says about the other side's health. Pure. A call that throws counts as a failure. */
  classify: (result: T) => Verdict
  /** Told after each change of the breaker, for metrics and logs; must not throw. */
  onStateChange?: (change: Readonly<{ name: string; state: BreakerState }>) => void
  /** Epoch milliseconds of the real clock, for deadlines. Default `Date.now`. */
  now?: () => number
  /** Milliseconds of a clock that never steps back, for the open time. Default `performance.now`. */
  monotonicNow?: () => number
}>

export type RunOptions = Readonly<{
  /** When to give up, waiting included; epoch milliseconds of the real clock. */
  deadline: number
  /** Lets the caller give up earlier. */
  signal?: AbortSignal
}>

export type GuardSnapshot = Readonly<{
  name: string
  state: BreakerState
  running: number
  waiting: number
  /** Milliseconds until a call may be tried; 0 when it may now. */
  retryAfterMs: number
}>

export type Guard<T> = Readonly<{
  /**
   * Makes the call if the breaker, the limit and the deadline allow it. The signal given to the call aborts at the
   * deadline; the call must then end soon by itself: its result is always awaited, because only the call knows
   * whether it had been sent. Refusals: `not_sent` with `breaker_open` (at once, with `retryAfterMs`),
   * `bulkhead_full`, or `aborted_before_send` (deadline passed, caller gave up, guard stopped).
   */
  run(call: (signal: AbortSignal) => Promise<T>, options: RunOptions): Promise<T | NotSent>
  state(): BreakerState
  stateOf(): GuardSnapshot
  /** Refuses new and waiting calls from now on; running ones end by themselves. */
  stop(): void
}>

/** Guards one operation of one provider: circuit breaker, limit of concurrent calls, deadline. Never retries. */
export function createGuard<T>(options: GuardOptions<T>): Guard<T> {
  const { name, limit, acquireTimeoutMs = 3_000, classify, now = Date.now } = options
  const monotonicNow = options.monotonicNow ?? (() => performance.now())
  const breaker = createBreaker(options.breaker ?? PAYMENT_BREAKER, monotonicNow, (state) =>
    options.onStateChange?.({ name, state }),
  )
  // The queue has no length of its own: waiting time bounds it.
  const slots = bulkhead(limit, Number.POSITIVE_INFINITY)
  const stopping = new AbortController()
  let waiting = 0

  function refusalNow({ deadline, signal }: RunOptions): NotSent | undefined {
    if (stopping.signal.aborted || signal?.aborted === true || deadline <= now()) return ABORTED
    const refused = breaker.refusal()
    return refused && { kind: 'not_sent', reason: 'breaker_open', ...refused }
  }

  async function run(call: (signal: AbortSignal) => Promise<T>, run: RunOptions): Promise<T | NotSent> {
    const refused = refusalNow(run)
    if (refused !== undefined) return refused
    const patience = new AbortController()
    let entered = () => {}
    let inside = false
    const turn = slots.execute(() => {
      inside = true
      entered()
      return callNow(call, run)
    }, patience.signal)
    if (inside) return turn

    waiting += 1
    const gaveUp = Promise.withResolvers<NotSent>()
    const leave = (why: NotSent) => {
      entered()
      // The dead entry stays in cockatiel's queue until a slot gets free, and is skipped there.
      patience.abort()
      gaveUp.resolve(why)
    }
    const abort = () => leave(ABORTED)
    const remainingMs = run.deadline - now()
    const timer =
      remainingMs < acquireTimeoutMs
        ? setTimeout(abort, remainingMs)
        : setTimeout(() => leave({ kind: 'not_sent', reason: 'bulkhead_full' }), acquireTimeoutMs)
    run.signal?.addEventListener('abort', abort)
    stopping.signal.addEventListener('abort', abort)
    entered = () => {
      entered = () => {}
      waiting -= 1
      clearTimeout(timer)
      run.signal?.removeEventListener('abort', abort)
      stopping.signal.removeEventListener('abort', abort)
    }
    return Promise.race([turn, gaveUp.promise])
  }

  async function callNow(call: (signal: AbortSignal) => Promise<T>, run: RunOptions): Promise<T | NotSent> {
    const refused = refusalNow(run)
    if (refused !== undefined) return refused
    const admission = breaker.admit()
    if (admission.kind === 'refused') {
      return { kind: 'not_sent', reason: 'breaker_open', retryAfterMs: admission.retryAfterMs }
    }
    const budget = new AbortController()
    const abort = () => budget.abort()
    const timer = setTimeout(abort, Math.min(run.deadline - now(), MAX_TIMER_MS))
    run.signal?.addEventListener('abort', abort)
    let verdict: Verdict = 'failure'
    try {
      const result = await call(budget.signal)
      verdict = 'neutral'
      verdict = classify(result)
      return result
    } finally {
      clearTimeout(timer)
      run.signal?.removeEventListener('abort', abort)
      await admission.report(verdict)
    }
  }

  return {
    run,
    state: breaker.state,
    stateOf: () => ({
      name,
      state: breaker.state(),
      running: limit - slots.executionSlots,
      waiting,
      retryAfterMs: breaker.refusal()?.retryAfterMs ?? 0,
    }),
    stop: () => stopping.abort(),
  }
}

const ABORTED: NotSent = { kind: 'not_sent', reason: 'aborted_before_send' }

import { CircuitState, CountBreaker, circuitBreaker, handleWhenResult } from 'cockatiel'
import type { Verdict } from './wire.ts'

export type BreakerState = 'closed' | 'open' | 'half_open'

export type BreakerSettings = Readonly<{
  /** How many of the latest calls are looked at. */
  window: number
  /** Below this many calls in the window it never opens. */
  minimumCalls: number
  /** Opens when this share of the window, or more, failed (0–1). */
  failureRatio: number
  /** How long it stays open before trials are let through, in milliseconds. */
  openMs: number
  /** How many trials decide whether it closes again. */
  halfOpenTrials: number
}>

/** The payment providers' breaker: 75 % of the last 40 calls, at least 20; 10 s open; 10 trials. */
export const PAYMENT_BREAKER: BreakerSettings = {
  window: 40,
  minimumCalls: 20,
  failureRatio: 0.75,
  openMs: 10_000,
  halfOpenTrials: 10,
}

export type Admission =
  | Readonly<{
      kind: 'admitted'
      /** Tells the outcome; to be called exactly once. Resolves when the breaker has taken note. */
      report(verdict: Verdict): Promise<void>
    }>
  | Readonly<{ kind: 'refused'; retryAfterMs: number }>

export type Breaker = Readonly<{
  /** Asks to make a call now. Decided synchronously. */
  admit(): Admission
  /** The refusal `admit` would give now, without taking a trial; undefined when it would admit. */
  refusal(): Readonly<{ retryAfterMs: number }> | undefined
  state(): BreakerState
}>

/** A trial whose call taught nothing hands its place to the next call. */
type Place = { epoch: number; verdict: PromiseWithResolvers<Verdict>; recorded: Promise<void> }

const NOTHING_LEARNED = new Error('this call says nothing about the other side')
/** While trials run nobody knows when they end; callers are asked to look again soon. */
const TRIALS_RUNNING_RETRY_MS = 1_000
/** cockatiel opens above its threshold, ours opens at it. Far smaller than one call's share of any window. */
const EPSILON = 1e-9

/**
 * A count-based circuit breaker on cockatiel's, which is fed verdicts instead of the calls themselves. Around it:
 * - half-open refuses at once when all trials are taken (cockatiel lets further calls wait without limit);
 * - a neutral trial gives its place to the next call (cockatiel counts it as a success);
 * - a call begun before a state change has no say after it: the time-outs of the outage, arriving 30 s later, must
 *   not reopen a breaker that is being tried (cockatiel would count them);
 * - the open time runs on a monotonic clock, so a corrected wall clock can not hold it open.
 * @param monotonicNow milliseconds of a clock that never steps back
 * @param onStateChange told after each change; must not throw
 */
export function createBreaker(
  settings: BreakerSettings,
  monotonicNow: () => number,
  onStateChange: (state: BreakerState) => void = () => {},
): Breaker {
  const window = new CountBreaker({
    size: settings.window,
    minimumNumberOfCalls: settings.minimumCalls,
    threshold: settings.failureRatio - EPSILON,
  })
  let epoch = 0
  let openedAt = 0
  let trialsTaken = 0
  let freePlaces: Place[] = []

  const stillOpenMs = () => Math.max(0, openedAt + settings.openMs - monotonicNow())
  // cockatiel compares this "duration" with its own wall-clock age at every call: never or always enough.
  const openTime = {
    get duration() {
      return stillOpenMs() > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    },
    next: () => openTime,
  }
  const policy = circuitBreaker(
    handleWhenResult((verdict) => verdict === 'failure'),
    {
      breaker: window,
      halfOpenAfter: openTime,
      halfOpenSampling: { calls: settings.halfOpenTrials, threshold: settings.failureRatio - EPSILON },
    },
  )
  policy.onStateChange((state) => {
    epoch += 1
    trialsTaken = 0
    for (const place of freePlaces) place.verdict.reject(NOTHING_LEARNED)
    freePlaces = []
    if (state === CircuitState.Open) openedAt = monotonicNow()
    onStateChange(nameOf(state))
  })

  function refusal(): { retryAfterMs: number } | undefined {
    if (policy.state === CircuitState.Open && stillOpenMs() > 0)
      return { retryAfterMs: Math.ceil(stillOpenMs()) }
    if (policy.state !== CircuitState.HalfOpen) return undefined
    const full = trialsTaken >= settings.halfOpenTrials && freePlaces.length === 0
    return full ? { retryAfterMs: Math.min(settings.openMs, TRIALS_RUNNING_RETRY_MS) } : undefined
  }

  function takePlace(): Place {
    const free = freePlaces.pop()
    if (free !== undefined) return free
    const verdict = Promise.withResolvers<Verdict>()
    // Runs up to the wait for the verdict synchronously, moving from open to half-open where it is time.
    const recorded = policy.execute(() => verdict.promise).then(ignore, ignore)
    if (policy.state === CircuitState.HalfOpen) trialsTaken += 1
    return { epoch, verdict, recorded }
  }

  return {
    refusal,
    state: () => nameOf(policy.state),
    admit() {
      const refused = refusal()
      if (refused !== undefined) return { kind: 'refused', ...refused }
      const place = takePlace()
      const report = async (verdict: Verdict) => {
        const current = place.epoch === epoch
        if (current && verdict === 'neutral' && policy.state === CircuitState.HalfOpen) {
          freePlaces.push(place)
          return
        }
        if (current && verdict !== 'neutral') place.verdict.resolve(verdict)
        else place.verdict.reject(NOTHING_LEARNED)
        await place.recorded
      }
      return { kind: 'admitted', report }
    },
  }
}

function ignore(): void {}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed'
  return state === CircuitState.HalfOpen ? 'half_open' : 'open'
}

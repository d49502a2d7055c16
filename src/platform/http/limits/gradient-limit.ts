/**
 * How many requests a process takes on at once, learned from how long they take. The rule is the gradient controller of
 * Envoy's adaptive concurrency filter and of Netflix' concurrency-limits, whose ancestor is TCP Vegas (Brakmo and
 * Peterson, 1995): answers that take longer than they do with nobody waiting say that requests wait for one another, and
 * more of them at once would only wait longer.
 */

/** What a route takes, in milliseconds. */
export interface Pace {
  /** Of late: a moving average. */
  readonly typicalMs: number
  /** With nobody waiting, as far as that is known. */
  readonly normalMs: number
}

/** Weight of a new request in what is typical, and of what is typical in what is normal. */
const TYPICAL_WEIGHT = 1 / 8
const NORMAL_WEIGHT = 1 / 256

/**
 * What is known of a route's pace after one more request. Normal falls to what is typical at once and rises slowly, and
 * only while there is room: what is measured under pressure is never taken for normal, however long it lasts. Where load
 * leaves no room for long, normal is measured anew ({@link paceMeasured}).
 * @param pressed whether the request shared the process with about as many as it takes on
 */
export function paceAfter(pace: Pace | undefined, ms: number, pressed: boolean): Pace {
  if (pace === undefined) return { typicalMs: ms, normalMs: ms }
  const typicalMs = pace.typicalMs + (ms - pace.typicalMs) * TYPICAL_WEIGHT
  if (typicalMs <= pace.normalMs) return { typicalMs, normalMs: typicalMs }
  const normalMs = pressed ? pace.normalMs : pace.normalMs + (typicalMs - pace.normalMs) * NORMAL_WEIGHT
  return { typicalMs, normalMs }
}

/** Weight of one request in what is normal while it is measured anew. */
const MEASURED_WEIGHT = 1 / 8

/** What is known of a route's pace after a request of a time in which normal is measured anew: what it took is normal. */
export function paceMeasured(pace: Pace | undefined, ms: number): Pace {
  if (pace === undefined) return { typicalMs: ms, normalMs: ms }
  const typicalMs = pace.typicalMs + (ms - pace.typicalMs) * TYPICAL_WEIGHT
  const normalMs = pace.normalMs + (ms - pace.normalMs) * MEASURED_WEIGHT
  return { typicalMs, normalMs: Math.min(typicalMs, normalMs) }
}

/** Nothing is called slow for what the clock and the event loop add to an answer that takes next to nothing. */
const LEAST_NORMAL_MS = 5

/** How many times as long as normal a request took: one measure for routes that take a millisecond and a second. */
export function slowdownOf(ms: number, pace: Pace): number {
  return ms / Math.max(pace.normalMs, LEAST_NORMAL_MS)
}

export interface LimitRange {
  /** Never fewer, however slow everything is: a crowd of that size is never refused. */
  readonly floor: number
  readonly ceiling: number
}

/** Answers may take so many times as long as normal before fewer requests are taken on. */
const TOLERANCE = 2
/** One window at most halves the limit: a pause of the machine is no reason to refuse everybody. */
const LEAST_GRADIENT = 0.5

/**
 * The limit for the next window: in proportion less while answers are slower than tolerated, and always the square root
 * more, so that it is found out when more can be done. It settles where answers take a little over twice as long as
 * normal, whatever the machine.
 * @param window the middle slowdown in it, and the most requests at once; a limit that was not half used stays
 */
export function nextLimit(
  limit: number,
  window: { readonly slowdown: number; readonly peak: number },
  { floor, ceiling }: LimitRange,
): number {
  if (window.peak < limit / 2) return limit
  const gradient = Math.max(LEAST_GRADIENT, Math.min(1, TOLERANCE / window.slowdown))
  return Math.max(floor, Math.min(ceiling, limit * gradient + Math.sqrt(limit)))
}

export interface QueueRule {
  /** Requests that may wait. */
  readonly room: number
  /** How long one may wait, in milliseconds; then it is refused and not served late. */
  readonly ageMs: number
}

/** A burst is worked off; what stands longer than this is no burst. */
const BURST_MS = 100
const BURST: QueueRule = { room: 200, ageMs: 3_000 }
const LEAST_STANDING_AGE_MS = 30
/** Enough to begin another request at once when one ends. */
const STANDING_ROOM = 1 / 4

/**
 * Who may wait. A queue that empties again and again takes a burst; one that has stood for a while only makes everybody
 * late, and is cut to what keeps the process busy. The rule is CoDel (Nichols and Jacobson, 2012) as Facebook uses it for
 * requests (Maurer, “Fail at Scale”, ACM Queue 2015). A place in the short queue takes a quarter of the time that work
 * takes, on average; who waits is given all of it, so that on a slow machine, too, it is hardly ever refused for that.
 * @param standsForMs since when somebody waits
 * @param typicalMs what work takes of late
 */
export function queueRule(standsForMs: number, limit: number, typicalMs: number): QueueRule {
  if (standsForMs < BURST_MS) return BURST
  const ageMs = Math.min(BURST.ageMs, Math.max(LEAST_STANDING_AGE_MS, typicalMs))
  return { room: Math.ceil(limit * STANDING_ROOM), ageMs }
}

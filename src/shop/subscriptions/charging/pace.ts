/**
 * How many charges may be on their way to one provider at the same time. It doubles while everything goes well, then
 * grows step by step; it is halved when the provider fails, and shrinks when the provider becomes slow: additive
 * increase, multiplicative decrease, as TCP does it. Pure; `gate.ts` holds callers back with it.
 */
export type Pace = {
  /** Calls allowed at once now, from 1 to `most`. */
  readonly limit: number
  readonly most: number
  /** Until the first trouble the limit doubles with every round, so that a long run is soon at full speed. */
  readonly doubling: boolean
  /** What a call takes while all is well, in milliseconds; 0 before the first round. */
  readonly usualMs: number
  /** Since the limit last changed: a round is as many answers as the limit. */
  readonly round: { readonly answers: number; readonly troubles: number; readonly totalMs: number }
}

/** What a call says about the provider. A refusal by the bank is a good answer; a time-out or an error is trouble. */
export type Observed = { readonly ms: number; readonly trouble: boolean }

/** A round in which this share of the answers is trouble halves the limit. */
const TROUBLE_SHARE = 0.1
/** Slow means that calls take this many times as long as usual, and longer than a second. */
const SLOW_FACTOR = 2
const SLOW_FROM_MS = 1_000
const FIRST_LIMIT = 8
const emptyRound = { answers: 0, troubles: 0, totalMs: 0 } as const

/** The pace before the first call, of at most `most` calls at once. */
export function firstPace(most: number): Pace {
  const limit = Math.max(1, Math.min(FIRST_LIMIT, most))
  return { limit, most: Math.max(1, most), doubling: true, usualMs: 0, round: emptyRound }
}

/** The pace after one more answer. */
export function observeAnswer(pace: Pace, { ms, trouble }: Observed): Pace {
  const round = {
    answers: pace.round.answers + 1,
    troubles: pace.round.troubles + (trouble ? 1 : 0),
    totalMs: pace.round.totalMs + ms,
  }
  // One failure among a thousand is noise, one among four is not. It is not waited for the end of the round.
  if (round.troubles > 0 && round.troubles >= pace.limit * TROUBLE_SHARE) return slower(pace, pace.limit / 2)
  if (round.answers < pace.limit) return { ...pace, round }
  const meanMs = round.totalMs / round.answers
  if (pace.usualMs > 0 && meanMs > SLOW_FROM_MS && meanMs > SLOW_FACTOR * pace.usualMs) {
    // What stays slow becomes the usual in the end, so that a slower provider is not starved for ever.
    return { ...slower(pace, pace.limit * 0.75), usualMs: pace.usualMs * 1.2 }
  }
  const usualMs = pace.usualMs === 0 ? meanMs : Math.min(meanMs, pace.usualMs * 1.05)
  const grown = pace.doubling ? pace.limit * 2 : pace.limit + Math.max(1, Math.round(pace.limit / 10))
  return { ...pace, limit: Math.min(pace.most, grown), usualMs, round: emptyRound }
}

function slower(pace: Pace, limit: number): Pace {
  return { ...pace, limit: Math.max(1, Math.floor(limit)), doubling: false, round: emptyRound }
}

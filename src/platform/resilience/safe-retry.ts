import { setTimeout as sleepFor } from 'node:timers/promises'
import { mayRepeat, type WireResult } from './wire.ts'

export type RetryOptions = Readonly<{
  /**
   * `false` for anything that moves money or changes state: repeated only when it surely never left.
   * `true` for look-ups, which may be repeated after a lost answer or a 5xx too.
   */
  idempotent: boolean
  /** No try begins at or after this moment; epoch milliseconds of the real clock. */
  deadline: number
  /** Tries in all. Default 3. */
  tries?: number
  /** Pause before the second try, doubled for each further one, in milliseconds. Default 200. */
  baseMs?: number
  /** Longest pause, in milliseconds. Default 2,000. */
  maxMs?: number
  sleep?: (ms: number) => Promise<unknown>
  /** Uniform in [0, 1). */
  random?: () => number
  now?: () => number
}>

/**
 * Makes a call and repeats it only where {@link mayRepeat} proves that safe; otherwise returns the result as it is.
 * Takes wire results only, so nothing that has lost the distinction between "not sent" and "no answer" can be retried.
 * Belongs outside the guard (each try asks the breaker) and never around another retry. What the call throws is
 * passed on at once.
 * @param call given the number of the try, from 1
 */
export async function retrySafely(
  call: (tryNumber: number) => Promise<WireResult>,
  options: RetryOptions,
): Promise<WireResult> {
  const { tries = 3, sleep = sleepFor, random = Math.random, now = Date.now } = options
  for (let tryNumber = 1; ; tryNumber += 1) {
    const result = await call(tryNumber)
    if (tryNumber >= tries || !mayRepeat(result, options.idempotent)) return result
    const pauseMs = pauseBefore(tryNumber + 1, random(), options)
    if (now() + pauseMs >= options.deadline) return result
    await sleep(pauseMs)
  }
}

/**
 * The pause before a try, in milliseconds: half of the doubled step is certain, half random, so that callers who
 * failed together do not come back together.
 * @param tryNumber the coming try, from 2
 * @param chance uniform in [0, 1)
 */
export function pauseBefore(
  tryNumber: number,
  chance: number,
  { baseMs = 200, maxMs = 2_000 }: Readonly<{ baseMs?: number; maxMs?: number }> = {},
): number {
  const step = Math.min(maxMs, baseMs * 2 ** (tryNumber - 2))
  return Math.round(step / 2 + (step / 2) * chance)
}

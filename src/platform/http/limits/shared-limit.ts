import { addToCounts, type CountedWindow, windowAt } from '../../redis/counts.ts'
import type { Redis } from '../../redis/redis.ts'
import { createWindow } from './window.ts'

export interface SharedLimit {
  /** What is limited; the same in all processes, and another one for each limit. */
  name: string
  /** So many of a key in a window, over all processes that share a Redis. */
  most: number
  windowMs: number
  /** Where one is set. Without it, and while it is away, each process counts for itself. */
  redis: Redis | undefined
  now?: () => number
}

/**
 * A limit for what is rare and must be exact, as logins are: every one is counted in Redis before it may go on. It is counted
 * in this process as well, so that a Redis that is away, or has lost its counts, opens nothing.
 * @returns a function that counts one more of a key: undefined while it may, else after how many seconds again
 */
export function createSharedLimit({
  name,
  most,
  windowMs,
  redis,
  now = Date.now,
}: SharedLimit): (key: string) => Promise<number | undefined> {
  const here = createWindow(most, windowMs, now)
  return async (key) => {
    const seconds = here(key)
    if (redis === undefined) return seconds
    const moment = now()
    const asked = await addToCounts(redis, { name, windowMs }, moment, new Map([[key, 1]]))
    const isTooMany = asked.kind === 'answered' && (asked.value.get(key) ?? 0) > most
    return isTooMany ? later(seconds, windowAt(moment, windowMs).restMs) : seconds
  }
}

/** What was counted is told so soon. */
const TELL_AFTER_MS = 200
/** So many keys are told at a time; more would keep Redis from others. */
const TOLD_AT_ONCE = 1_000
/** Beyond so many keys what this process has counted has to do. */
const MOST_KEYS = 20_000

/**
 * A limit for what is counted for every request and must cost next to nothing: it is counted here, at once, and processes
 * tell each other beside, so that no request waits for Redis. Several servers together let through what comes within a fifth of a
 * second more.
 * @returns a function that counts one more of a key: undefined while it may, else after how many seconds again
 */
export function createToldLimit({
  name,
  most,
  windowMs,
  redis,
  now = Date.now,
}: SharedLimit): (key: string) => number | undefined {
  const here = createWindow(most, windowMs, now)
  if (redis === undefined) return here
  const count = countTogether(redis, { name, windowMs }, now)
  return (key) => {
    const seconds = here(key)
    const moment = now()
    return count(key, moment) > most ? later(seconds, windowAt(moment, windowMs).restMs) : seconds
  }
}

/** @returns counts one more of a key. How many there are over all processes, as far as this one has been told */
function countTogether(
  redis: Redis,
  window: CountedWindow,
  now: () => number,
): (key: string, moment: number) => number {
  let current = -1
  let known = new Map<string, number>()
  let toTell = new Map<string, number>()
  let _timer: NodeJS.Timeout | undefined

  /** What was counted in a window that is over is of no use to anybody. */
  function turnTo(moment: number): void {
    const { index } = windowAt(moment, window.windowMs)
    if (index === current) return
    current = index
    known = new Map()
    toTell = new Map()
  }
  async function tell(): Promise<void> {
    const moment = now()
    turnTo(moment)
    const [counts, waiting] = [known, toTell]
    if (waiting.size === 0) return
    const told = new Map(waiting.entries().take(TOLD_AT_ONCE))
    for (const key of told.keys()) waiting.delete(key)
    const asked = await addToCounts(redis, window, moment, told)
    // What could not be told stays counted here.
    if (asked.kind === 'answered')
      for (const [key, count] of asked.value) counts.set(key, count + (waiting.get(key) ?? 0))
    if (waiting === toTell && waiting.size > 0) tellSoon()
  }
  function tellSoon(): void {
    _timer ??= setTimeout(() => {
      _timer = undefined
      void tell()
    }, TELL_AFTER_MS).unref()
  }

  return (key, moment) => {
    turnTo(moment)
    const count = (known.get(key) ?? 0) + 1
    if (count === 1 && known.size >= MOST_KEYS) return 0
    known.set(key, count)
    toTell.set(key, (toTell.get(key) ?? 0) + 1)
    tellSoon()
    return count
  }
}

/** The longer of two waits, in whole seconds. */
function later(seconds: number | undefined, restMs: number): number {
  return Math.max(seconds ?? 0, Math.ceil(restMs / 1_000))
}

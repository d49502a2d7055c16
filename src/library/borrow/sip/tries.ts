/** Counts what went wrong lately, by whatever it is counted by. */
export interface Tries {
  /** Whether there were too many. */
  areUsedUp(key: string, now: Temporal.Instant): boolean
  /** One more. */
  note(key: string, now: Temporal.Instant): void
}

/** However many names somebody makes up, no more are remembered. */
const MOST_KEYS = 10_000

/**
 * So many tries in so many minutes from the first. Kept by each process: n processes together let n times as many
 * through.
 */
export function createTries({ most, minutes }: { most: number; minutes: number }): Tries {
  const counted = new Map<string, { count: number; until: Temporal.Instant }>()
  const current = (key: string, now: Temporal.Instant) => {
    const found = counted.get(key)
    return found && Temporal.Instant.compare(now, found.until) < 0 ? found : undefined
  }
  return {
    areUsedUp: (key, now) => (current(key, now)?.count ?? 0) >= most,
    note: (key, now) => {
      const { count, until } = current(key, now) ?? { count: 0, until: now.add({ minutes }) }
      counted.delete(key)
      counted.set(key, { count: count + 1, until })
      const [oldest] = counted.keys()
      if (counted.size > MOST_KEYS && oldest !== undefined) counted.delete(oldest)
    },
  }
}

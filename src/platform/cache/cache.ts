import type { SecondLevel } from './second-level.ts'

export interface CacheOptions<T> {
  /** For how long a value may be answered at most, from the moment it was there. */
  ttlMs: number
  /** Least recently used values beyond this number are forgotten. */
  maxEntries: number
  /**
   * A value that is asked for when it is so old is loaded anew while it is still answered, so that nobody has to wait for
   * what many ask for. Left out: it is loaded when it is asked for and no longer there.
   */
  renewAfterMs?: number
  /** What other processes have loaded need not be loaded again. It gets no older by that. */
  shared?: SecondLevel<T> | undefined
}

/**
 * Values of this process's memory, and with a second level of other processes'. Only for what may be `ttlMs` old; never for what decides money or stock.
 */
export interface Cache<T extends NonNullable<unknown>> {
  /**
   * The value of a key. On a miss `load` runs once for all who ask at the same time; its failure reaches all of them
   * and is not kept.
   */
  get(key: string, load: () => Promise<T>): Promise<T>
  /** The value of a key if it is kept at this moment, at once: what most are answered with needs no turn of its own. */
  peek(key: string): T | undefined
  /** Forgets everything. Values that are being loaded right now are given to those who wait, but not kept. */
  clear(): void
}

interface Entry<T> {
  readonly value: T
  readonly load: () => Promise<T>
  readonly renewFrom: number
  /** By `performance.now`, which no change of the clock moves. */
  readonly until: number
}

/** A cache in the memory of this process: entries live for a time, and the least recently used give way. */
export function createCache<T extends NonNullable<unknown>>({
  ttlMs,
  maxEntries,
  renewAfterMs = ttlMs,
  shared,
}: CacheOptions<T>): Cache<T> {
  /** Whoever loaded a value renews it so long before its end, and others, who find the new one by then, half as long. */
  const renewBeforeMs = ttlMs - renewAfterMs
  // Both are replaced as a whole, so that a load that began before cannot be found afterwards.
  let kept = new Map<string, Entry<T>>()
  let running = new Map<string, Promise<T>>()

  function peek(key: string): T | undefined {
    const entry = kept.get(key)
    if (entry === undefined) return undefined
    kept.delete(key)
    const now = performance.now()
    if (now >= entry.until) return undefined
    // A map remembers the order of setting: what is first in it was used least recently.
    kept.set(key, entry)
    // Whoever asks once it is over is told why it could not be renewed.
    if (now >= entry.renewFrom && !running.has(key)) begin(key, entry.load).catch(() => {})
    return entry.value
  }

  function begin(key: string, load: () => Promise<T>): Promise<T> {
    const answer = loaded(key, load)
    running.set(key, answer)
    return answer
  }

  function keep(key: string, value: T, load: () => Promise<T>, forMs: number, renewMs: number): void {
    const until = performance.now() + forMs
    kept.delete(key)
    kept.set(key, { value, load, renewFrom: until - renewMs, until })
    const [oldest] = kept.size > maxEntries ? kept.keys() : []
    if (oldest !== undefined) kept.delete(oldest)
  }

  async function loaded(key: string, load: () => Promise<T>): Promise<T> {
    const [mine, others] = [kept, running]
    try {
      const looked = shared && (await shared.look(key))
      const found = looked?.found
      if (found !== undefined && found.forMs > renewBeforeMs / 2) {
        if (mine === kept) keep(key, found.value, load, Math.min(found.forMs, ttlMs), renewBeforeMs / 2)
        return found.value
      }
      // A load that fails before it has begun fails like any other.
      const value = await Promise.resolve().then(load)
      if (mine === kept) keep(key, value, load, ttlMs, renewBeforeMs)
      looked?.keep(value, ttlMs)
      return value
    } finally {
      others.delete(key)
    }
  }

  return {
    peek,
    get: async (key, load) => {
      const value = peek(key)
      if (value !== undefined) return value
      return running.get(key) ?? begin(key, load)
    },
    clear: () => {
      kept = new Map()
      running = new Map()
    },
  }
}

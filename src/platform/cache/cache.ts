import { BentoCache, bentostore, errors } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'

export interface CacheOptions {
  /** For how long a value may be answered at most. */
  ttlMs: number
  /** Least recently used values beyond this number are forgotten. */
  maxEntries: number
}

/**
 * Values of this process's memory. Only for what may be `ttlMs` old; never for what decides money or stock.
 */
export interface Cache<T> {
  /**
   * The value of a key. On a miss `load` runs once for all who ask at the same time; its failure reaches all of them
   * and is not kept.
   */
  get(key: string, load: () => Promise<T>): Promise<T>
  /** Forgets everything. Values that are being loaded right now are given to those who wait, but not kept. */
  clear(): void
}

/** A cache in the memory of this process: entries live for a time, and the oldest give way. */
export function createCache<T>(options: CacheOptions): Cache<T> {
  const memory = memoryDriver({ maxItems: options.maxEntries, serialize: false })
  const bento = new BentoCache({
    default: 'memory',
    stores: { memory: bentostore({ ttl: options.ttlMs, grace: false }).useL1Layer(memory) },
  })
  // Part of every key, so that clearing is one step and a load that began before it cannot be found after it.
  let generation = 0
  const running = new Map<string, Promise<T>>()

  return {
    get: (key, load) => {
      const fullKey = `${generation} ${key}`
      // The store lets waiting callers load one after another when a load fails; here they share the failure.
      const shared = running.get(fullKey)
      if (shared) return shared
      const answer = bento
        .getOrSet({ key: fullKey, factory: load })
        .catch((error: unknown) => {
          throw error instanceof errors.E_FACTORY_ERROR && error.cause !== undefined ? error.cause : error
        })
        .finally(() => running.delete(fullKey))
      running.set(fullKey, answer)
      return answer
    },
    clear: () => {
      generation += 1
    },
  }
}

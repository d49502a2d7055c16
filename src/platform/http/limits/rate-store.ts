import { hash, randomBytes } from 'node:crypto'
import type { FastifyRateLimitStore } from '@fastify/rate-limit'

const ROWS = 4
const WIDTH = 16_384

/**
 * Counts by key in a fixed amount of memory (a count-min sketch): every key adds to one counter in each of four rows,
 * and its count is the smallest of them. Who invents names by the million can therefore not push out the count of
 * anybody, as it can with a list of the latest names; a count can only come out too high, when all four counters of a
 * key are shared. Places depend on a secret, so nobody can choose names that fall on somebody else's.
 */
export function createSketch(): { add(key: string): number; clear(): void } {
  const counters = new Uint32Array(ROWS * WIDTH)
  const secret = randomBytes(32).toString('hex')
  return {
    add(key) {
      // No one sees the digest, so a keyed hash in one call is enough; an HMAC takes twice as long, for every request.
      const places = hash('sha256', secret + key, 'buffer')
      let least = Infinity
      for (let row = 0; row < ROWS; row++) {
        const at = row * WIDTH + (places.readUInt32LE(row * 4) % WIDTH)
        counters[at] = (counters[at] ?? 0) + 1
        least = Math.min(least, counters[at] ?? 0)
      }
      return least
    },
    clear: () => {
      counters.fill(0)
    },
  }
}

/** The counters of one limit, for @fastify/rate-limit. All keys share their windows, which begin with the first request. */
export class SketchStore implements FastifyRateLimitStore {
  readonly #sketch = createSketch()
  readonly #now: () => number
  #endsAt = 0

  constructor(_options?: unknown, now: () => number = Date.now) {
    this.#now = now
  }

  incr(
    key: string,
    callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow: number,
  ): void {
    const now = this.#now()
    if (now >= this.#endsAt) {
      this.#sketch.clear()
      this.#endsAt = now + timeWindow
    }
    callback(null, { current: this.#sketch.add(key), ttl: this.#endsAt - now })
  }

  child(): SketchStore {
    return new SketchStore(undefined, this.#now)
  }
}

import { hash, randomBytes } from 'node:crypto'

const ROWS = 4
const WIDTH = 16_384
/** Keys whose places are remembered: whoever asks once asks again. */
const REMEMBERED = 2_000

/**
 * Counts by key in a fixed amount of memory (a count-min sketch): every key adds to one counter in each of four rows,
 * and its count is the smallest of them. Who invents names by the million can therefore not push out the count of
 * anybody, as it can with a list of the latest names; a count can only come out too high, when all four counters of a
 * key are shared. Places depend on a secret, so nobody can choose names that fall on somebody else's.
 */
export function createSketch(): { add(key: string): number; clear(): void } {
  const counters = new Uint32Array(ROWS * WIDTH)
  const secret = randomBytes(32).toString('hex')
  // Names that are made up only push out what is found again by one more hash.
  const remembered = new Map<string, readonly number[]>()
  const placesOf = (key: string): readonly number[] => {
    // No one sees the digest, so a keyed hash in one call is enough; an HMAC takes twice as long.
    const digest = hash('sha256', secret + key, 'buffer')
    const places = Array.from(
      { length: ROWS },
      (_, row) => row * WIDTH + (digest.readUInt32LE(row * 4) % WIDTH),
    )
    if (remembered.size >= REMEMBERED) remembered.clear()
    remembered.set(key, places)
    return places
  }
  return {
    add(key) {
      let least = Infinity
      for (const at of remembered.get(key) ?? placesOf(key)) {
        const count = (counters[at] ?? 0) + 1
        counters[at] = count
        if (count < least) least = count
      }
      return least
    },
    clear: () => {
      counters.fill(0)
    },
  }
}

/**
 * So many of a key in a window of time, for what is asked of every request and must cost next to nothing. All keys share
 * their windows, which begin with the first request.
 * @returns a function that counts one more of a key: undefined while it may, else after how many seconds again
 */
export function createWindow(
  most: number,
  windowMs: number,
  now: () => number = Date.now,
): (key: string) => number | undefined {
  const sketch = createSketch()
  let endsAt = 0
  return (key) => {
    const moment = now()
    if (moment >= endsAt) {
      sketch.clear()
      endsAt = moment + windowMs
    }
    return sketch.add(key) > most ? Math.ceil((endsAt - moment) / 1_000) : undefined
  }
}

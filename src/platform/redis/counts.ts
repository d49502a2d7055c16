import { hash } from 'node:crypto'
import type { Asked, Redis } from './redis.ts'

/** A window of time in which all processes count together: windows begin at the same moments for all of them. */
export interface CountedWindow {
  /** What is counted; the same in all processes. */
  name: string
  windowMs: number
}

/** Which window a moment is in, and for how long it lasts from then on. */
export function windowAt(moment: number, windowMs: number): { index: number; restMs: number } {
  const index = Math.floor(moment / windowMs)
  return { index, restMs: (index + 1) * windowMs - moment }
}

/**
 * Adds to counts that all processes share.
 * @param added so many of each key
 * @returns how many there are of each of these keys now, over all processes
 */
export function addToCounts(
  redis: Redis,
  { name, windowMs }: CountedWindow,
  moment: number,
  added: ReadonlyMap<string, number>,
): Promise<Asked<ReadonlyMap<string, number>>> {
  const { index, restMs } = windowAt(moment, windowMs)
  const key = `counts:${name}:${index}`
  return redis.ask(async (client) => {
    const pipeline = client.pipeline()
    for (const [of, count] of added) pipeline.hincrby(key, fieldOf(of), count)
    // Kept for a moment longer than it counts: clocks of servers differ.
    const answers = await pipeline.pexpire(key, restMs + windowMs).exec()
    const counts = new Map<string, number>()
    for (const [at, of] of [...added.keys()].entries()) {
      const [error, count] = answers?.[at] ?? []
      if (error) throw error
      counts.set(of, Number(count))
    }
    return counts
  })
}

/**
 * Names and addresses do not stand in Redis as they are. The hash has no secret (a gateway has none of the services'):
 * whoever reads Redis can try addresses until one fits, as long as its window lasts.
 */
function fieldOf(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 22)
}

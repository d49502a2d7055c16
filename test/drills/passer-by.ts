import { crowd, type Person } from '../support/people.ts'
import type { System } from '../support/system.ts'

/** What somebody met who only looked around meanwhile. */
export interface Impressions {
  /** Time of each answer in milliseconds, by what was looked at. */
  durations: number[]
  /** Answers that were not the page asked for. */
  refusals: string[]
  /** Most requests that waited for a database connection at one of the looks. */
  mostWaiting: number
}

/** Looks at lists, an item and the own orders, again and again, until stopped. */
export interface PasserBy {
  /** How many times they have looked at the list so far. */
  looks(): number
  stop(): Promise<Impressions>
}

/** Somebody who has nothing to do with payments: what they see tells whether trouble spreads. */
export function lookAround(system: System, person: Person, itemId: string): PasserBy {
  const seen: Impressions = { durations: [], refusals: [], mostWaiting: 0 }
  let stopped = false
  const walk = (async () => {
    for (let step = 0; !stopped; step++) {
      // Another list each time, so that not every answer comes from a cache.
      const paths = [
        `/api/items?sort=price_asc&size=${(step % 50) + 1}`,
        `/api/items/${itemId}`,
        '/api/orders',
      ]
      for (const path of paths) {
        const startedAt = performance.now()
        const answer = await person.api.get(path)
        if (path.startsWith('/api/items?')) seen.durations.push(performance.now() - startedAt)
        if (answer.status !== 200) seen.refusals.push(`${path}: ${answer.status} ${answer.code}`)
      }
      seen.mostWaiting = Math.max(seen.mostWaiting, await databaseWaiting(system))
    }
  })()
  return {
    looks: () => seen.durations.length,
    stop: async () => {
      stopped = true
      await walk
      return seen
    },
  }
}

/** How many requests wait for a database connection now. */
export async function databaseWaiting(system: System): Promise<number> {
  const [waiting] = (await system.metric('database_waiting')).values()
  if (waiting === undefined) throw new Error('there is no metric database_waiting')
  return waiting
}

/** State of a breaker as operators see it: 0 closed, 1 half open, 2 open. */
export async function breakerState(system: System, operation: string): Promise<number | undefined> {
  const states = await system.metric('payment_breaker_state')
  return states.get(`{provider="kakaopay",operation="${operation}"}`)
}

export function p95(durations: readonly number[]): number {
  const sorted = durations.toSorted((a, b) => a - b)
  const value = sorted[Math.floor(sorted.length * 0.95)]
  if (value === undefined) throw new Error('nothing was measured')
  return value
}

/** One signed-in person. */
export async function somebody(system: System): Promise<Person> {
  const [person] = await crowd(system, 1)
  if (person === undefined) throw new Error('nobody came')
  return person
}

import { crowd, type Person } from '../support/people.ts'
import type { System } from '../support/system.ts'

/** Looks at lists, an item and the own orders, again and again, until stopped. */
export interface PasserBy {
  /** How many times they have looked at everything so far. */
  looks(): number
  /** @returns the answers that were not the page asked for */
  stop(): Promise<string[]>
}

/** Somebody who has nothing to do with payments: what they see tells whether trouble spreads. */
export function lookAround(person: Person, itemId: string): PasserBy {
  const refusals: string[] = []
  let looks = 0
  let stopped = false
  const walk = (async () => {
    while (!stopped) {
      // Another list each time, so that not every answer comes from a cache.
      const paths = [
        `/api/items?sort=price_asc&size=${(looks % 50) + 1}`,
        `/api/items/${itemId}`,
        '/api/orders',
      ]
      for (const path of paths) {
        const answer = await person.api.get(path)
        if (answer.status !== 200) refusals.push(`${path}: ${answer.status} ${answer.code}`)
      }
      looks += 1
    }
  })()
  return {
    looks: () => looks,
    stop: async () => {
      stopped = true
      await walk
      return refusals
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

/** One signed-in person. */
export async function somebody(system: System): Promise<Person> {
  const [person] = await crowd(system, 1)
  if (person === undefined) throw new Error('nobody came')
  return person
}

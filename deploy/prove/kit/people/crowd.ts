import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { newShopper } from './shopper.ts'

/** People who buy one thing after another until they are told to stop. */
export interface Crowd {
  /** Resolves when so many more are paid. */
  bought(more: number): Promise<void>
  /** Ids of orders that were said to be paid. */
  paid(): readonly string[]
  stop(): Promise<{ paid: readonly string[]; failures: readonly string[] }>
}

const WAIT_MS = 180_000

/**
 * @param options.patienceMs for so long whoever got no answer asks again, with the same key; 0: it is a failure
 * @param options.thinkingMs of each between two purchases
 */
export async function startCrowd(
  url: string,
  { shoppers, patienceMs, thinkingMs }: { shoppers: number; patienceMs: number; thinkingMs: number },
): Promise<Crowd> {
  const paid: string[] = []
  const failures: string[] = []
  let open = true
  const people = await Promise.all(Array.from({ length: shoppers }, () => newShopper(url, patienceMs)))
  const all = people.map(async ({ buy }) => {
    while (open) {
      try {
        paid.push(await buy())
      } catch (error) {
        failures.push(String(error))
      }
      await new Promise((over) => setTimeout(over, thinkingMs))
    }
  })
  return {
    bought: async (more) => {
      const goal = paid.length + more
      await until(async () => paid.length >= goal || failures.length > 20, {
        deadlineMs: WAIT_MS,
        everyMs: 100,
        what: `${more} purchases (${failures.slice(0, 3).join('; ')})`,
      })
    },
    paid: () => paid,
    stop: async () => {
      open = false
      await Promise.all(all)
      return { paid, failures }
    },
  }
}

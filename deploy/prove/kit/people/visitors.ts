import { inWords, type LoadReport, startLoad } from '../load.ts'
import type { Proof } from '../proof.ts'
import { browse, lostOf, signUps } from './customers.ts'

/** What became of the requests of visitors, and who of them was told that their account is there. */
export type Visited = LoadReport & { acknowledged: readonly string[] }

export interface Visitors {
  sent(): number
  stop(): Promise<Visited>
}

/**
 * People who look around, and in between somebody new who signs up.
 * @param url of the shop
 * @param options.clients how many wait for an answer at a time
 * @param options.pauseMs of each between two requests
 * @param options.newEvery of so many requests one is a sign-up
 */
export function startVisitors(
  url: string,
  { clients, pauseMs, newEvery = 12 }: { clients: number; pauseMs: number; newEvery?: number },
): Visitors {
  const people = signUps()
  const load = startLoad((n) => (n % newEvery === newEvery - 1 ? people.next(url) : browse(url, n)), {
    clients,
    pauseMs,
    answered: people.heard,
  })
  return {
    sent: load.sent,
    stop: async () => ({ ...(await load.stop()), acknowledged: people.acknowledged }),
  }
}

/** @returns what visitors did while `work` ran, and until it ended @throws what `work` throws, when they are gone */
export async function whileVisited(
  url: string,
  options: { clients: number; pauseMs: number },
  work: () => Promise<unknown>,
): Promise<Visited> {
  const visitors = startVisitors(url, options)
  try {
    await work()
  } finally {
    await visitors.stop()
  }
  return visitors.stop()
}

/** Holds each sign-up that was acknowledged against the accounts; that none is there twice is the database's rule. */
export async function claimKept(
  proof: Proof,
  acknowledged: readonly string[],
  databaseUrl: string,
  claim = 'every sign-up that was acknowledged is there',
): Promise<void> {
  const lost = await lostOf(acknowledged, databaseUrl)
  proof.claim(
    claim,
    acknowledged.length > 0 && lost.length === 0,
    `${acknowledged.length} acknowledged and looked up, ${lost.length} of them without an account ${lost.join(', ')}`.trimEnd(),
  )
}

/** Holds that no request of visitors failed, of so many at least. */
export function claimUnharmed(proof: Proof, claim: string, visited: Visited, least: number): void {
  proof.claim(claim, visited.failed === 0 && visited.sent > least, inWords(visited))
}

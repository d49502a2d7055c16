import type { FastifyRequest } from 'fastify'
import { clientAddressOf } from '../../../platform/http/limits/client-address.ts'
import { deviceKind, isPerson } from '../rules/visitor.ts'

/** Numbers of 64 bits that stand for texts, and say nothing of them to who has no key. */
export type Pseudonym = (text: string) => bigint

/** So many may be looked up in the database at once; more are counted by their address. */
const MOST_ASKED = 8

/** Tells visitors of items apart: the account where there is one, else the address with the kind of device. */
export interface Visitors {
  /** Tells who looks, now or soon; undefined: nobody who counts. */
  who(request: FastifyRequest, found: (visitor: bigint) => void): void
  /** Resolves when all of them are known that are being looked up. */
  settled(): Promise<unknown>
}

/** @param pseudonym makes numbers of them, so that nothing is kept of whom they are about */
export function createVisitors(pseudonym: Pseudonym): Visitors {
  const asked = new Set<Promise<void>>()
  return {
    who: (request, found) => {
      if (!isPerson(request)) return
      const { 'user-agent': agent = '', authorization, cookie } = request.headers
      // Read at once: a connection that has ended has no address any more.
      const place = `address ${clientAddressOf(request.ip)} ${deviceKind(agent)}`
      const byPlace = () => found(pseudonym(place))
      if ((authorization ?? cookie) === undefined || asked.size >= MOST_ASKED) return byPlace()
      const asking: Promise<void> = request
        .whoCalls()
        .then((actor) => (actor ? found(pseudonym(`account ${actor.userId}`)) : byPlace()), byPlace)
        .finally(() => asked.delete(asking))
      asked.add(asking)
    },
    settled: () => Promise.all(asked),
  }
}

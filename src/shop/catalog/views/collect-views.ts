import type { FastifyRequest } from 'fastify'
import type { Db } from '../../../platform/database/database.ts'
import type { Redis } from '../../../platform/redis/redis.ts'
import { every, type Loop } from '../../../platform/resilience/loop.ts'
import type { Logger } from '../../../platform/telemetry/log.ts'
import { registersOf } from '../rules/hyperloglog.ts'
import { shareViews } from './share-views.ts'
import { storeViews } from './store-views.ts'
import { createVisitors, type Pseudonym } from './visitors.ts'

/** Unique visitors of items, as one process sees them. */
export interface Views {
  /** Notes that somebody looks at an item. Nobody waits for it, and it never fails. */
  seen(request: FastifyRequest, itemId: string): void
  /** Has the database know what was noted so far; with Redis, once it is somebody's turn. */
  flush(): Promise<void>
  start(): void
  /** Ends with a last flush. */
  stop(): Promise<void>
}

/** What a process that dies may lose. */
const FLUSH_MS = 15_000
/** Shorter than the time between two flushes: whoever comes first has the turn. */
const TURN_MS = 10_000
/** Visits that wait for a flush: some minutes of the busiest hour. Those beyond are not counted. */
const MOST_WAITING = 200_000
/** Items a transaction; so long their numbers are locked, and so long other work of the process waits. */
const AT_ONCE = 50

/**
 * Collects who looks at items, each visitor of an item once, and flushes that on a schedule: no request waits for it.
 * What could not be stored is tried again with what comes; whether it was stored after all does not matter.
 */
export function createViews({
  db,
  redis,
  log,
  pseudonym,
  turnMs = TURN_MS,
}: {
  db: Db
  /** Where processes put their visitors together first; undefined: each does in the database. */
  redis: Redis | undefined
  log: Logger
  pseudonym: Pseudonym
  turnMs?: number
}): Views {
  const visitors = createVisitors(pseudonym)
  const shared = redis && shareViews(redis, (found) => storeViews(db, found), turnMs)
  let waiting = new Map<string, Set<bigint>>()
  let count = 0
  let loop: Loop | undefined

  function note(itemId: string, visitor: bigint): void {
    if (count >= MOST_WAITING) return
    const known = waiting.get(itemId) ?? new Set()
    if (known.size === 0) waiting.set(itemId, known)
    count += Number(!known.has(visitor))
    known.add(visitor)
  }

  async function flush(): Promise<void> {
    await visitors.settled()
    const taken = [...waiting]
    waiting = new Map()
    count = 0
    while (taken.length > 0) {
      const some = taken.slice(0, AT_ONCE)
      try {
        if (!(await shared?.add(new Map(some))))
          await storeViews(db, new Map(some.map(([itemId, who]) => [itemId, registersOf(who)])))
      } catch (error) {
        for (const [itemId, who] of taken) for (const visitor of who) note(itemId, visitor)
        throw error
      }
      taken.splice(0, AT_ONCE)
    }
    await shared?.settle()
  }

  return {
    seen: (request, itemId) => visitors.who(request, (visitor) => note(itemId, visitor)),
    flush,
    start: () => {
      loop = every({
        name: 'catalog.views',
        intervalMs: FLUSH_MS,
        run: flush,
        onError: (error) => log.warn({ err: error, waiting: count }, 'views were not stored, will try again'),
      })
    },
    stop: async () => {
      await loop?.stop()
      await flush().catch((error: unknown) =>
        log.warn({ err: error, waiting: count }, 'the last views are lost'),
      )
    },
  }
}

import type { ChainableCommander } from 'ioredis'
import type { Redis } from '../../../platform/redis/redis.ts'
import type { Registers } from '../rules/hyperloglog.ts'
import { registersInRedis } from '../rules/redis-sketch.ts'

/** Items that have something waiting, a HyperLogLog of each, and who brings them to the database. */
const WAITING = 'views'
const keyOf = (itemId: string) => `views:${itemId}`
const TURN = 'views-turn'

/** Items asked for at once: some hundred kilobytes. */
const AT_ONCE = 50
/** Visitors of one command. */
const MOST_TOLD = 1_000
/** What nobody has fetched for so long is left over from a command that was half done. */
const FORGET_SECONDS = 24 * 60 * 60

/** Forgets what was stored, unless somebody has come since. */
const FORGET = `local now = redis.call('GET', KEYS[1])
if not now or now == ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', KEYS[2], ARGV[2])
end`

/**
 * Has all processes put their visitors together in Redis, and one of them at a time bring those to the database, so that
 * an item is written once and not by each. Where it is not certain that Redis took them, they are to be stored as well:
 * whoever comes by both ways is one.
 * @param store puts visitors into the database
 * @param turnMs for so long nobody else brings any
 */
export function shareViews(
  redis: Redis,
  store: (visitors: ReadonlyMap<string, Registers>) => Promise<void>,
  turnMs: number,
) {
  const piped = (fill: (pipeline: ChainableCommander) => unknown) =>
    redis.ask(async (client) => {
      const pipeline = client.pipeline()
      fill(pipeline)
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
    })

  async function bring(itemIds: readonly string[]): Promise<boolean> {
    const read = await redis.ask((client) => client.mgetBuffer(...itemIds.map(keyOf)))
    if (read.kind === 'away') return false
    const found = new Map<string, Registers>()
    for (const [at, itemId] of itemIds.entries()) {
      const registers = registersInRedis(read.value[at] ?? Buffer.alloc(0))
      if (registers) found.set(itemId, registers)
    }
    await store(found)
    const forgotten = await piped((pipeline) => {
      for (const [at, itemId] of itemIds.entries())
        pipeline.eval(FORGET, 2, keyOf(itemId), WAITING, read.value[at] ?? '', itemId)
    })
    return forgotten.kind === 'answered'
  }

  return {
    /** @param visits visitors by item @returns whether Redis surely has them */
    add: async (visits: ReadonlyMap<string, ReadonlySet<bigint>>): Promise<boolean> => {
      const told = await piped((pipeline) => {
        for (const [itemId, who] of visits) {
          const visitors = [...who].map(bytesOf)
          for (let at = 0; at < visitors.length; at += MOST_TOLD)
            pipeline.pfadd(keyOf(itemId), ...visitors.slice(at, at + MOST_TOLD))
          pipeline.expire(keyOf(itemId), FORGET_SECONDS)
        }
        pipeline.sadd(WAITING, ...visits.keys())
      })
      return told.kind === 'answered'
    },
    /** Brings what is waiting to the database, unless somebody else has the turn. */
    settle: async (): Promise<void> => {
      const turn = await redis.ask((client) => client.set(TURN, '1', 'PX', turnMs, 'NX'))
      if (turn.kind === 'away' || turn.value === null) return
      const waiting = await redis.ask((client) => client.smembers(WAITING))
      const itemIds = waiting.kind === 'away' ? [] : waiting.value
      for (let at = 0; at < itemIds.length; at += AT_ONCE)
        if (!(await bring(itemIds.slice(at, at + AT_ONCE)))) return
    },
  }
}

/** As Redis hashes it: the lowest byte first. */
function bytesOf(visitor: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(visitor)
  return bytes
}

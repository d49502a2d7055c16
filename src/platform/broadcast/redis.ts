import type { Redis } from '../redis/redis.ts'
import type { BroadcastTransport } from './broadcast.ts'

const CHANNEL = 'broadcast'

/**
 * Broadcasts by Redis, to all processes of the installation, whichever database they are on. While Redis is away they go
 * by the database as they do without it, and everybody listens there all the time. Whoever has lost the connection to a
 * Redis that others still speak through is told that it missed something as soon as it has one again.
 * @param otherwise how messages travel without Redis
 */
export function redisBroadcast(redis: Redis, otherwise: BroadcastTransport): BroadcastTransport {
  let end = () => {}
  return {
    send: async (messages) => {
      const sent = await redis.publish(CHANNEL, messages)
      if (sent.kind === 'away') await otherwise.send(messages)
    },
    listen: async (on) => {
      end = redis.listen(CHANNEL, on)
      await otherwise.listen(on)
    },
    close: async () => {
      end()
      await otherwise.close()
    },
  }
}

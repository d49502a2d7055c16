import { type StandingSession, standingSession } from '../database/session.ts'
import type { Logger } from '../telemetry/log.ts'
import type { BroadcastTransport } from './broadcast.ts'

const CHANNEL = 'pillivery_broadcast'

/**
 * Broadcasts by NOTIFY over one connection of its own, so that neither a full pool nor a long transaction holds a
 * message up. All processes that are to hear each other use the same database here; it needs no table.
 */
export function postgresBroadcast({ url, log }: { url: string; log: Logger }): BroadcastTransport {
  let session: StandingSession | undefined
  const open = (on?: { heard(message: string): void; missed(): void }) =>
    standingSession({
      url,
      name: 'pillivery-broadcast',
      channels: on ? [CHANNEL] : [],
      log,
      ...(on && { heard: (_, message) => on.heard(message), opened: () => on.missed() }),
    })
  return {
    send: async (messages) => {
      // A process that only speaks connects when it has something to say.
      session ??= open()
      await session.ready
      const connection = session.current()
      if (!connection) throw new Error('no connection to the database')
      await connection.query('select pg_notify($1, message) from unnest($2::text[]) as message', [
        CHANNEL,
        messages,
      ])
    },
    listen: async (on) => {
      const speaking = session
      session = open(on)
      await Promise.all([session.ready, speaking?.close()])
    },
    close: async () => {
      await session?.close()
    },
  }
}

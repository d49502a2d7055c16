import { sessionEnded } from '../../contracts/account-events.ts'
import type { EndedSessions } from '../../platform/auth/ended-sessions.ts'
import { on, type Subscriber } from '../../platform/events/subscriber.ts'

/**
 * Brings sessions that ended to a database which is not identity's. There, and in identity's own, every process reads
 * them from the platform's table and hears of them by broadcast.
 */
export function sessionsSubscriber(endedSessions: EndedSessions): Subscriber {
  return {
    name: 'auth.ended-sessions',
    handlers: [
      on(sessionEnded, (tx, { data: { sessionId, endedAt } }) =>
        endedSessions.end(tx, [sessionId], Temporal.Instant.from(endedAt)),
      ),
    ],
  }
}

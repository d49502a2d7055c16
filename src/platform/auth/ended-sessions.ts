import { sql } from 'kysely'
import Type from 'typebox'
import { type Broadcast, defineTopic } from '../broadcast/broadcast.ts'
import type { Db, Tx } from '../database/database.ts'
import { every, type Loop } from '../resilience/loop.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Clock } from '../time/clock.ts'
import { ACCESS_TOKEN_SECONDS } from './access-token.ts'

/**
 * Sessions that ended while access tokens of theirs may still be around. An access token proves itself without the
 * database, so every process keeps this list in memory. It is written with the change that ends a session, in a table
 * of the platform that every service may read; told to all processes after the commit; and read at the start, whenever
 * a message may have been lost, and every second in case its teller died before it spoke. A logout holds at once
 * where it was made and within milliseconds elsewhere. While the database is away the list stands still, but then
 * nobody can log out either.
 */
export interface EndedSessions {
  has(sessionId: string): boolean
  /** Ends them with the transaction; nothing is known of it before the commit. */
  end(tx: Tx, sessionIds: readonly string[], now: Temporal.Instant): Promise<void>
  /** Writes sessions that ended before, at different times, and are not written yet. */
  note(sessions: readonly { id: string; endedAt: Temporal.Instant }[]): Promise<void>
  /** Resolves once the list is filled; before that no token should be accepted. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Deletes what no token can refer to any more. */
  forgetOld(): Promise<void>
}

const sessionsEnded = defineTopic(
  'auth.sessions-ended',
  Type.Object({ ids: Type.Array(Type.String({ maxLength: 64 })), until: Type.Number() }),
)
/** So many ids fit into one message. */
const IDS_PER_MESSAGE = 100
const LOOK_EVERY_MS = 1_000
/**
 * Every look goes this far back: a row becomes visible at its commit, which is later than its time stamp, and clocks of
 * servers differ. Transactions are cut off by the server long before.
 */
const LOOK_BACK_SECONDS = 60
const KEPT_SECONDS = ACCESS_TOKEN_SECONDS + LOOK_BACK_SECONDS

/**
 * The sessions that ended within the life of an access token, kept by this process from broadcasts and from the table.
 */
export function createEndedSessions({
  db,
  broadcast,
  clock,
  log,
}: {
  db: Db
  broadcast: Broadcast
  clock: Clock
  log: Logger
}): EndedSessions {
  /** Session id to the epoch second at which no token of it can be alive any more. */
  const ended = new Map<string, number>()
  let lookedAt: Temporal.Instant | undefined
  let loop: Loop | undefined
  let unsubscribe: (() => void) | undefined

  const seconds = (instant: Temporal.Instant) => instant.epochMilliseconds / 1_000

  async function look(): Promise<void> {
    const now = clock.now()
    const since = (lookedAt ?? now.subtract({ seconds: ACCESS_TOKEN_SECONDS })).subtract({
      seconds: LOOK_BACK_SECONDS,
    })
    const { rows } = await sql<{ session_id: string; ended_at: Temporal.Instant }>`
      select session_id, ended_at from platform.ended_session where ended_at > ${since}`.execute(db)
    for (const row of rows) ended.set(row.session_id, seconds(row.ended_at) + KEPT_SECONDS)
    lookedAt = now
    for (const [id, until] of ended) if (until <= seconds(now)) ended.delete(id)
  }

  return {
    has: (sessionId) => ended.has(sessionId),
    end: async (tx, sessionIds, now) => {
      if (sessionIds.length === 0) return
      await sql`
        insert into platform.ended_session (session_id, ended_at)
        select id, ${now}::timestamptz from unnest(${sessionIds}::text[]) as id
        on conflict (session_id) do nothing`.execute(tx)
      const until = seconds(now) + KEPT_SECONDS
      for (let from = 0; from < sessionIds.length; from += IDS_PER_MESSAGE) {
        const ids = sessionIds.slice(from, from + IDS_PER_MESSAGE)
        broadcast.publishAfterCommit(tx, sessionsEnded, { ids, until })
      }
    },
    note: async (sessions) => {
      const ids = sessions.map(({ id }) => id)
      const times = sessions.map(({ endedAt }) => endedAt.toString())
      await sql`
        insert into platform.ended_session (session_id, ended_at)
        select * from unnest(${ids}::text[], ${times}::timestamptz[])
        on conflict (session_id) do nothing`.execute(db)
    },
    start: async () => {
      unsubscribe = broadcast.subscribe(sessionsEnded, {
        heard: ({ ids, until }) => {
          for (const id of ids) ended.set(id, until)
        },
        missed: () => loop?.wake(),
      })
      await look()
      loop = every({
        name: 'auth.ended-sessions',
        intervalMs: LOOK_EVERY_MS,
        maxBackOffMs: LOOK_EVERY_MS,
        run: look,
        onError: (error, { consecutive }) => {
          if (consecutive === 1) log.warn({ err: error }, 'cannot read ended sessions, trying on')
        },
      })
    },
    stop: async () => {
      unsubscribe?.()
      await loop?.stop()
    },
    forgetOld: async () => {
      const before = clock.now().subtract({ seconds: KEPT_SECONDS })
      await sql`delete from platform.ended_session where ended_at < ${before}`.execute(db)
    },
  }
}

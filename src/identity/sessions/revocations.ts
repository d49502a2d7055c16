import { sql } from 'kysely'
import type { Db } from '../../platform/database/database.ts'
import { every, type Loop } from '../../platform/resilience/loop.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { ACCESS_TOKEN_SECONDS } from './session.ts'

/**
 * Sessions that ended while access tokens of theirs may still be around. An access token proves itself without the
 * database, so every process keeps this list in memory: filled at the start, brought up to date every second, and
 * at once in the process that ended the session. A logout thus holds at once where it was made and within a second
 * elsewhere. While the database is away the list stands still, but then nobody can log out either.
 */
export interface Revocations {
  isRevoked(sessionId: string): boolean
  /** To be called after the commit. */
  add(sessionIds: readonly string[]): void
  /** Resolves once the list is filled; before that no token should be accepted. */
  start(): Promise<void>
  stop(): Promise<void>
}

const POLL_MS = 1_000
/**
 * Every look goes this far back: a revocation becomes visible at its commit, which is later than its time stamp, and
 * clocks of servers differ. Transactions are cut off by the server long before.
 */
const LOOK_BACK_SECONDS = 60
const KEPT_SECONDS = ACCESS_TOKEN_SECONDS + LOOK_BACK_SECONDS

export function createRevocations({
  db,
  clock,
  log,
  pollMs = POLL_MS,
}: {
  db: Db
  clock: Clock
  log: Logger
  pollMs?: number
}): Revocations {
  /** Session id to the epoch second at which no token of it can be alive any more. */
  const revoked = new Map<string, number>()
  let lookedAt: Temporal.Instant | undefined
  let loop: Loop | undefined

  const seconds = (instant: Temporal.Instant) => instant.epochMilliseconds / 1_000

  async function look(): Promise<void> {
    const now = clock.now()
    const since = (lookedAt ?? now.subtract({ seconds: ACCESS_TOKEN_SECONDS })).subtract({
      seconds: LOOK_BACK_SECONDS,
    })
    const { rows } = await sql<{ id: string; revoked_at: Temporal.Instant }>`
      select id, revoked_at from identity.session where revoked_at > ${since}`.execute(db)
    for (const row of rows) revoked.set(row.id, seconds(row.revoked_at) + KEPT_SECONDS)
    lookedAt = now
    for (const [id, until] of revoked) if (until <= seconds(now)) revoked.delete(id)
  }

  return {
    isRevoked: (sessionId) => revoked.has(sessionId),
    add(sessionIds) {
      const until = seconds(clock.now()) + KEPT_SECONDS
      for (const id of sessionIds) revoked.set(id, until)
    },
    async start() {
      await look()
      loop = every({
        name: 'identity.revocations',
        intervalMs: pollMs,
        maxBackOffMs: pollMs,
        run: look,
        onError: (error, { consecutive }) => {
          if (consecutive === 1) log.warn({ err: error }, 'cannot read ended sessions, trying on')
        },
      })
    },
    async stop() {
      await loop?.stop()
    },
  }
}

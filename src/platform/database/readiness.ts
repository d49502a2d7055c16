import { sql } from 'kysely'
import { openDatabase } from './database.ts'
import { pendingMigrations, type SchemaMigrations } from './migrate.ts'

/** A database that takes longer than this for one small write is not ready. */
const ANSWER_WITHIN_MS = 2_000

export interface Readiness {
  /** Resolves with nothing, or with why not; rejects when the database does not answer. */
  check(): Promise<string | undefined>
  stop(): Promise<void>
}

/**
 * Whether the database can be used: its schemas are up to date, and it takes a write. A standby, a server switched to
 * read-only and a full disk all answer reads, so one small row is written.
 * It has a connection of its own: a server whose pool is busy is at work, not out of order.
 */
export function databaseReadiness(url: string, schemas: readonly SchemaMigrations[]): Readiness {
  const { db, close } = openDatabase({
    url,
    poolSize: 1,
    statementTimeoutMs: ANSWER_WITHIN_MS,
    applicationName: 'pillivery readiness',
  })
  // Migrations are never taken back, so this is asked only until they are all there.
  let isUpToDate = false

  return {
    async check() {
      if (!isUpToDate) {
        const pending = await pendingMigrations(db, schemas)
        if (pending.length > 0) return `not applied: ${pending.join(', ')}`
        isUpToDate = true
      }
      await sql`
        insert into platform.readiness (id, seen_at) values (true, now())
        on conflict (id) do update set seen_at = excluded.seen_at`.execute(db)
      return undefined
    },
    stop: close,
  }
}

import { sql } from 'kysely'
import { ACCESS_TOKEN_SECONDS } from '../../platform/auth/access-token.ts'
import type { Db } from '../../platform/database/database.ts'

/**
 * Writes recently ended sessions where every process looks for them: those that a process of an older version ended,
 * which knew no such list.
 */
export async function tellEndedSessions(db: Db, now: Temporal.Instant): Promise<void> {
  const since = now.subtract({ seconds: ACCESS_TOKEN_SECONDS })
  await sql`
    insert into platform.ended_session (session_id, ended_at)
    select id::text, revoked_at from identity.session where revoked_at > ${since}
    on conflict (session_id) do nothing`.execute(db)
}

import { ACCESS_TOKEN_SECONDS } from '../../platform/auth/access-token.ts'
import type { EndedSessions } from '../../platform/auth/ended-sessions.ts'
import type { Db } from '../../platform/database/database.ts'
import { identity } from '../store/tables.ts'

/**
 * Writes recently ended sessions where every process looks for them: those that a process of an older version ended,
 * which knew no such list.
 */
export async function tellEndedSessions(
  db: Db,
  endedSessions: EndedSessions,
  now: Temporal.Instant,
): Promise<void> {
  const rows = await identity(db)
    .selectFrom('identity.session')
    .select(['id', 'revoked_at as endedAt'])
    .where('revoked_at', '>', now.subtract({ seconds: ACCESS_TOKEN_SECONDS }))
    .$narrowType<{ endedAt: Temporal.Instant }>()
    .execute()
  await endedSessions.note(rows)
}

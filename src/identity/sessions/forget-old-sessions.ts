import { sql } from 'kysely'
import type { Db } from '../../platform/database/database.ts'

/** Expired tokens are kept a little longer, so that a look at the table explains yesterday's complaint. */
const KEPT_AFTER_EXPIRY = { hours: 24 } as const
const BATCH = 5_000

/**
 * Deletes refresh tokens and browsers' secrets long expired, and the sessions that have none left. Works in batches that skip locked rows,
 * so it neither waits for anybody nor makes anybody wait.
 * @returns how many refresh tokens were deleted
 */
export async function forgetOldSessions(db: Db, now: Temporal.Instant): Promise<number> {
  const before = now.subtract(KEPT_AFTER_EXPIRY)
  let deleted = 0
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from identity.refresh_token where hash in (
        select hash from identity.refresh_token where expires_at < ${before}
        order by expires_at limit ${BATCH} for update skip locked)`.execute(db)
    deleted += Number(numAffectedRows ?? 0n)
    if (Number(numAffectedRows ?? 0n) < BATCH) break
  }
  await sql`
    delete from identity.browser_session where hash in (
      select hash from identity.browser_session where expires_at < ${before}
      order by expires_at limit ${BATCH} for update skip locked)`.execute(db)
  // The age limit keeps this off sessions that are just being opened.
  await sql`
    delete from identity.session where id in (
      select id from identity.session s
      where s.last_used_at < ${before}
        and not exists (select 1 from identity.refresh_token t where t.session_id = s.id)
        and not exists (select 1 from identity.browser_session b where b.session_id = s.id)
      limit ${BATCH} for update skip locked)`.execute(db)
  return deleted
}

import { sql } from 'kysely'
import type { Db } from '../../platform/database/database.ts'

/** Expired tokens are kept a little longer, so that a look at the table explains yesterday's complaint. */
const KEPT_AFTER_EXPIRY = { hours: 24 } as const
const BATCH = 5_000

/**
 * Deletes refresh tokens and browsers' secrets long expired. The sessions stay as records of logins for as long as
 * `identity/retention.ts` says. Works in batches that skip locked rows, so it neither waits for anybody nor makes anybody
 * wait.
 * @returns how many refresh tokens were deleted
 */
export async function forgetOldSessions(db: Db, now: Temporal.Instant, batch = BATCH): Promise<number> {
  const before = now.subtract(KEPT_AFTER_EXPIRY)
  const deleted = await drain(
    () =>
      sql`
    delete from identity.refresh_token where hash in (
      select hash from identity.refresh_token where expires_at < ${before}
      order by expires_at limit ${batch} for update skip locked)`.execute(db),
    batch,
  )
  await drain(
    () =>
      sql`
    delete from identity.browser_session where hash in (
      select hash from identity.browser_session where expires_at < ${before}
      order by expires_at limit ${batch} for update skip locked)`.execute(db),
    batch,
  )
  return deleted
}

/** Batch after batch until none is full. @returns how many rows were deleted */
async function drain(
  deleteBatch: () => Promise<{ numAffectedRows?: bigint }>,
  batch: number,
): Promise<number> {
  for (let deleted = 0; ; ) {
    const count = Number((await deleteBatch()).numAffectedRows ?? 0n)
    deleted += count
    if (count < batch) return deleted
  }
}

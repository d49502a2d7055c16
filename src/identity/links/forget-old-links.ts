import { sql } from 'kysely'
import type { Db } from '../../platform/database/database.ts'

/** They are kept a little longer than they are good for, so that a look at the table explains a complaint. */
const KEPT_AFTER_EXPIRY = { hours: 72 } as const
const BATCH = 5_000

/** Deletes links long expired, in batches that skip locked rows. */
export async function forgetOldLinks(db: Db, now: Temporal.Instant): Promise<void> {
  const before = now.subtract(KEPT_AFTER_EXPIRY)
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from identity.one_time_link where id in (
        select id from identity.one_time_link where expires_at < ${before}
        order by expires_at limit ${BATCH} for update skip locked)`.execute(db)
    if (Number(numAffectedRows ?? 0n) < BATCH) return
  }
}

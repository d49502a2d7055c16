import type { Db } from '../platform/database/database.ts'
import { notifications } from './tables.ts'

/** How long messages and remembered orders are kept. */
export const RETENTION_DAYS = 365

/** Forgets what is older than {@link RETENTION_DAYS}; a command of a forgotten message does nothing. */
export async function forgetOld(db: Db, now: Temporal.Instant): Promise<void> {
  const before = now.subtract({ hours: RETENTION_DAYS * 24 })
  await notifications(db).deleteFrom('notifications.message').where('created_at', '<', before).execute()
  await notifications(db).deleteFrom('notifications.known_order').where('placed_at', '<', before).execute()
}

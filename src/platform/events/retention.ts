import { sql } from 'kysely'
import type { Db } from '../database/database.ts'

/** A subscriber that no process has hosted for so long is gone. The inbox remembers no longer either. */
const GONE_AFTER = { hours: 90 * 24 } as const
const FORGET_AT_ONCE = 20_000

/**
 * Forgets events of the log that are older than the history that is to be kept and lie behind the places of all
 * subscribers: the slowest one holds everybody's history.
 * @param historyDays 0: everything is kept
 * @returns how many
 */
export async function forgetOldEvents(db: Db, now: Temporal.Instant, historyDays: number): Promise<number> {
  if (historyDays === 0) return 0
  const { numAffectedRows } = await sql`
    delete from platform.event_log where seq in (
      select seq from platform.event_log
      where seq <= (select min(position) from platform.subscriber)
        and occurred_at < ${now.subtract({ hours: historyDays * 24 })}
      order by seq limit ${FORGET_AT_ONCE})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/**
 * Forgets subscribers that were removed from the software, so that they neither hold history nor count as late. One that
 * comes back begins as a new one.
 * @returns their names
 */
export async function forgetGoneSubscribers(db: Db, now: Temporal.Instant): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    delete from platform.subscriber where seen_at < ${now.subtract(GONE_AFTER)} returning name`.execute(db)
  return rows.map(({ name }) => name)
}

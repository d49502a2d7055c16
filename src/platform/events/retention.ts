import { sql } from 'kysely'
import type { Db } from '../database/database.ts'

/** A subscriber that no process has hosted for so long is gone. */
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
      where seq <= (select min(position) from platform.subscriber where gone_at is null)
        and occurred_at < ${now.subtract({ hours: historyDays * 24 })}
      order by seq limit ${FORGET_AT_ONCE})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/**
 * Waits no longer for subscribers that were removed from the software: they neither hold history nor count as late. One
 * that comes back goes on from its place, and may miss what was forgotten meanwhile.
 * @param hosted what this process hosts: never gone, also when the whole system has stood still
 * @returns their names
 */
export async function leaveGoneSubscribers(
  db: Db,
  now: Temporal.Instant,
  hosted: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    with gone as (
      update platform.subscriber set gone_at = ${now}
      where gone_at is null and seen_at < ${now.subtract(GONE_AFTER)} and not name = any(${hosted}::text[])
      returning name),
    unwanted as (delete from platform.subscription where subscriber in (select name from gone))
    select name from gone order by name`.execute(db)
  return rows.map(({ name }) => name)
}

import { sql } from 'kysely'
import type { Db } from '../database/database.ts'

export interface Lag {
  /** Events that some subscriber has still to be given, or that are on their way into the log. */
  pending: number
  /** Age of the oldest of them. */
  oldestSeconds: number
  dead: number
  /** Events that wait for a process of a newer version. */
  newer: number
  subscribers: { name: string; pending: number; oldestSeconds: number }[]
}

/** How far delivery is behind. */
export async function eventLag(db: Db, now: Temporal.Instant): Promise<Lag> {
  const age = (oldest: Temporal.Instant | null) =>
    oldest ? Math.max(0, now.since(oldest).total('seconds')) : 0
  const { rows } = await sql<{
    pending: number
    oldest: Temporal.Instant | null
    dead: number
    newer: number
  }>`
    select (select count(distinct event_id) from platform.undelivered) as pending,
           (select min(occurred_at) from platform.undelivered) as oldest,
           (select count(*) from platform.parked_event where state = 'dead') as dead,
           (select count(*) from platform.parked_event where state = 'newer') as newer`.execute(db)
  const { rows: subscribers } = await sql<{ name: string; pending: number; oldest: Temporal.Instant | null }>`
    select s.name, count(u.event_id) as pending, min(u.occurred_at) as oldest
    from platform.subscriber s left join platform.undelivered u on u.subscriber = s.name
    where s.gone_at is null group by s.name`.execute(db)
  const [all] = rows
  return {
    pending: all?.pending ?? 0,
    oldestSeconds: age(all?.oldest ?? null),
    dead: all?.dead ?? 0,
    newer: all?.newer ?? 0,
    subscribers: subscribers.map(({ name, pending, oldest }) => ({
      name,
      pending,
      oldestSeconds: age(oldest),
    })),
  }
}

import { sql } from 'kysely'
import type { Db, Tx } from '../database/database.ts'
import { OUTGOING } from './kafka/outgoing.ts'

export interface Lag {
  /** Events that some subscriber has still to be given, or that are on their way into the log. */
  pending: number
  /** Age of the oldest of them. */
  oldestSeconds: number
  /** Age of the oldest event that no worker has even carried into the log: subscribers do not know of it yet. */
  untakenSeconds: number
  dead: number
  /** Events that wait for a process of a newer version. */
  newer: number
  subscribers: {
    name: string
    pending: number
    oldestSeconds: number
    /** Events it could not take and that are tried again, or wait behind such a one; without dead ones. */
    parked: number
    /** For how long the oldest of them has been. */
    parkedSeconds: number
  }[]
}

/** How far delivery is behind. */
export async function eventLag(db: Db, now: Temporal.Instant): Promise<Lag> {
  const age = (oldest: Temporal.Instant | null) =>
    oldest ? Math.max(0, now.since(oldest).total('seconds')) : 0
  const { rows } = await sql<{
    pending: number
    oldest: Temporal.Instant | null
    untaken: Temporal.Instant | null
    dead: number
    newer: number
  }>`
    select (select count(distinct event_id) from platform.undelivered) as pending,
           (select min(occurred_at) from platform.undelivered) as oldest,
           (select occurred_at from platform.outbox order by position limit 1) as untaken,
           (select count(*) from platform.parked_event where state = 'dead') as dead,
           (select count(*) from platform.parked_event where state = 'newer') as newer`.execute(db)
  const { rows: subscribers } = await sql<{
    name: string
    pending: number
    oldest: Temporal.Instant | null
    parked: number
    since: Temporal.Instant | null
  }>`
    select s.name, count(u.event_id) as pending, min(u.occurred_at) as oldest, aside.parked, aside.since
    from platform.subscriber s
      cross join lateral (
        select count(*) as parked, min(parked_at) as since from platform.parked_event p
        where p.subscriber = s.name and p.state <> 'dead') aside
      left join platform.undelivered u on u.subscriber = s.name
    where s.gone_at is null group by s.name, aside.parked, aside.since`.execute(db)
  const [all] = rows
  return {
    pending: all?.pending ?? 0,
    oldestSeconds: age(all?.oldest ?? null),
    untakenSeconds: age(all?.untaken ?? null),
    dead: all?.dead ?? 0,
    newer: all?.newer ?? 0,
    subscribers: subscribers.map(({ name, pending, oldest, parked, since }) => ({
      name,
      pending,
      oldestSeconds: age(oldest),
      parked,
      parkedSeconds: age(since),
    })),
  }
}

/** The same for those elsewhere, who are told by the broker. */
export const untoldSince = (db: Db | Tx, types: string) => waitingSince(db, types, OUTGOING)

/**
 * When the oldest event of some types happened that was written or has arrived here and that a subscriber was not given
 * yet; undefined when there is none. Looks for the first one only, however many wait.
 * @param types the beginning of their types
 */
export async function waitingSince(
  db: Db | Tx,
  types: string,
  subscriber: string,
): Promise<Temporal.Instant | undefined> {
  const { rows } = await sql<{ oldest: Temporal.Instant | null }>`
    select min(occurred_at) as oldest from (
      (select occurred_at from platform.outbox where starts_with(type, ${types}) order by position limit 1)
      union all
      select first.occurred_at
      from platform.subscriber s
        cross join lateral (
          select l.occurred_at from platform.event_log l
          where l.seq > s.position and starts_with(l.type, ${types})
            and ((s.name = ${OUTGOING} and not l.arrived)
              or exists (select 1 from platform.subscription w where w.subscriber = s.name and w.type = l.type))
          order by l.seq limit 1) first
      where s.name = ${subscriber} and s.gone_at is null) waiting`.execute(db)
  return rows[0]?.oldest ?? undefined
}

/**
 * When the oldest event happened that a subscriber could not take, dead or to be tried again; undefined when there is none.
 * @param types the beginning of their types
 * @param about what their data hold: those of others are not counted
 */
export async function parkedSince(
  db: Db | Tx,
  types: string,
  subscriber: string,
  about: object,
): Promise<Temporal.Instant | undefined> {
  const { rows } = await sql<{ oldest: Temporal.Instant | null }>`
    select min((envelope ->> 'time')::timestamptz) as oldest from platform.parked_event
    where subscriber = ${subscriber} and starts_with(envelope ->> 'type', ${types})
      and envelope -> 'data' @> ${JSON.stringify(about)}::jsonb`.execute(db)
  return rows[0]?.oldest ?? undefined
}

import type { Session } from '../database/session.ts'
import type { Delivery } from './deliver.ts'
import { MOST_AHEAD } from './inbox.ts'
import { envelopeOf, type OutboxRow } from './outbox.ts'
import type { Intake } from './transport.ts'

/**
 * The statements of the log. All of one process's run on its session, never on a pool: a place is then moved on the
 * connection that read before it. Effects commit without waiting for the disk; a crash of the server that takes them
 * ends the session too, so no place can be moved past them afterwards.
 */

/** Processes of before this log led by this lock. It is held in shared mode now, so none of them leads beside us. */
const FORMER_LEADER_LOCK = 7_316_501
/** First half of the locks by which a session shows that it lives; the second is its holder's number. */
const HOLDER_LOCKS = 7_316_503

/** How long the types a process wants count after it was last heard of. */
const WANTED_MINUTES = 10

/** Shows all other processes that this session lives, for as long as it does. */
export async function beginHolding(session: Session, holder: number): Promise<void> {
  await session.query('set synchronous_commit = off')
  // Plans are made while the log is small and kept while it grows.
  await session.query('set enable_seqscan = off')
  await session.query('select pg_advisory_lock($1, $2)', [HOLDER_LOCKS, holder])
}

/** Whether no process of a former version leads, now and for as long as this session lives. */
export async function keepFormerLeadersOut(session: Session): Promise<boolean> {
  const [row] = await session.query<{ out: boolean }>('select pg_try_advisory_lock_shared($1) as out', [
    FORMER_LEADER_LOCK,
  ])
  return row?.out ?? false
}

/**
 * Tells what this process hosts. Who has never been here gets a place; who comes back goes on from the one it had. For one
 * that begins now, what is on its way into the log counts as coming.
 * @returns who comes back: history has not waited for them
 */
export async function declareIntakes(session: Session, intakes: readonly Intake[]): Promise<string[]> {
  await session.query(
    `insert into platform.subscriber (name, position)
     select name, case when from_now then (select coalesce(max(seq), 0) from platform.event_log) else 0 end
     from unnest($1::text[], $2::boolean[]) as mine (name, from_now)
     order by name on conflict (name) do nothing`,
    [intakes.map(({ name }) => name), intakes.map(({ from }) => from === 'now')],
  )
  // Before the types, so that nobody takes them away again as those of one that is gone.
  const mine = await session.query<{ name: string; back: boolean }>(
    `with mine as (
       select name, gone_at is not null as back from platform.subscriber where name = any($1) order by name for update)
     update platform.subscriber s set seen_at = now(), gone_at = null from mine where s.name = mine.name
     returning s.name, mine.back`,
    [intakes.map(({ name }) => name)],
  )
  const wanted = intakes.flatMap(({ name, types }) => types.map((type) => ({ name, type })))
  await session.query(
    `insert into platform.subscription (subscriber, type, wanted_until)
     select name, type, now() + make_interval(mins => $3) from unnest($1::text[], $2::text[]) as mine (name, type)
     order by name, type
     on conflict (subscriber, type) do update set wanted_until = excluded.wanted_until`,
    [wanted.map(({ name }) => name), wanted.map(({ type }) => type), WANTED_MINUTES],
  )
  return mine.filter(({ back }) => back).map(({ name }) => name)
}

/**
 * Takes or renews the lead of subscribers: of those nobody holds, whose holder is gone (its session's lock is free) or
 * has not renewed in time (it hangs). By the database's clock, which is the same for all.
 * @returns the names this holder leads now
 */
export async function leadIntakes(
  session: Session,
  holder: number,
  names: readonly string[],
  leaseMs: number,
): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `with free as (
       select name from platform.subscriber
       where name = any($1) and (holder = $2 or holder is null or held_until < now()
         or pg_try_advisory_xact_lock_shared($3, holder))
       order by name for update)
     update platform.subscriber set holder = $2, held_until = now() + make_interval(secs => $4::float8 / 1000)
     where name in (select name from free) returning name`,
    [names, holder, HOLDER_LOCKS, leaseMs],
  )
  return rows.map(({ name }) => name)
}

/** Lets others lead at once. */
export async function letGoOfIntakes(session: Session, holder: number): Promise<void> {
  await session.query('update platform.subscriber set holder = null, held_until = null where holder = $1', [
    holder,
  ])
}

/** Carries events from the outbox to the end of the log. @returns how many, at most `atMost` */
export async function carryEvents(session: Session, atMost: number): Promise<number> {
  const [row] = await session.query<{ carried: number }>('select platform.carry_events($1) as carried', [
    atMost,
  ])
  return row?.carried ?? 0
}

/** The number of the last event in the log. */
export async function endOfLog(session: Session): Promise<number> {
  const [row] = await session.query<{ head: number }>(
    'select coalesce(max(seq), 0) as head from platform.event_log',
  )
  return row?.head ?? 0
}

/** What the log holds behind a place: its new end, and the types of the events up to there. */
export interface News {
  head: number
  types: ReadonlySet<string>
}

/** Looks once for all subscribers of a process what came into the log, whoever carried it there. */
export async function lookBehind(session: Session, seen: number): Promise<News> {
  const [row] = await session.query<{ head: number; types: string[] | null }>(
    `select coalesce(max(seq), $1::bigint) as head, array_agg(distinct type) as types
     from platform.event_log where seq > $1::bigint`,
    [seen],
  )
  return { head: row?.head ?? seen, types: new Set(row?.types) }
}

/** What comes next for a subscriber. */
export interface Portion {
  /** Its place before it has taken them. */
  position: number
  /** Its place once it has taken them. */
  behind: number
  deliveries: Delivery[]
  /** Whether there was more than it holds. */
  more: boolean
}

/** How many events of any type are looked through at once. */
const WINDOW = MOST_AHEAD

/**
 * Reads on from a subscriber's place: the types asked for, and those that another version of it has told to want.
 * @returns undefined when somebody else leads it
 */
export async function readPortion(
  session: Session,
  holder: number,
  { name, types, own = false }: Intake,
  atMost: number,
): Promise<Portion | undefined> {
  // Everything up to the highest number seen is seen: the log is written by one carrier after another.
  const rows = await session.query<Partial<OutboxRow> & { place: number | null; head: number }>(
    `with here as materialized (select position as place from platform.subscriber where name = $1 and holder = $2)
     select (select place from here) as place,
            (select coalesce(max(seq), 0) from platform.event_log) as head, next.*
     from (select) as one left join lateral (
       select seq as position, event_id, source, type, subject, subject_version, schema_version, occurred_at, data,
              request_id, traceparent
       from platform.event_log
       where seq > (select place from here) and seq <= (select place from here) + ${WINDOW}
         and (($5 and not arrived) or type = any($3::text[] || array(
           select type from platform.subscription where subscriber = $1 and wanted_until > now())))
       order by seq limit $4) as next on true
     order by next.position`,
    [name, holder, types, atMost, own],
  )
  const [first] = rows
  if (!first || first.place === null) return undefined
  const deliveries = rows.flatMap((row) =>
    isEvent(row) ? [{ envelope: envelopeOf(row), position: row.position }] : [],
  )
  const last = deliveries.at(-1)?.position ?? first.place
  const seen = Math.min(first.head, first.place + WINDOW)
  const behind = deliveries.length < atMost ? Math.max(seen, last) : last
  return { position: first.place, behind, deliveries, more: behind < first.head }
}

function isEvent(row: Partial<OutboxRow>): row is OutboxRow {
  return typeof row.position === 'number'
}

/** Moves a subscriber's place. @returns whether this holder still leads it, and the place was where it was read */
export async function movePlace(
  session: Session,
  holder: number,
  name: string,
  { position, behind }: Portion,
): Promise<boolean> {
  const moved = await session.query(
    `update platform.subscriber set position = $4 where name = $1 and holder = $2 and position = $3 returning name`,
    [name, holder, position, behind],
  )
  return moved.length === 1
}

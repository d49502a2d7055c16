import { sql } from 'kysely'
import type { Db, Tx } from '../database/database.ts'
import type { Envelope } from './event.ts'
import { envelopeOf, type OutboxRow } from './outbox.ts'

/** Less than the lease of a leader, so that its rows are free when another leads. */
const HUNG_AFTER_MS = 10_000

/** So long several events wait for a row together: what they have locked already is kept from others meanwhile. */
const LOCKED_TOGETHER_MS = 200

/** What was found when events were taken over. */
export interface Claim {
  /** Whether it is for this transaction to handle the event, as nobody has before; true once. */
  takes(envelope: Envelope): boolean
  /** Whether an earlier event of the same subject is parked. */
  isBlocked(envelope: Envelope): boolean
}

/**
 * Takes events over for a subscriber, in the order in which they are given, first of all in its transaction. Its commit
 * does not wait for the disk: the write-ahead log is in order, so whatever a crash of the database takes away, it takes
 * the later move of the subscriber's place too, and the events are handed over again. What must be durable before the
 * world hears of it (a command before it calls a provider) makes a waiting commit of its own, which carries everything
 * before it to the disk.
 *
 * Several events wait for a locked row no longer than {@link LOCKED_TOGETHER_MS}; a single one as long as any statement.
 *
 * A process that hangs in the middle holds the inbox rows; the server ends its transaction before another process leads.
 * @param hungAfterMs after how much silence
 */
export async function claimEvents(
  tx: Tx,
  subscriber: string,
  envelopes: readonly Envelope[],
  hungAfterMs = HUNG_AFTER_MS,
): Promise<Claim> {
  const subjects = envelopes.map(({ subject }) => subject)
  const { rows } = await sql<{ fresh: string[]; blocked: string[] }>`
    with claimed as (
      insert into platform.inbox (subscriber, event_id)
      select ${subscriber}, id from unnest(${envelopes.map(({ id }) => id)}::uuid[]) with ordinality as mine (id, place)
      order by place
      on conflict do nothing returning event_id)
    select array(select event_id::text from claimed) as fresh,
           array(select distinct subject from platform.parked_event
                 where subscriber = ${subscriber} and subject = any(${subjects}::text[])) as blocked,
           set_config('synchronous_commit', 'off', true),
           set_config('lock_timeout', coalesce(${envelopes.length > 1 ? String(LOCKED_TOGETHER_MS) : null}::text,
                                               current_setting('lock_timeout')), true),
           set_config('idle_in_transaction_session_timeout', ${String(hungAfterMs)}, true)`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('inbox claim returned no row')
  const fresh = new Set(row.fresh)
  // Whoever had one of them in hand may have parked it while this waited for its row: seen only by another look.
  const isShared = fresh.size > 0 && fresh.size < envelopes.length
  const blocked = new Set(isShared ? await parkedAmong(tx, subscriber, subjects) : row.blocked)
  return { takes: ({ id }) => fresh.delete(id), isBlocked: ({ subject }) => blocked.has(subject) }
}

/** @returns those of the subjects that have parked events now */
async function parkedAmong(tx: Tx, subscriber: string, subjects: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ subject: string }>`
    select distinct subject from platform.parked_event
    where subscriber = ${subscriber} and subject = any(${subjects}::text[])`.execute(tx)
  return rows.map(({ subject }) => subject)
}

/** How long handled events are remembered: far longer than any event can still be on its way. */
const INBOX_RETENTION = { hours: 90 * 24 } as const
const FORGET_AT_ONCE = 50_000
/** How far beyond its place a subscriber may have handled events: what a leader looks through at once. */
export const MOST_AHEAD = 2_000

/**
 * Forgets that old events were handled, once their subscriber has moved past them: what was handled just before the whole
 * system stood still is handed over again however long that was. A leader handles one portion ahead of its place.
 * @returns how many
 */
export async function forgetHandledEvents(db: Db, now: Temporal.Instant): Promise<number> {
  const { numAffectedRows } = await sql`
    with ahead as materialized (
      select s.name, l.event_id from platform.subscriber s
        join platform.event_log l on l.seq > s.position and l.seq <= s.position + ${MOST_AHEAD})
    delete from platform.inbox where ctid in (
      select i.ctid from platform.inbox i
      where i.handled_at < ${now.subtract(INBOX_RETENTION)}
        and not exists (select from ahead where ahead.name = i.subscriber and ahead.event_id = i.event_id)
        and not exists (select from platform.outbox o where o.event_id = i.event_id)
      limit ${FORGET_AT_ONCE})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** How many events are told again at once. */
const PORTION = 1_000

/**
 * What a subscriber has taken in and the log still holds, again from the beginning, in portions in the order of the log:
 * up to its place, without what is parked for it. For making anew what was made of them. What comes while this is read
 * comes to the subscriber as ever.
 */
export async function* takenEvents(
  db: Db,
  subscriber: string,
  types: readonly string[],
): AsyncGenerator<Envelope[]> {
  let after = 0
  for (;;) {
    const { rows } = await sql<OutboxRow>`
      select l.seq as position, l.event_id, l.source, l.type, l.subject, l.subject_version, l.schema_version,
             l.occurred_at, l.data, l.request_id, l.traceparent
      from platform.event_log l
      where l.seq > ${after} and l.type = any(${types}::text[])
        and l.seq <= (select position from platform.subscriber where name = ${subscriber})
        and not exists (select from platform.parked_event p
                        where p.subscriber = ${subscriber} and p.event_id = l.event_id)
      order by l.seq limit ${PORTION}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(envelopeOf)
    after = last.position
  }
}

import { sql } from 'kysely'
import {
  afterCommit,
  type Db,
  isDatabaseUnavailable,
  type Tx,
  transact,
  undoable,
} from '../database/database.ts'
import { type DeliverDeps, inRequestOf } from './deliver.ts'
import type { Envelope } from './event.ts'
import { type Failure, parkingFor } from './retry-schedule.ts'
import { prepareEvent, type Subscriber } from './subscriber.ts'

export interface ParkedEvent {
  id: number
  subscriber: string
  subject: string
  state: 'retrying' | 'waiting' | 'newer' | 'dead'
  attempts: number
  reason: string
  parked_at: Temporal.Instant
  next_at: Temporal.Instant
  envelope: Envelope
}

/** Parked events whose turn it is: the first of its subject, and its time has come. */
const due = (now: Temporal.Instant) => sql`
  (state = 'waiting' or (state in ('retrying', 'newer') and next_at <= ${now}))
  and not exists (
    select 1 from platform.parked_event as earlier
    where earlier.subscriber = candidate.subscriber and earlier.subject = candidate.subject
      and earlier.position < candidate.position)`

/** Which of the subscribers have parked events to try again. */
export async function withParkedDue(
  deps: DeliverDeps,
  subscribers: readonly Subscriber[],
): Promise<Subscriber[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct subscriber as name from platform.parked_event as candidate
    where subscriber = any(${subscribers.map(({ name }) => name)}::text[]) and ${due(deps.now())}`.execute(
    deps.db,
  )
  return subscribers.filter(({ name }) => rows.some((row) => row.name === name))
}

/**
 * Tries a subscriber's events again whose time has come. Only the first parked event of a subject is ever tried; the
 * ones behind it follow, in order, as soon as it is gone. Several processes may do so at once.
 * @returns how many were tried; call again until it is 0 to let whole queues drain
 */
export async function retryParked(deps: DeliverDeps, subscriber: Subscriber, limit = 100): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from platform.parked_event as candidate
    where subscriber = ${subscriber.name} and ${due(deps.now())}
    order by id limit ${limit}`.execute(deps.db)
  for (const { id } of rows) await retryOne(deps, subscriber, id)
  return rows.length
}

/**
 * One try. The row stays locked from before it until what came of it is committed, so no other process tries the same
 * event meanwhile. Only a failure at the commit itself (a deferred constraint) is noted after the lock is gone, and might
 * see one more try; it does no harm, as whatever fails leaves nothing behind.
 */
async function retryOne(deps: DeliverDeps, subscriber: Subscriber, id: number): Promise<void> {
  try {
    await transact(deps.db, async (tx) => {
      const row = await lockForRetry(tx, id, deps.now())
      if (!row) return
      const prepared = prepareEvent(subscriber, row.envelope)
      if (prepared.kind !== 'ready') {
        const attempt = row.attempts + 1
        const failure = prepared.kind === 'newer' ? { ...prepared, attempt, since: row.parked_at } : prepared
        return parkAgain(deps, tx, row, failure)
      }
      const tried = await undoable(tx, () =>
        inRequestOf(deps, subscriber, row.envelope, () => prepared.apply(tx)),
      )
      if (tried.kind === 'done') return remove(tx, id)
      await parkAgain(deps, tx, row, failed(row, tried.error))
    })
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error
    await transact(deps.db, async (tx) => {
      const row = await lockForRetry(tx, id, deps.now())
      if (row) await parkAgain(deps, tx, row, failed(row, error))
    })
  }
}

const failed = ({ attempts }: ParkedEvent, error: unknown): Failure => ({
  kind: 'failed',
  attempt: attempts + 1,
  error,
})

async function parkAgain(deps: DeliverDeps, tx: Tx, row: ParkedEvent, failure: Failure): Promise<void> {
  const parking = parkingFor(failure, deps.now())
  await sql`
    update platform.parked_event set state = ${parking.state}, attempts = ${parking.attempts},
      next_at = ${parking.nextAt}, reason = ${parking.reason} where id = ${row.id}`.execute(tx)
  if (parking.state !== row.state || parking.state === 'retrying')
    afterCommit(tx, () => deps.onParked?.(row.subscriber, row.envelope, parking))
}

/** Undefined when another process has it, or has tried it since it was looked for: its time is another one then. */
async function lockForRetry(tx: Tx, id: number, now: Temporal.Instant): Promise<ParkedEvent | undefined> {
  const { rows } = await sql<ParkedEvent>`
    select * from platform.parked_event
    where id = ${id} and (state = 'waiting' or (state in ('retrying', 'newer') and next_at <= ${now}))
    for update skip locked`.execute(tx)
  return rows[0]
}

async function remove(tx: Tx, id: number): Promise<void> {
  await sql`delete from platform.parked_event where id = ${id}`.execute(tx)
}

/** Dead letters for the operator, newest first, `before` for the next page. */
export async function listDeadEvents(
  db: Db,
  page: { before?: number; limit: number },
): Promise<ParkedEvent[]> {
  const { rows } = await sql<ParkedEvent>`
    select * from platform.parked_event
    where state = 'dead' and (${page.before ?? null}::bigint is null or id < ${page.before ?? null}::bigint)
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}

/** Lets a dead event be tried again now, with all its tries. False when there is no such dead event. */
export async function replayDeadEvent(db: Db, id: number, now: Temporal.Instant): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update platform.parked_event set state = 'retrying', attempts = 0, next_at = ${now}, parked_at = ${now}
    where id = ${id} and state = 'dead'`.execute(db)
  return numAffectedRows === 1n
}

/** Drops a dead event for good; the ones behind it go on. False when there is no such dead event. */
export async function discardDeadEvent(db: Db, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from platform.parked_event where id = ${id} and state = 'dead'`.execute(db)
  return numAffectedRows === 1n
}

/** Which dead events are meant: those of a subscriber, of a type, or of both. */
export interface DeadEvents {
  subscriber?: string | undefined
  type?: string | undefined
}

/** How many dead events are replayed or given up by one statement. */
export const MOST_DEAD_AT_ONCE = 1_000

const chosen = ({ subscriber, type }: DeadEvents) => sql`
  select id from platform.parked_event
  where state = 'dead' and subscriber = coalesce(${subscriber ?? null}, subscriber)
    and envelope ->> 'type' = coalesce(${type ?? null}, envelope ->> 'type')
  order by id limit ${MOST_DEAD_AT_ONCE}`

/** Lets dead events be tried again now, with all their tries. @returns how many; more may be left */
export async function replayDeadEvents(db: Db, which: DeadEvents, now: Temporal.Instant): Promise<number> {
  const { numAffectedRows } = await sql`
    update platform.parked_event set state = 'retrying', attempts = 0, next_at = ${now}, parked_at = ${now}
    where state = 'dead' and id in (${chosen(which)})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** Drops dead events for good; the ones behind them go on. @returns how many; more may be left */
export async function discardDeadEvents(db: Db, which: DeadEvents): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from platform.parked_event where state = 'dead' and id in (${chosen(which)})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

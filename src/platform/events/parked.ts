import { sql } from 'kysely'
import { type Db, isDatabaseUnavailable, type Tx, transact } from '../database/database.ts'
import { type DeliverDeps, inRequestOf } from './deliver.ts'
import type { Envelope } from './event.ts'
import { parkingFor } from './retry-schedule.ts'

export interface ParkedEvent {
  id: number
  subscriber: string
  subject: string
  state: 'retrying' | 'waiting' | 'dead'
  attempts: number
  reason: string
  parked_at: Temporal.Instant
  next_at: Temporal.Instant
  envelope: Envelope
}

/**
 * Tries the events again whose time has come. Only the first parked event of a subject is ever tried; the ones
 * behind it follow, in order, as soon as it is gone.
 * @returns how many were tried; call again until it is 0 to let whole queues drain
 */
export async function retryParked(deps: DeliverDeps, limit = 100): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from platform.parked_event as candidate
    where (state = 'waiting' or (state = 'retrying' and next_at <= ${deps.now()}))
      and not exists (
        select 1 from platform.parked_event as earlier
        where earlier.subscriber = candidate.subscriber and earlier.subject = candidate.subject
          and earlier.position < candidate.position)
    order by id limit ${limit}`.execute(deps.db)
  for (const { id } of rows) await retryOne(deps, id)
  return rows.length
}

async function retryOne(deps: DeliverDeps, id: number): Promise<void> {
  try {
    await transact(deps.db, async (tx) => {
      const row = await lockForRetry(tx, id)
      if (!row) return
      const handler = deps.subscribers
        .find((candidate) => candidate.name === row.subscriber)
        ?.handlers.find((candidate) => candidate.type === row.envelope.type)
      const prepared = handler?.prepare(row.envelope)
      if (!prepared || prepared.kind === 'unreadable') {
        const reason = prepared?.reason ?? `no handler for ${row.envelope.type} in ${row.subscriber}`
        await sql`update platform.parked_event set state = 'dead', reason = ${reason} where id = ${id}`.execute(
          tx,
        )
        return
      }
      await inRequestOf(row.envelope, () => prepared.apply(tx))
      await remove(tx, id)
    })
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error
    await transact(deps.db, async (tx) => {
      const row = await lockForRetry(tx, id)
      if (!row) return
      const parking = parkingFor({ kind: 'failed', attempt: row.attempts + 1, error }, deps.now())
      await sql`
        update platform.parked_event set state = ${parking.state}, attempts = ${parking.attempts},
          next_at = ${parking.nextAt}, reason = ${parking.reason} where id = ${id}`.execute(tx)
      deps.onParked?.(row.subscriber, row.envelope, parking)
    })
  }
}

async function lockForRetry(tx: Tx, id: number): Promise<ParkedEvent | undefined> {
  const { rows } = await sql<ParkedEvent>`
    select * from platform.parked_event where id = ${id} and state <> 'dead' for update skip locked`.execute(
    tx,
  )
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
    update platform.parked_event set state = 'retrying', attempts = 0, next_at = ${now}
    where id = ${id} and state = 'dead'`.execute(db)
  return numAffectedRows === 1n
}

/** Drops a dead event for good; the ones behind it go on. False when there is no such dead event. */
export async function discardDeadEvent(db: Db, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from platform.parked_event where id = ${id} and state = 'dead'`.execute(db)
  return numAffectedRows === 1n
}

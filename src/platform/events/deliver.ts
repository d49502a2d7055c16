import { sql } from 'kysely'
import { type Db, isDatabaseUnavailable, type Tx, transact } from '../database/database.ts'
import { runInRequest } from '../telemetry/request-context.ts'
import type { Envelope } from './event.ts'
import { type Parking, parkingFor } from './retry-schedule.ts'
import type { Handler, Subscriber } from './subscriber.ts'

export interface Delivery {
  envelope: Envelope
  /** Place in the source's outbox; parked events are replayed in this order. */
  position: number
}

export interface DeliverDeps {
  db: Db
  subscribers: readonly Subscriber[]
  now(): Temporal.Instant
  onParked?(subscriber: string, envelope: Envelope, parking: Parking): void
}

/**
 * Hands one event to every subscriber that wants it. Afterwards each of them has either committed its effect or
 * has the event parked, so the caller may mark it delivered.
 * @throws only when the database itself is unavailable: the caller keeps the event and tries again
 */
export async function deliver(deps: DeliverDeps, delivery: Delivery): Promise<void> {
  for (const subscriber of deps.subscribers) {
    const handler = subscriber.handlers.find((candidate) => candidate.type === delivery.envelope.type)
    if (handler) await deliverTo(deps, subscriber, handler, delivery)
  }
}

async function deliverTo(deps: DeliverDeps, subscriber: Subscriber, handler: Handler, delivery: Delivery) {
  const { envelope } = delivery
  const prepared = handler.prepare(envelope)
  if (prepared.kind === 'unreadable') {
    await parkFailed(
      deps,
      subscriber,
      delivery,
      parkingFor({ kind: 'unreadable', reason: prepared.reason }, deps.now()),
    )
    return
  }
  try {
    await inRequestOf(envelope, () =>
      transact(deps.db, async (tx) => {
        const claim = await claimInbox(tx, subscriber.name, envelope)
        if (!claim.fresh) return
        if (claim.blocked) {
          await park(tx, subscriber.name, delivery, {
            state: 'waiting',
            attempts: 0,
            nextAt: deps.now(),
            reason: 'an earlier event of the same subject is parked',
          })
          return
        }
        await prepared.apply(tx)
      }),
    )
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error
    await parkFailed(
      deps,
      subscriber,
      delivery,
      parkingFor({ kind: 'failed', attempt: 1, error }, deps.now()),
    )
  }
}

async function parkFailed(deps: DeliverDeps, subscriber: Subscriber, delivery: Delivery, parking: Parking) {
  await transact(deps.db, async (tx) => {
    const claim = await claimInbox(tx, subscriber.name, delivery.envelope)
    if (!claim.fresh) return
    const behind: Parking = {
      ...parking,
      state: 'waiting',
      reason: `${parking.reason} (behind an earlier event)`,
    }
    await park(tx, subscriber.name, delivery, claim.blocked ? behind : parking)
  })
  deps.onParked?.(subscriber.name, delivery.envelope, parking)
}

/** Runs work with the request id of the event, so that logs of handlers carry it. */
export function inRequestOf<T>(envelope: Envelope, work: () => T): T {
  return runInRequest(
    { requestId: envelope.requestid ?? envelope.id, traceparent: envelope.traceparent },
    work,
  )
}

/**
 * Takes the event over for a subscriber, first of all in its transaction. Its commit does not wait for the disk: the
 * log is written in order, so whatever a crash of the database takes away, it takes the later mark "delivered" too,
 * and the event is handed over again. What must be durable before the world hears of it (a command before it calls a
 * provider) makes a waiting commit of its own, which carries everything before it to the disk.
 */
async function claimInbox(tx: Tx, subscriber: string, envelope: Envelope) {
  const { rows } = await sql<{ fresh: boolean; blocked: boolean }>`
    with claimed as (
      insert into platform.inbox (subscriber, event_id) values (${subscriber}, ${envelope.id})
      on conflict do nothing returning 1)
    select exists (select 1 from claimed) as fresh,
           exists (select 1 from platform.parked_event
                   where subscriber = ${subscriber} and subject = ${envelope.subject}) as blocked,
           set_config('synchronous_commit', 'off', true)`.execute(tx)
  const row = rows[0]
  if (!row) throw new Error('inbox claim returned no row')
  return row
}

async function park(tx: Tx, subscriber: string, { envelope, position }: Delivery, parking: Parking) {
  await sql`
    insert into platform.parked_event
      (subscriber, event_id, subject, position, envelope, state, attempts, next_at, reason)
    values (${subscriber}, ${envelope.id}, ${envelope.subject}, ${position}, ${JSON.stringify(envelope)}::jsonb,
            ${parking.state}, ${parking.attempts}, ${parking.nextAt}, ${parking.reason})`.execute(tx)
}

/** How long handled events are remembered: far longer than any event can still be on its way. */
const INBOX_RETENTION = { hours: 90 * 24 } as const
const FORGET_AT_ONCE = 50_000

/** Forgets that old events were handled; a delivered event is never sent again. @returns how many */
export async function forgetHandledEvents(db: Db, now: Temporal.Instant): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from platform.inbox where ctid in (
      select ctid from platform.inbox where handled_at < ${now.subtract(INBOX_RETENTION)} limit ${FORGET_AT_ONCE})`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0n)
}

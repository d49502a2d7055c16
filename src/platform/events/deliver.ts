import { sql } from 'kysely'
import { type Db, isDatabaseUnavailable, type Tx, transact } from '../database/database.ts'
import { inSpan } from '../telemetry/in-span.ts'
import { runInRequest } from '../telemetry/request-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { Envelope } from './event.ts'
import { type Failure, type Parking, parkingFor } from './retry-schedule.ts'
import { prepareEvent, type Subscriber } from './subscriber.ts'

export interface Delivery {
  envelope: Envelope
  /** Place in the log; parked events are replayed in this order. */
  position: number
}

export interface DeliverDeps {
  db: Db
  now(): Temporal.Instant
  /** After how much silence in the middle of an effect the server ends its transaction, in milliseconds. */
  hungAfterMs?: number
  /** Left out: nothing is traced. */
  tracer?: Tracer | undefined
  onParked?(subscriber: string, envelope: Envelope, parking: Parking): void
}

/**
 * Hands events to a subscriber: several subjects at a time, the events of one subject one after the other. Afterwards
 * each has either committed its effect or is parked.
 * @throws only when the database itself is unavailable: the caller keeps the events and hands them over again
 */
export async function deliverAll(
  deps: DeliverDeps,
  subscriber: Subscriber,
  deliveries: readonly Delivery[],
  concurrency: number,
): Promise<void> {
  const bySubject = Map.groupBy(deliveries, ({ envelope }) => envelope.subject).values()
  const worker = async () => {
    for (const queue of bySubject) for (const delivery of queue) await deliver(deps, subscriber, delivery)
  }
  // All workers settle before an error is passed on, so nothing of these runs beside what comes next.
  const results = await Promise.allSettled(Array.from({ length: concurrency }, worker))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

async function deliver(deps: DeliverDeps, subscriber: Subscriber, delivery: Delivery): Promise<void> {
  const { envelope } = delivery
  const prepared = prepareEvent(subscriber, envelope)
  if (prepared.kind !== 'ready') {
    const now = deps.now()
    const failure: Failure = prepared.kind === 'newer' ? { ...prepared, attempt: 1, since: now } : prepared
    await parkFailed(deps, subscriber, delivery, parkingFor(failure, now))
    return
  }
  try {
    await inRequestOf(deps, subscriber, envelope, () =>
      transact(deps.db, async (tx) => {
        const claim = await claimInbox(deps, tx, subscriber.name, envelope)
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
  const parked = await transact<Parking | undefined>(deps.db, async (tx) => {
    const claim = await claimInbox(deps, tx, subscriber.name, delivery.envelope)
    if (!claim.fresh) return undefined
    const behind: Parking = {
      ...parking,
      state: 'waiting',
      reason: `${parking.reason} (behind an earlier event)`,
    }
    const where = claim.blocked ? behind : parking
    await park(tx, subscriber.name, delivery, where)
    return where
  })
  if (parked) deps.onParked?.(subscriber.name, delivery.envelope, parked)
}

/** Runs work as a part of the request that led to the event: logs of handlers carry its id, and its trace goes on. */
export function inRequestOf<T>(
  { tracer }: DeliverDeps,
  { name }: Subscriber,
  { id, requestid, traceparent, type }: Envelope,
  work: () => Promise<T>,
): Promise<T> {
  const about = {
    kind: 'consumer',
    root: true,
    attributes: { 'messaging.destination.name': type, 'messaging.consumer.group.name': name },
  } as const
  return runInRequest({ requestId: requestid ?? id, traceparent, tracer }, () =>
    inSpan(`${name} hears ${type}`, about, work),
  )
}

/** Less than the lease of a leader, so that its rows are free when another leads. */
const HUNG_AFTER_MS = 10_000

/**
 * Takes the event over for a subscriber, first of all in its transaction. Its commit does not wait for the disk: the
 * write-ahead log is in order, so whatever a crash of the database takes away, it takes the later move of the
 * subscriber's place too, and the event is handed over again. What must be durable before the world hears of it (a
 * command before it calls a provider) makes a waiting commit of its own, which carries everything before it to the disk.
 *
 * A process that hangs in the middle holds the inbox row; the server ends its transaction before another process leads.
 */
async function claimInbox(deps: DeliverDeps, tx: Tx, subscriber: string, envelope: Envelope) {
  const { rows } = await sql<{ fresh: boolean; blocked: boolean }>`
    with claimed as (
      insert into platform.inbox (subscriber, event_id) values (${subscriber}, ${envelope.id})
      on conflict do nothing returning 1)
    select exists (select 1 from claimed) as fresh,
           exists (select 1 from platform.parked_event
                   where subscriber = ${subscriber} and subject = ${envelope.subject}) as blocked,
           set_config('synchronous_commit', 'off', true),
           set_config('idle_in_transaction_session_timeout', ${String(deps.hungAfterMs ?? HUNG_AFTER_MS)}, true)`.execute(
    tx,
  )
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

import { sql } from 'kysely'
import { type Db, isDatabaseUnavailable, type Tx, transact } from '../database/database.ts'
import { inSpan } from '../telemetry/in-span.ts'
import { runInRequest } from '../telemetry/request-context.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { Envelope } from './event.ts'
import { claimEvents } from './inbox.ts'
import { type Failure, type Parking, parkingFor } from './retry-schedule.ts'
import { type Prepared, prepareEvent, type Subscriber } from './subscriber.ts'

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
 * Hands events to a subscriber: several subjects at a time, the events of one subject one after the other; or, where
 * several may share a transaction, so many of them after so many. Afterwards each has either committed its effect or is
 * parked.
 * @throws only when the database itself is unavailable: the caller keeps the events and hands them over again
 */
export async function deliverAll(
  deps: DeliverDeps,
  subscriber: Subscriber,
  deliveries: readonly Delivery[],
  concurrency: number,
): Promise<void> {
  const { together = 1 } = subscriber
  if (together > 1) {
    for (let from = 0; from < deliveries.length; from += together)
      await deliverTogether(deps, subscriber, deliveries.slice(from, from + together), concurrency)
    return
  }
  await deliverEach(deps, subscriber, deliveries, concurrency)
}

/** Each in a transaction of its own. */
async function deliverEach(
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

type Ready = Delivery & Extract<Prepared, { kind: 'ready' }>

/**
 * One transaction for all of them. When one fails, cannot be read or finds a row locked for long, nothing of it stands
 * and each gets a transaction of its own, so that only those are parked that must be, and only those wait.
 */
async function deliverTogether(
  deps: DeliverDeps,
  subscriber: Subscriber,
  portion: readonly Delivery[],
  concurrency: number,
): Promise<void> {
  const ready = portion.flatMap((delivery): Ready[] => {
    const prepared = prepareEvent(subscriber, delivery.envelope)
    return prepared.kind === 'ready' ? [{ ...delivery, ...prepared }] : []
  })
  const shared = portion.length > 1 && ready.length === portion.length
  if (shared && (await applyTogether(deps, subscriber, ready))) return
  await deliverEach(deps, subscriber, portion, concurrency)
}

/** @returns whether all of it has committed */
async function applyTogether(
  deps: DeliverDeps,
  subscriber: Subscriber,
  portion: readonly Ready[],
): Promise<boolean> {
  try {
    await transact(deps.db, async (tx) => {
      const envelopes = portion.map(({ envelope }) => envelope)
      const claim = await claimEvents(tx, subscriber.name, envelopes, deps.hungAfterMs)
      for (const delivery of portion.toSorted(byLock)) {
        const { envelope, apply } = delivery
        if (!claim.takes(envelope)) continue
        if (claim.isBlocked(envelope)) await parkBehind(deps, tx, subscriber, delivery)
        else await inRequestOf(deps, subscriber, envelope, () => apply(tx))
      }
    })
    return true
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error
    return false
  }
}

/** In the order of what they lock, so that two who lock several never wait for each other; then as they were told. */
function byLock(a: Ready, b: Ready): number {
  if (a.locks !== b.locks) return a.locks < b.locks ? -1 : 1
  return a.position - b.position
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
        const claim = await claimEvents(tx, subscriber.name, [envelope], deps.hungAfterMs)
        if (!claim.takes(envelope)) return
        if (claim.isBlocked(envelope)) await parkBehind(deps, tx, subscriber, delivery)
        else await prepared.apply(tx)
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
    const claim = await claimEvents(tx, subscriber.name, [delivery.envelope], deps.hungAfterMs)
    if (!claim.takes(delivery.envelope)) return undefined
    const behind: Parking = {
      ...parking,
      state: 'waiting',
      reason: `${parking.reason} (behind an earlier event)`,
    }
    const where = claim.isBlocked(delivery.envelope) ? behind : parking
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

async function parkBehind({ now }: DeliverDeps, tx: Tx, { name }: Subscriber, delivery: Delivery) {
  const reason = 'an earlier event of the same subject is parked'
  await park(tx, name, delivery, { state: 'waiting', attempts: 0, nextAt: now(), reason })
}

async function park(tx: Tx, subscriber: string, { envelope, position }: Delivery, parking: Parking) {
  await sql`
    insert into platform.parked_event
      (subscriber, event_id, subject, position, envelope, state, attempts, next_at, reason)
    values (${subscriber}, ${envelope.id}, ${envelope.subject}, ${position}, ${JSON.stringify(envelope)}::jsonb,
            ${parking.state}, ${parking.attempts}, ${parking.nextAt}, ${parking.reason})`.execute(tx)
}

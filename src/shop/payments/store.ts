import type { Selectable } from 'kysely'
import { sql, type Updateable } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { NewEvent } from '../../platform/events/event.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import { type AttemptState, NEXT_STATES, OPEN_STATES } from './attempt.ts'
import { SOURCE } from './events.ts'
import type { WireNote } from './provider.ts'
import { type AttemptTable, payments } from './tables.ts'

export type Attempt = Selectable<AttemptTable>

/** Reads an attempt without locking it. */
export async function readAttempt(db: Db | Tx, id: string): Promise<Attempt | undefined> {
  return payments(db).selectFrom('payments.attempt').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Locks an attempt. The order is always locked before, never after: one lock order for the whole shop. */
export async function lockAttempt(tx: Tx, id: string): Promise<Attempt | undefined> {
  return payments(tx)
    .selectFrom('payments.attempt')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

/** The attempt that holds the order, if any. */
export async function openAttemptOf(tx: Tx, orderId: string): Promise<Attempt | undefined> {
  return payments(tx)
    .selectFrom('payments.attempt')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('state', 'in', [...OPEN_STATES])
    .forUpdate()
    .executeTakeFirst()
}

/**
 * Moves an attempt by compare-and-set on its state and sending number.
 * @returns the new row, or undefined when somebody else moved it first
 * @throws on a transition the state machine does not know: a bug
 */
export async function moveAttempt(
  tx: Tx,
  from: Attempt,
  to: AttemptState,
  now: Temporal.Instant,
  changes: Omit<Updateable<AttemptTable>, 'state' | 'version'> = {},
): Promise<Attempt | undefined> {
  if (from.state !== to && !NEXT_STATES[from.state].includes(to)) {
    throw new Error(`attempt ${from.id} cannot go from ${from.state} to ${to}`)
  }
  return payments(tx)
    .updateTable('payments.attempt')
    .set({ ...changes, state: to, updated_at: now, version: sql<number>`version + 1` })
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('send_no', '=', from.send_no)
    .returningAll()
    .executeTakeFirst()
}

/** Keeps the evidence of one step. Notes never hold secrets: adapters redact what went over the wire. */
export async function remember(
  tx: Tx | Db,
  row: { attemptId: string; refundId?: string; at: Temporal.Instant; step: string; note?: unknown },
): Promise<void> {
  await payments(tx)
    .insertInto('payments.history')
    .values({
      attempt_id: row.attemptId,
      refund_id: row.refundId ?? null,
      at: row.at,
      step: row.step,
      note: JSON.stringify(row.note ?? {}),
    })
    .execute()
}

/** The event-relevant part of an attempt. */
export function aboutAttempt(attempt: Attempt) {
  return {
    attemptId: attempt.id,
    orderId: attempt.order_id,
    ownerId: attempt.owner_id,
    provider: attempt.provider,
  }
}

export async function publish(tx: Tx, now: Temporal.Instant, event: NewEvent): Promise<void> {
  await appendEvents(tx, SOURCE, now, [event])
}

/** The wire note of an outcome, if it has one, with the kind of the outcome. */
export function noteOf(outcome: { kind: string; wire?: WireNote; reason?: string; code?: string }): object {
  const { kind, wire, reason, code } = outcome
  return {
    outcome: kind,
    ...(reason ? { reason } : {}),
    ...(code ? { code } : {}),
    ...(wire ? { wire } : {}),
  }
}

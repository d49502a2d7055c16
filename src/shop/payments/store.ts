import type { Selectable } from 'kysely'
import { sql, type Updateable } from 'kysely'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { NewEvent } from '../../platform/events/event.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import { type AttemptState, type Expected, NEXT_STATES, OPEN_STATES } from './attempt.ts'
import { SOURCE } from './events.ts'
import type { WireNote } from './provider.ts'
import { type AttemptTable, payments } from './tables.ts'

export type Attempt = Selectable<AttemptTable>

/** Reads an attempt without locking it. */
export async function readAttempt(db: Db | Tx, id: string): Promise<Attempt | undefined> {
  return payments(db).selectFrom('payments.attempt').selectAll().where('id', '=', id).executeTakeFirst()
}

/**
 * Locks an attempt. The order is always locked before, never after; a refund is locked after its attempt: one lock
 * order for the whole shop. The lock leaves rows alone that only refer to the attempt.
 */
export async function lockAttempt(tx: Tx, id: string): Promise<Attempt | undefined> {
  return payments(tx)
    .selectFrom('payments.attempt')
    .selectAll()
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/** The attempt that holds the order, if any, locked. */
export async function openAttemptOf(tx: Tx, orderId: string): Promise<Attempt | undefined> {
  return payments(tx)
    .selectFrom('payments.attempt')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('state', 'in', [...OPEN_STATES])
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/**
 * Moves an attempt by compare-and-set on its state and sending number, and keeps the evidence of the step.
 * @param note why, for the attempt's history
 * @returns the new row, or undefined when somebody else moved it first (and then nothing is written)
 * @throws on a transition the state machine does not know: a bug
 */
export async function moveAttempt(
  tx: Tx,
  from: Attempt,
  to: AttemptState,
  now: Temporal.Instant,
  changes: Omit<Updateable<AttemptTable>, 'state' | 'version'> = {},
  note: object = {},
): Promise<Attempt | undefined> {
  if (!NEXT_STATES[from.state].includes(to)) {
    throw new Error(`attempt ${from.id} cannot go from ${from.state} to ${to}`)
  }
  const moved = await payments(tx)
    .updateTable('payments.attempt')
    .set({ ...changes, state: to, updated_at: now, version: sql<number>`version + 1` })
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('send_no', '=', from.send_no)
    .returningAll()
    .executeTakeFirst()
  if (moved) await remember(tx, { attemptId: from.id, at: now, step: to, note })
  return moved
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

/** Under which of the provider's merchant ids it runs: a payment that issues a token belongs to the token's. */
export function originOf(attempt: Attempt): 'pay' | 'token' {
  return attempt.origin === 'checkout' && attempt.mode === 'pay' ? 'pay' : 'token'
}

/** What every answer about the attempt is held against. */
export function expectedOf(attempt: Attempt): Expected {
  return { merchantRef: attempt.id, ref: attempt.provider_ref ?? undefined, total: attempt.total }
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

import { randomBytes } from 'node:crypto'
import { type Insertable, type Selectable, type SelectQueryBuilder, sql, type Updateable } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { literals } from '../../../platform/database/literals.ts'
import type { NewEvent } from '../../../platform/events/event.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import { newId } from '../../../platform/ids.ts'
import { vatOf } from '../../../platform/money.ts'
import { currentRequest } from '../../../platform/telemetry/request-context.ts'
import type { ProviderName, WireNote } from '../provider.ts'
import { type AttemptState, type Expected, NEXT_STATES, OPEN_STATES } from '../rules/attempt.ts'
import { type AttemptTable, type HistoryStep, payments } from './tables.ts'

export type Attempt = Selectable<AttemptTable>

/** Reads an attempt without locking it. */
export async function readAttempt(db: Db | Tx, id: string): Promise<Attempt | undefined> {
  return payments(db).selectFrom('payments.attempt').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Who is asked by an attempt. @throws when there is none with this id: a bug of the caller */
export async function providerOfCharge(db: Db | Tx, id: string): Promise<ProviderName> {
  const attempt = await readAttempt(db, id)
  if (!attempt) throw new Error(`there is no attempt ${id}`)
  return attempt.provider
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
 * Whether a charge by a stored method has begun and is not over, and if so whether its outcome is unknown. Nothing is
 * locked: the answer may be old at once, and preparing a charge decides.
 */
export async function openChargeOf(db: Db | Tx, methodId: string): Promise<'none' | 'under_way' | 'unknown'> {
  const open = await payments(db)
    .selectFrom('payments.attempt')
    .select('state')
    .where('method_id', '=', methodId)
    .where('state', 'in', literals(['created', 'sent', 'unknown']))
    .executeTakeFirst()
  if (!open) return 'none'
  return open.state === 'unknown' ? 'unknown' : 'under_way'
}

type NewAttempt = Omit<
  Insertable<AttemptTable>,
  'id' | 'state' | 'vat' | 'return_key' | 'updated_at' | 'traceparent'
>

/** Writes a new attempt (`created`), and the first entry of its history. What is not free of it contains VAT. */
export async function createAttempt(tx: Tx, values: NewAttempt, note: object): Promise<Attempt> {
  return payments(tx)
    .with('made', (write) =>
      write
        .insertInto('payments.attempt')
        .values({
          ...values,
          id: newId(),
          state: 'created',
          vat: vatOf(values.total, values.tax_free),
          return_key: randomBytes(16).toString('base64url'),
          updated_at: values.created_at,
          traceparent: currentRequest()?.traceparent ?? null,
        })
        .returningAll(),
    )
    .with('noted', (write) =>
      write
        .insertInto('payments.history')
        .columns(['attempt_id', 'at', 'step', 'note'])
        .expression((made) =>
          noted(made.selectFrom('made').select('made.id'), values.created_at, 'created', note),
        ),
    )
    .selectFrom('made')
    .selectAll()
    .executeTakeFirstOrThrow()
}

/** A state that an attempt goes through at once, and why. */
interface PassedState {
  state: AttemptState
  note: object
}

/**
 * Moves an attempt by compare-and-set on its state and sending number, and keeps the evidence of the step.
 * @param note why, for the attempt's history
 * @param passed a state on the way that nobody else can see it in; its own entry is kept like any other
 * @returns the new row, or undefined when somebody else moved it first (and then nothing is written)
 * @throws on a transition the state machine does not know: a bug
 */
export async function moveAttempt(
  tx: Db | Tx,
  from: Attempt,
  to: AttemptState,
  now: Temporal.Instant,
  changes: Omit<Updateable<AttemptTable>, 'state' | 'version'> = {},
  note: object = {},
  passed?: PassedState,
): Promise<Attempt | undefined> {
  const way = [from.state, ...(passed ? [passed.state] : []), to]
  if (way.some((state, n) => n > 0 && !NEXT_STATES[way[n - 1] ?? state].includes(state))) {
    throw new Error(`attempt ${from.id} cannot go from ${way.join(' to ')}`)
  }
  return payments(tx)
    .with('moved', (write) =>
      write
        .updateTable('payments.attempt')
        .set({ ...changes, state: to, updated_at: now, version: sql<number>`version + 1` })
        .where('id', '=', from.id)
        .where('state', '=', from.state)
        .where('send_no', '=', from.send_no)
        .returningAll(),
    )
    .with('noted', (write) =>
      write
        .insertInto('payments.history')
        .columns(['attempt_id', 'at', 'step', 'note'])
        .expression((moved) => {
          const entry = (step: HistoryStep, of: object) =>
            noted(moved.selectFrom('moved').select('moved.id'), now, step, of)
          return passed ? entry(passed.state, passed.note).unionAll(entry(to, note)) : entry(to, note)
        }),
    )
    .selectFrom('moved')
    .selectAll()
    .executeTakeFirst()
}

/** The entry of a history that goes with the attempt a query names. */
function noted<DB, Table extends keyof DB, Row>(
  attempt: SelectQueryBuilder<DB, Table, Row>,
  at: Temporal.Instant,
  step: HistoryStep,
  note: object,
) {
  return attempt.select([
    sql<Temporal.Instant>`${at}::timestamptz`.as('at'),
    sql<HistoryStep>`${step}::text`.as('step'),
    sql<string>`${JSON.stringify(note)}::jsonb`.as('note'),
  ])
}

/** Keeps the evidence of one step. Notes never hold secrets: adapters redact what went over the wire. */
export async function rememberStep(
  tx: Tx | Db,
  row: { attemptId: string; refundId?: string; at: Temporal.Instant; step: HistoryStep; note?: unknown },
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

/** Where these events come from. */
const SOURCE = 'shop/payments'

/** Tells something of payments. */
export async function publishPaymentEvent(tx: Tx, now: Temporal.Instant, event: NewEvent): Promise<void> {
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

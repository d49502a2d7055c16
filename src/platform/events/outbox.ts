import { type RawBuilder, sql } from 'kysely'
import { afterCommit, beforeCommit, type Db, type Tx } from '../database/database.ts'
import { PLANNED_EACH_TIME, WITH_COMMIT } from '../database/prepared-statements.ts'
import { newId } from '../ids.ts'
import { currentRequest } from '../telemetry/request-context.ts'
import type { Envelope, NewEvent } from './event.ts'

export const OUTBOX_CHANNEL = 'pillivery_outbox'

/** Events of a transaction that is not at its end yet. */
const pending = new WeakMap<Tx, RawBuilder<unknown>[]>()
const WRITE_EVENTS = Symbol('write events')

/**
 * Writes events in the transaction of the change they tell of; they are published only if it commits. All events of a
 * transaction are written by one statement at its end, in the order in which they were given. The relay is woken after
 * the commit, see {@link announce}.
 * @param source the publishing context, e.g. `shop/orders`
 */
export async function appendEvents(
  tx: Tx,
  source: string,
  now: Temporal.Instant,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return
  const request = currentRequest()
  const rows = events.map(
    (
      event,
    ) => sql`(${newId()}::uuid, ${source}, ${event.type}, ${event.subject}, ${event.subjectVersion}::int,
      ${event.schemaVersion}::int, ${now}::timestamptz, ${JSON.stringify(event.data)}::jsonb,
      ${request?.requestId ?? null}, ${request?.traceparent ?? null})`,
  )
  if (beforeCommit(tx, WRITE_EVENTS, writeEvents)) pending.set(tx, rows)
  else pending.get(tx)?.push(...rows)
  afterCommit(tx, announce)
}

/** Ten parameters each; a statement has room for 65,535. */
const ROWS_PER_STATEMENT = 1_000
/** Larger statements come in any number of rows: they are not worth preparing, and take megabytes when they are. */
const ROWS_WORTH_PREPARING = 16

async function writeEvents(tx: Tx): Promise<void> {
  const rows = pending.get(tx) ?? []
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT)
    await writeRows(tx, rows.slice(from, from + ROWS_PER_STATEMENT))
}

async function writeRows(tx: Tx, rows: readonly RawBuilder<unknown>[]): Promise<void> {
  const how = rows.length > ROWS_WORTH_PREPARING ? PLANNED_EACH_TIME : WITH_COMMIT
  await sql`
    ${sql.raw(how)} insert into platform.outbox
      (event_id, source, type, subject, subject_version, schema_version, occurred_at, data, request_id, traceparent)
    values ${sql.join(rows)}`.execute(tx)
}

/** Whether a wake-up is under way, and whether another commit came after it was sent; by database. */
const waking = new WeakMap<Db, { again: boolean }>()

/**
 * Wakes the relay by NOTIFY, wherever it runs. Not in the transaction itself: PostgreSQL lets transactions with a
 * NOTIFY commit only one after another, each with its own disk flush, while others flush together. Commits that
 * arrive while a wake-up is under way share the next one. A lost wake-up only costs time: the relay also polls.
 */
function announce(db: Db): void {
  const running = waking.get(db)
  if (running) {
    running.again = true
    return
  }
  const state = { again: false }
  waking.set(db, state)
  void sql`select pg_notify(${OUTBOX_CHANNEL}, '')`
    .execute(db)
    .catch(() => undefined)
    .finally(() => {
      waking.delete(db)
      if (state.again) announce(db)
    })
}

export interface OutboxRow {
  position: number
  event_id: string
  source: string
  type: string
  subject: string
  subject_version: number
  schema_version: number
  occurred_at: Temporal.Instant
  data: unknown
  request_id: string | null
  traceparent: string | null
}

/** The CloudEvents form of an outbox row, as sent to any transport. */
export function envelopeOf(row: OutboxRow): Envelope {
  return {
    specversion: '1.0',
    id: row.event_id,
    source: `/${row.source}`,
    type: row.type,
    subject: row.subject,
    time: row.occurred_at.toString(),
    datacontenttype: 'application/json',
    dataschema: `urn:pillivery:${row.type}:${row.schema_version}`,
    data: row.data,
    subjectversion: row.subject_version,
    schemaversion: row.schema_version,
    ...(row.request_id === null ? {} : { requestid: row.request_id }),
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
  }
}

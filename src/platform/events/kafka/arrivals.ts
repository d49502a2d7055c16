import type { Session } from '../../database/session.ts'
import type { Envelope } from '../event.ts'
import { OUTBOX_CHANNEL } from '../outbox.ts'

/** First half of the locks by which one process of a database takes a topic over; the second is the topic's hash. */
const TOPIC_LOCKS = 7_316_504

/** Takes the lead of topics that nobody else has, for as long as the session lives. @returns those it got */
export async function leadTopics(session: Session, topics: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ topic: string }>(
    'select topic from unnest($2::text[]) as topic where pg_try_advisory_lock($1, hashtext(topic))',
    [TOPIC_LOCKS, topics],
  )
  return rows.map(({ topic }) => topic)
}

/** Lets go of all topics. */
export async function letGoOfTopics(session: Session, topics: readonly string[]): Promise<void> {
  await session.query('select pg_advisory_unlock($1, hashtext(topic)) from unnest($2::text[]) as topic', [
    TOPIC_LOCKS,
    topics,
  ])
}

/** Where to go on reading; a partition nobody has read begins at 0. */
export async function placesOf(
  session: Session,
  topics: readonly string[],
): Promise<Map<string, Map<number, number>>> {
  const rows = await session.query<{ topic: string; partition: number; next: number }>(
    'select topic, partition, next from platform.kafka_place where topic = any($1)',
    [topics],
  )
  const byTopic = Map.groupBy(rows, ({ topic }) => topic)
  return new Map(
    [...byTopic].map(([topic, ones]) => [
      topic,
      new Map(ones.map(({ partition, next }) => [partition, next])),
    ]),
  )
}

/** What was read of one partition, in its order. */
export interface Arrivals {
  topic: string
  partition: number
  readFrom: number
  /** The place behind the last message, readable or not. */
  readTo: number
  envelopes: readonly Envelope[]
}

/**
 * Writes events from elsewhere into the log, and the place behind them, in one transaction.
 * @returns whether the place was still where they were read from; otherwise nothing was written
 */
export async function takeArrivals(session: Session, arrivals: Arrivals): Promise<boolean> {
  const { topic, partition, readFrom, readTo, envelopes } = arrivals
  const [row] = await session.query<{ taken: boolean }>(
    'select platform.take_arrivals($1, $2, $3, $4, $5::jsonb) as taken',
    [topic, partition, readFrom, readTo, JSON.stringify(envelopes.map(rowOf))],
  )
  if (row?.taken !== true) return false
  // Whoever leads a subscriber of them looks.
  await session.query('select pg_notify($1, $2)', [OUTBOX_CHANNEL, ''])
  return true
}

function rowOf(envelope: Envelope) {
  return {
    event_id: envelope.id,
    source: envelope.source.replace(/^\//, ''),
    type: envelope.type,
    subject: envelope.subject,
    subject_version: envelope.subjectversion,
    schema_version: envelope.schemaversion,
    occurred_at: envelope.time,
    data: envelope.data,
    request_id: envelope.requestid ?? null,
    traceparent: envelope.traceparent ?? null,
  }
}

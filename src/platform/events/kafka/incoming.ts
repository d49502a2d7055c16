import { randomUUID } from 'node:crypto'
import { Consumer, type Message, type MessagesStream, stringDeserializers } from '@platformatic/kafka'
import { type Session, standingSession } from '../../database/session.ts'
import { every } from '../../resilience/loop.ts'
import type { Logger } from '../../telemetry/log.ts'
import { leadTopics, letGoOfTopics, placesOf, takeArrivals } from './arrivals.ts'
import { envelopeFrom, PARTITIONS, topicOf } from './cloud-event.ts'
import { type Cluster, connection, ensureTopics } from './topics.ts'

export interface Incoming {
  /** How many messages of its topics this process has still to take over. */
  lag(): Promise<number>
  stop(): Promise<void>
}

interface IncomingOptions {
  cluster: Cluster
  /** Types of events that are told in other databases and wanted here. */
  types: readonly string[]
  url: string
  log: Logger
  /** How often it is looked for topics without a leader, in milliseconds. */
  pollMs?: number
}

type Read = Message<string, string, string, string>
type Stream = MessagesStream<string, string, string, string>

/** A stream from the places of its topics, as long as nothing breaks. */
interface Reading {
  consumer: Consumer<string, string, string, string>
  stream: Stream
  topics: readonly string[]
  /** Place behind what has been taken, by topic and partition. */
  next: Map<string, number>
}

/** The broker waits so long for a first message, in milliseconds: what is told later is there at once. */
const WAIT_MS = 50
const AT_ONCE = 500

/**
 * Takes events of other databases over from the broker into the log of this one, whole topics at a time, where subscribers have their places,
 * inbox, order and dead letters as with any other. One process of a database takes a topic, by a lock of its session.
 * How far it got stands in the database, moved with the events: a broker that forgot a commit, or a second process for
 * a moment, changes nothing.
 */
export function startIncoming({ cluster, types, url, log, pollMs = 1_000 }: IncomingOptions): Incoming {
  const wanted = [...new Set(types.map((type) => topicOf(cluster.prefix, type)))]
  let session: Session | undefined
  let led: readonly string[] = []
  let reading: Reading | undefined

  const loop = every({
    name: 'events.kafka',
    intervalMs: pollMs,
    maxBackOffMs: 5_000,
    run: keepReading,
    onError: (error, { consecutive }) => {
      if (consecutive === 1) log.warn({ err: error }, 'events of the broker interrupted, trying again')
    },
  })

  async function keepReading(): Promise<void> {
    const here = session
    if (!here || wanted.length === 0) return
    const free = wanted.filter((topic) => !led.includes(topic))
    const fresh = free.length > 0 ? await leadTopics(here, free) : []
    if (fresh.length > 0) {
      led = [...led, ...fresh]
      await stopReading()
    }
    if (reading === undefined && led.length > 0) reading = await beginReading(here, led)
  }

  async function beginReading(here: Session, topics: readonly string[]): Promise<Reading> {
    await ensureTopics(cluster, topics)
    const places = await placesOf(here, topics)
    const offsets = topics.flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic,
        partition,
        offset: BigInt(places.get(topic)?.get(partition) ?? 0),
      })),
    )
    // A group of its own: who reads is decided by the lock, and from where by the database.
    const consumer = new Consumer({
      ...connection(cluster),
      groupId: `${cluster.prefix}.${randomUUID()}`,
      deserializers: stringDeserializers,
      autocommit: false,
    })
    try {
      const stream = await consumer.consume({
        topics: [...topics],
        mode: 'manual',
        offsets,
        maxWaitTime: WAIT_MS,
        autocommit: false,
      })
      const next = new Map(
        offsets.map(({ topic, partition, offset }) => [keyOf(topic, partition), Number(offset)]),
      )
      const begun = { consumer, stream, topics, next }
      stream.on('error', (error) => void giveUp(begun, error))
      void readOn(here, begun).catch((error: unknown) => giveUp(begun, error))
      return begun
    } catch (error) {
      await consumer.close(true).catch(() => undefined)
      throw error
    }
  }

  /** Takes what the stream brings, as much as has come at once, one batch after another. */
  async function readOn(here: Session, current: Reading): Promise<void> {
    let waiting: Read[] = []
    let taking: Promise<void> | undefined
    const takeAll = async () => {
      while (waiting.length > 0) {
        const batch = waiting
        waiting = []
        for (const ofPartition of Map.groupBy(batch, ({ topic, partition }) =>
          keyOf(topic, partition),
        ).values())
          await takeOver(here, current, ofPartition)
      }
    }
    for await (const message of current.stream) {
      waiting.push(message)
      // A rejection is seen where it is awaited, or by the next message.
      taking ??= takeAll().finally(() => {
        taking = undefined
      })
      taking.catch((error: unknown) => void giveUp(current, error))
      if (waiting.length >= AT_ONCE) await taking
    }
    await taking
  }

  async function takeOver(here: Session, current: Reading, messages: readonly Read[]): Promise<void> {
    const [first] = messages
    if (!first || reading !== current) return
    const { topic, partition } = first
    const readFrom = current.next.get(keyOf(topic, partition)) ?? 0
    const readTo = Number(messages.at(-1)?.offset ?? 0n) + 1
    const envelopes = messages.flatMap(({ value, offset }) => {
      const envelope = envelopeFrom(value)
      if (envelope === undefined)
        log.error({ topic, partition, offset: String(offset) }, 'not an event, passed over')
      return envelope ? [envelope] : []
    })
    const taken = await takeArrivals(here, { topic, partition, readFrom, readTo, envelopes })
    if (!taken) throw new Error(`another process has taken ${topic}/${partition} over`)
    current.next.set(keyOf(topic, partition), readTo)
  }

  async function giveUp(current: Reading, error: unknown): Promise<void> {
    if (reading !== current) return
    log.warn({ err: error }, 'the stream of the broker broke, beginning anew')
    await stopReading()
  }

  async function stopReading(): Promise<void> {
    const ending = reading
    reading = undefined
    if (!ending) return
    await ending.stream.close().catch(() => undefined)
    await ending.consumer.close(true).catch(() => undefined)
  }

  const standing = standingSession({
    url,
    name: 'pillivery-kafka',
    channels: [],
    log,
    opened: (opened) => {
      session = opened
      loop.wake()
    },
    closed: () => {
      session = undefined
      led = []
      void stopReading()
    },
  })

  return {
    lag: async () => {
      // Nobody knows how much waits at a broker that is not reached.
      if (!reading && led.length > 0) throw new Error('the broker is not being read')
      if (!reading) return 0
      const { consumer, topics, next } = reading
      const ends = await consumer.listOffsets({ topics: [...topics] })
      return topics.reduce(
        (sum, topic) =>
          sum +
          (ends.get(topic) ?? []).reduce(
            (behind, end, partition) =>
              behind + Math.max(0, Number(end) - (next.get(keyOf(topic, partition)) ?? 0)),
            0,
          ),
        0,
      )
    },
    stop: async () => {
      await loop.stop()
      await stopReading()
      if (session && led.length > 0) await letGoOfTopics(session, led).catch(() => undefined)
      await standing.close()
    },
  }
}

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`

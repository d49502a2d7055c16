import { every } from '../resilience/loop.ts'
import type { Logger } from '../telemetry/log.ts'
import { type DeliverDeps, deliverAll } from './deliver.ts'
import { startIncoming } from './kafka/incoming.ts'
import { outgoingIntake } from './kafka/outgoing.ts'
import type { Cluster } from './kafka/topics.ts'
import { startLogTransport } from './log-transport.ts'
import { retryParked, withParkedDue } from './parked.ts'
import type { Subscriber } from './subscriber.ts'
import type { Intake, StartTransport, Transport } from './transport.ts'

export interface RelayOptions extends DeliverDeps {
  /** Used for a connection of its own. */
  url: string
  log: Logger
  subscribers: readonly Subscriber[]
  batchSize?: number
  /** Subjects a subscriber handles at the same time; events of one subject are always handled one after the other. */
  concurrency?: number
  /** How often to look without being woken, in milliseconds. */
  pollMs?: number
  /** Whether people wait for an answer of this process: then it hands on events a few times a second, together. */
  isPressed?: (() => boolean) | undefined
  /** For how long a leader that hangs keeps the lead, in milliseconds. */
  leaseMs?: number
  /** Carries events between databases; without it they stay in this one. */
  kafka?: KafkaLink
}

export interface KafkaLink {
  cluster: Cluster
  /** Whether events of a type are told in another database. */
  isElsewhere(type: string): boolean
}

export interface Relay extends Transport {
  /** How many messages of the broker this process has still to take over. */
  kafkaLag(): Promise<number>
}

/**
 * Brings events to the subscribers of this process, see {@link Transport}, and tries those again that were parked. What
 * fails for one subscriber, or is slow, concerns no other.
 */
export function startRelay(options: RelayOptions): Relay {
  const { subscribers, concurrency = 2, pollMs = 1_000, log } = options
  const { kafka } = options
  const outgoing = kafka && outgoingIntake(kafka.cluster, log)
  const wanted = subscribers.flatMap(({ handlers }) => handlers.map(({ type }) => type))
  const incoming =
    kafka &&
    startIncoming({
      ...options,
      cluster: kafka.cluster,
      types: wanted.filter((type) => kafka.isElsewhere(type)),
    })
  const start: StartTransport = (intakes) => startLogTransport(options, intakes)
  const transport = start([
    ...(outgoing ? [outgoing.intake] : []),
    ...subscribers.map(
      (subscriber): Intake => ({
        name: subscriber.name,
        types: subscriber.handlers.map(({ type }) => type),
        from: subscriber.from ?? 'beginning',
        take: (deliveries) => deliverAll(options, subscriber, deliveries, concurrency),
      }),
    ),
  ])

  const drained = new Map<string, Promise<void>>()
  /** Lets the parked events of one subscriber drain, beside those of others. */
  const drain = (subscriber: Subscriber) => {
    if (drained.has(subscriber.name)) return
    const work = async () => {
      while (!stopping && (await retryParked(options, subscriber)) > 0);
    }
    const done = work()
      .catch((error: unknown) =>
        log.warn({ err: error, subscriber: subscriber.name }, 'parked events interrupted'),
      )
      .finally(() => drained.delete(subscriber.name))
    drained.set(subscriber.name, done)
  }
  let stopping = false
  const parked = every({
    name: 'events.parked',
    intervalMs: pollMs,
    maxBackOffMs: 2_000,
    run: async () => {
      for (const subscriber of await withParkedDue(options, subscribers)) drain(subscriber)
    },
    onError: (error, { consecutive }) => {
      if (consecutive === 1) log.warn({ err: error }, 'parked events interrupted, trying again')
    },
  })

  return {
    ...transport,
    kafkaLag: async () => (await incoming?.lag()) ?? 0,
    stop: async () => {
      stopping = true
      await incoming?.stop()
      await parked.stop()
      await Promise.all(drained.values())
      await transport.stop()
      await outgoing?.stop()
    },
  }
}

import { Producer, stringSerializers } from '@platformatic/kafka'
import type { Logger } from '../../telemetry/log.ts'
import type { Intake } from '../transport.ts'
import { CONTENT_TYPE, topicOf } from './cloud-event.ts'
import { type Cluster, connection, ensureTopics } from './topics.ts'

/** The subscriber that tells the broker what was written in this database. One process leads it, as any other. */
export const OUTGOING = 'kafka'

/**
 * Sends every event written here to its topic, with the aggregate as the key: its events stay in one partition, in
 * their order. The place moves once all replicas have them. What was sent and not noted is sent again, and passed over
 * by who takes it. While the broker is away the place stands still.
 */
export function outgoingIntake(cluster: Cluster, log: Logger): { intake: Intake; stop(): Promise<void> } {
  const known = new Set<string>()
  let producer: Producer<string, string, string, string> | undefined

  const close = async () => {
    const closing = producer
    producer = undefined
    await closing
      ?.close(true)
      .catch((error: unknown) => log.debug({ err: error }, 'a producer did not close'))
  }

  const take: Intake['take'] = async (deliveries) => {
    if (deliveries.length === 0) return
    const messages = deliveries.map(({ envelope }) => ({
      topic: topicOf(cluster.prefix, envelope.type),
      key: envelope.subject,
      value: JSON.stringify(envelope),
      headers: { 'content-type': CONTENT_TYPE },
    }))
    const fresh = [...new Set(messages.map(({ topic }) => topic))].filter((topic) => !known.has(topic))
    if (fresh.length > 0) await ensureTopics(cluster, fresh)
    for (const topic of fresh) known.add(topic)
    producer ??= new Producer({
      ...connection(cluster),
      idempotent: true,
      acks: -1,
      serializers: stringSerializers,
    })
    try {
      await producer.send({ messages, idempotent: true, acks: -1 })
    } catch (error) {
      // Its numbers no longer agree with the broker's: the next try begins with new ones.
      await close()
      throw error
    }
  }
  return { intake: { name: OUTGOING, types: [], own: true, from: 'beginning', take }, stop: close }
}

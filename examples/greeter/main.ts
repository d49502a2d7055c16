import { setTimeout as pause } from 'node:timers/promises'
import { Consumer, stringDeserializers } from '@platformatic/kafka'
import { readDocument, type Topic, topicsOf } from './contract.ts'
import { hear } from './greet.ts'
import needs from './needs.json' with { type: 'json' }
import { openStore, placeOf, take } from './store.ts'

/** Reads what is told of loans and books, from the beginning or from where it stopped, until it is asked to end. */
const {
  KAFKA_BROKERS = 'localhost:9092',
  ASYNCAPI = 'http://127.0.0.1:8080/asyncapi.json',
  DATABASE = 'greeter.sqlite',
  KAFKA_PREFIX,
} = process.env
const AGAIN_MS = 1_000

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())

const db = openStore(DATABASE)
const topics = topicsOf(await readDocument(ASYNCAPI), Object.keys(needs), KAFKA_PREFIX)
console.log(`greeter hears ${topics.map(({ name }) => name).join(', ')}`)
while (!stopping.signal.aborted) {
  try {
    await read(topics)
  } catch (error) {
    if (stopping.signal.aborted) break
    // A topic is there with its first event; a broker comes back.
    console.log(`trying again: ${error instanceof Error ? error.message : String(error)}`)
    await pause(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => {})
  }
}
db.close()

async function read(wanted: readonly Topic[]): Promise<void> {
  const consumer = new Consumer({
    clientId: 'greeter',
    groupId: 'greeter',
    bootstrapBrokers: KAFKA_BROKERS.split(','),
    deserializers: stringDeserializers,
    autocommit: false,
  })
  try {
    const stream = await consumer.consume({
      topics: wanted.map(({ name }) => name),
      mode: 'manual',
      // The places are ours, moved with the effects: what the broker believes we have read does not matter.
      offsets: wanted.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({
          topic: name,
          partition,
          offset: BigInt(placeOf(db, name, partition)),
        })),
      ),
      autocommit: false,
    })
    const end = () => void stream.close().catch(() => {})
    stopping.signal.addEventListener('abort', end, { once: true })
    for await (const { topic, partition, offset, value } of stream) {
      if (stopping.signal.aborted) break
      take(db, { topic, partition, offset: Number(offset), value }, (event) => hear(db, event))
    }
  } finally {
    await consumer.close(true).catch(() => {})
  }
}

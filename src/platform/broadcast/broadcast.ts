import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { afterCommit, type Tx } from '../database/database.ts'
import { newId } from '../ids.ts'
import type { Logger } from '../telemetry/log.ts'

/** A kind of message that every process may have to hear. */
export interface Topic<S extends TSchema = TSchema> {
  readonly name: string
  readonly schema: S
  /** The payload, or undefined when it does not fit: a process of another version sent it. */
  read(payload: unknown): Static<S> | undefined
}

export interface Listener<T> {
  heard(payload: T): void
  /**
   * Messages may have been lost (the connection was made or made anew, or one could not be read): catch up from the
   * database, or forget what is kept.
   */
  missed(): void
}

/**
 * Tells every process at once, this one too: forget a cached list, a session has ended, a page can be drawn anew. A
 * message is a hint and may be lost, when the sender dies after its commit or a listener is away; so every listener
 * says how it catches up, and holds nothing for longer than a bound of its own. What must not be lost is an event.
 */
export interface Broadcast {
  /**
   * Tells all. Listeners of this process hear it before the call returns, the others within milliseconds.
   * @throws for a payload above {@link MOST_BYTES}: send an id, not the thing
   */
  publish<S extends TSchema>(topic: Topic<S>, payload: Static<S>): void
  /** The same once the transaction has committed, and not if it is rolled back. */
  publishAfterCommit<S extends TSchema>(tx: Tx, topic: Topic<S>, payload: Static<S>): void
  /** @returns ends the subscription */
  subscribe<S extends TSchema>(topic: Topic<S>, listener: Listener<Static<S>>): () => void
  /** Begins to listen to other processes; resolves once it does. Publishing works before. */
  start(): Promise<void>
  close(): Promise<void>
}

/** What carries messages between processes. PostgreSQL does today; a publish–subscribe server can. */
export interface BroadcastTransport {
  /** Sends to all listening processes, the own one or not. Rejects when it is not certain that they were sent. */
  send(messages: readonly string[]): Promise<void>
  /** Resolves once it listens. `missed` is called whenever messages may have been lost, and at the begin. */
  listen(on: { heard(message: string): void; missed(): void }): Promise<void>
  close(): Promise<void>
}

/** The longest message, topic and all, in bytes: PostgreSQL carries less than 8,000. */
export const MOST_BYTES = 7_900
/** Messages kept while they cannot be sent; beyond, one that says "you missed something" takes their place. */
const MOST_WAITING = 1_000
const SEND_AGAIN_MS = 500
/** How long the end of the process waits for what is still to be sent. */
const LAST_WORDS_MS = 1_000

/**
 * @example const itemsChanged = defineTopic('catalog.items', Type.Object({}))
 */
export function defineTopic<S extends TSchema>(name: string, schema: S): Topic<S> {
  const validator = Compile(schema)
  return { name, schema, read: (payload) => (validator.Check(payload) ? payload : undefined) }
}

interface Subscription {
  topic: string
  take(payload: unknown): void
  missed(): void
}

/** The broadcast of one process over a transport: what it publishes, it hears itself at once. */
export function createBroadcast({
  transport,
  log,
}: {
  transport: BroadcastTransport
  log: Logger
}): Broadcast {
  /** What this process sends comes back to it, and was heard already. */
  const self = newId()
  const subscriptions = new Set<Subscription>()
  let waiting = new Set<string>()
  let sending: Promise<void> | undefined
  let closed = false

  const guarded = (work: () => void) => {
    try {
      work()
    } catch (error) {
      log.error({ err: error }, 'a listener of broadcasts failed')
    }
  }
  const allMissed = () => {
    for (const { missed } of subscriptions) guarded(missed)
  }
  const tell = (topic: string, payload: unknown) => {
    for (const { topic: wanted, take } of subscriptions) if (wanted === topic) guarded(() => take(payload))
  }

  function heard(message: string): void {
    const [from, topic, payload] = parts(message)
    if (from === self) return
    if (topic === undefined) allMissed()
    else tell(topic, payload)
  }

  function enqueue(message: string): void {
    // Equal messages that wait together say the same thing once.
    waiting.add(message)
    if (waiting.size > MOST_WAITING) waiting = new Set([JSON.stringify([self])])
    sending ??= sendAll().finally(() => {
      sending = undefined
    })
  }

  async function sendAll(): Promise<void> {
    while (waiting.size > 0 && !closed) {
      const batch = waiting
      waiting = new Set()
      try {
        await transport.send([...batch])
      } catch (error) {
        log.warn({ err: error, messages: batch.size }, 'broadcasts could not be sent, trying again')
        const newer = waiting
        waiting = new Set([...batch, ...newer])
        await pause(SEND_AGAIN_MS)
      }
    }
  }

  function messageOf<S extends TSchema>(topic: Topic<S>, payload: Static<S>): string {
    const message = JSON.stringify([self, topic.name, payload])
    const bytes = Buffer.byteLength(message)
    if (bytes > MOST_BYTES) throw new RangeError(`a message of ${bytes} bytes to ${topic.name} is too long`)
    return message
  }

  function publish<S extends TSchema>(topic: Topic<S>, payload: Static<S>): void {
    const message = messageOf(topic, payload)
    tell(topic.name, payload)
    enqueue(message)
  }

  return {
    publish,
    publishAfterCommit: (tx, topic, payload) => {
      messageOf(topic, payload)
      afterCommit(tx, () => publish(topic, payload))
    },
    subscribe: (topic, listener) => {
      const subscription: Subscription = {
        topic: topic.name,
        take: (payload) => {
          const readable = topic.read(payload)
          if (readable === undefined) listener.missed()
          else listener.heard(readable)
        },
        missed: () => listener.missed(),
      }
      subscriptions.add(subscription)
      return () => void subscriptions.delete(subscription)
    },
    start: () => transport.listen({ heard, missed: allMissed }),
    close: async () => {
      await Promise.race([sending, pause(LAST_WORDS_MS)])
      closed = true
      await transport.close()
    },
  }
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms).unref())

/** A message that makes no sense says no more than "you missed something". */
function parts(message: string): [from: unknown, topic?: string, payload?: unknown] {
  try {
    const read: unknown = JSON.parse(message)
    if (!Array.isArray(read)) return [undefined]
    return typeof read[1] === 'string' ? [read[0], read[1], read[2]] : [read[0]]
  } catch {
    return [undefined]
  }
}

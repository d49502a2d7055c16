import type { Static, TSchema } from 'typebox'
import type { Tx } from '../database/database.ts'
import type { Envelope, EventContract } from './event.ts'

/** A typed event as a handler sees it. */
export interface Received<T> {
  id: string
  subject: string
  subjectVersion: number
  time: Temporal.Instant
  data: T
}

export interface Handler {
  type: string
  /** Checks and upcasts; the returned function applies the effect in the given transaction. */
  prepare(envelope: Envelope): Prepared
}

export type Prepared =
  | { kind: 'ready'; apply(tx: Tx): Promise<void>; locks: string }
  | { kind: 'newer'; reason: string }
  | { kind: 'unreadable'; reason: string }

/** A named receiver of events. Its effects and its inbox row commit together, so each happens once. */
export interface Subscriber {
  /** Stable for ever: its place in the log and its inbox are kept by this name. */
  name: string
  handlers: readonly Handler[]
  /**
   * Where it begins when it is new: with all events that are kept (the default), or with those that come from now on. A
   * type that is added to its handlers later is heard from its place on.
   */
  from?: 'beginning' | 'now'
  /**
   * How many events may share a transaction: begin, inbox and commit are then paid once for all of them. Only where every
   * effect locks one row that others lock, and what stands under it, and says which (see {@link on}): whoever locks several
   * must do so in the order of their keys. One is the default: each event its own transaction.
   */
  together?: number
}

/** What a subscriber does with an event. A type it has no handler for is one that another version of it wants. */
export function prepareEvent(subscriber: Subscriber, envelope: Envelope): Prepared {
  const handler = subscriber.handlers.find(({ type }) => type === envelope.type)
  return (
    handler?.prepare(envelope) ?? {
      kind: 'newer',
      reason: `no handler for ${envelope.type} in this version of ${subscriber.name}`,
    }
  )
}

/**
 * Binds an event contract to an effect. The effect may only use the given transaction: no HTTP, no other connection.
 * @param locks the key of what the effect locks, where events share a transaction and it is not their subject; the same
 * for all events of a subject
 */
export function on<S extends TSchema>(
  contract: EventContract<S>,
  effect: (tx: Tx, event: Received<Static<S>>) => Promise<void>,
  locks: (event: Received<Static<S>>) => string = ({ subject }) => subject,
): Handler {
  return {
    type: contract.type,
    prepare: (envelope) => {
      const read = contract.read(envelope.data, envelope.schemaversion)
      if (read.kind !== 'ok') return read
      const event = {
        id: envelope.id,
        subject: envelope.subject,
        subjectVersion: envelope.subjectversion,
        time: Temporal.Instant.from(envelope.time),
        data: read.data,
      }
      return { kind: 'ready', apply: (tx) => effect(tx, event), locks: locks(event) }
    },
  }
}

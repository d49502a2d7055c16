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
  prepare(
    envelope: Envelope,
  ): { kind: 'ready'; apply(tx: Tx): Promise<void> } | { kind: 'unreadable'; reason: string }
}

/** A named receiver of events. Its effects and its inbox row commit together, so each happens once. */
export interface Subscriber {
  /** Stable for ever: the inbox remembers by this name. */
  name: string
  handlers: readonly Handler[]
}

/** Binds an event contract to an effect. The effect may only use the given transaction: no HTTP, no other connection. */
export function on<S extends TSchema>(
  contract: EventContract<S>,
  effect: (tx: Tx, event: Received<Static<S>>) => Promise<void>,
): Handler {
  return {
    type: contract.type,
    prepare: (envelope) => {
      const read = contract.read(envelope.data, envelope.schemaversion)
      if (read.kind === 'unreadable') return read
      const event = {
        id: envelope.id,
        subject: envelope.subject,
        subjectVersion: envelope.subjectversion,
        time: Temporal.Instant.from(envelope.time),
        data: read.data,
      }
      return { kind: 'ready', apply: (tx) => effect(tx, event) }
    },
  }
}

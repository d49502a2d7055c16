import type { Delivery } from './deliver.ts'

/** What a subscriber wants, and what is done with it. */
export interface Intake {
  /** Of the subscriber; stable for ever, its place is kept by this name. */
  name: string
  types: readonly string[]
  /** Everything that was written in this database, of whatever type: who tells others. */
  own?: boolean
  /** Where a subscriber begins that has never been here: with everything that is kept, or with what comes. */
  from: 'beginning' | 'now'
  /**
   * Takes events over in their order. Once it resolves every effect has committed or its event is parked, and the
   * subscriber's place moves behind them; when it rejects they come again. Types of another version may be among them.
   */
  take(deliveries: readonly Delivery[]): Promise<void>
}

/**
 * Brings committed events from the outbox to the intakes of this process: all of them, at least once, those of one
 * subject in the order of their versions. Each subscriber has a place of its own and is led by one process at a time,
 * so that none waits for another. That is what a consumer group of a broker means, with the subject as the key.
 */
export interface Transport {
  /** Looks for events now, without waiting for a notification. */
  wake(): void
  /** Resolves once the intakes have their places: from now on nothing that is told is missed, also by one that begins now. */
  ready: Promise<void>
  /** Whether this process is the one that brings this subscriber its events. */
  leads(subscriber: string): boolean
  /** Finishes what is being taken, and lets other processes lead. */
  stop(): Promise<void>
}

export type StartTransport = (intakes: readonly Intake[]) => Transport

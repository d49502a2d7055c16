import { type DeliverDeps, deliverAll } from './deliver.ts'
import { envelopeOf, type OutboxRow } from './outbox.ts'
import type { Subscriber } from './subscriber.ts'

/** Hands events over by hand, one after another, to the subscribers that want them. */
export async function handOver(
  deps: DeliverDeps,
  subscribers: readonly Subscriber[],
  rows: readonly OutboxRow[],
): Promise<void> {
  for (const row of rows) {
    const wanting = subscribers.filter(({ handlers }) => handlers.some(({ type }) => type === row.type))
    const delivery = { envelope: envelopeOf(row), position: row.position }
    for (const subscriber of wanting) await deliverAll(deps, subscriber, [delivery], 1)
  }
}

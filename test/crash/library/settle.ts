import { setTimeout as pause } from 'node:timers/promises'
import { missingCrossings } from './rules/events.ts'
import type { Databases, Snapshot } from './snapshot.ts'
import { readSnapshot } from './snapshot.ts'

/** What is still under way, by name; empty when everything has settled. */
export type Unsettled = Readonly<Record<string, number>>

/** Counts what is on its way in a snapshot: it passes by itself, soon. */
export function underWay(snapshot: Snapshot): Unsettled {
  const counts: Record<string, number> = {
    'loans pending': snapshot.loans.filter(({ state }) => state === 'pending').length,
    'loans cancelling': snapshot.loans.filter(({ state }) => state === 'cancelling').length,
    'events to deliver': snapshot.undelivered.length,
    'events on their way between databases': missingCrossings(snapshot).length,
    'events to try again': snapshot.parked.filter(({ state }) => state !== 'dead').length,
  }
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0))
}

/**
 * Waits until nothing is under way any more.
 * @returns how long it took in milliseconds, what was still under way when the patience ended, and what was read last
 */
export async function settle(
  databases: Databases,
  told: (unsettled: Unsettled, elapsedMs: number) => void,
  patienceMs: number,
): Promise<{ elapsedMs: number; unsettled: Unsettled; snapshot: Snapshot }> {
  const startedAt = performance.now()
  for (;;) {
    const snapshot = await readSnapshot(databases)
    const unsettled = underWay(snapshot)
    const elapsedMs = performance.now() - startedAt
    told(unsettled, elapsedMs)
    if (Object.keys(unsettled).length === 0 || elapsedMs > patienceMs) {
      // Read once more: the tables were read one after another, and something may have moved in between.
      return { elapsedMs, unsettled, snapshot: await readSnapshot(databases) }
    }
    await pause(500)
  }
}

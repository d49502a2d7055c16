import { every, type Loop } from '../resilience/loop.ts'
import type { Logger } from '../telemetry/log.ts'
import { type MaintenanceDeps, maintenanceChanged } from './manage-window.ts'
import { type MaintenanceWindow, stateAt, type WindowState } from './window.ts'
import { readWindow } from './window-store.ts'

/** The window of this moment. */
export interface WindowNow extends MaintenanceWindow {
  readonly state: WindowState
  /** Another one whenever pages say something else of it. */
  readonly tag: string
}

export interface ShownWindow {
  /** What is announced or under way now, out of memory; undefined: nothing. */
  now(): WindowNow | undefined
  /** Reads it anew. */
  look(): Promise<void>
  /** Resolves once it is known. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** How long a change may be unknown whose broadcast was lost. */
const LOOK_EVERY_MS = 10_000

/**
 * The window as this process knows it: always in memory, since every page asks, and asked of the clock every time, so
 * that it begins and ends in its moment everywhere. While the database is away the last one known stands.
 */
export function createShownWindow(deps: MaintenanceDeps & { log: Logger }): ShownWindow {
  const { db, clock, broadcast, log } = deps
  let known: MaintenanceWindow | undefined
  let [begun, newest] = [0, 0]
  let loop: Loop | undefined
  let unsubscribe: (() => void) | undefined
  const look = async () => {
    begun += 1
    const turn = begun
    const found = await readWindow(db)
    // A look that began before another one may know less, however late it comes back.
    if (turn < newest) return
    newest = turn
    known = found
  }
  const wake = () => loop?.wake()
  return {
    now: () => {
      const state = known && stateAt(known, clock.now())
      return known && state && { ...known, state, tag: `${known.id} ${state}` }
    },
    look,
    start: async () => {
      unsubscribe = broadcast.subscribe(maintenanceChanged, { heard: wake, missed: wake })
      await look()
      loop = every({
        name: 'maintenance',
        intervalMs: LOOK_EVERY_MS,
        maxBackOffMs: LOOK_EVERY_MS,
        run: look,
        onError: (error, { consecutive }) => {
          if (consecutive === 1) log.warn({ err: error }, 'cannot read the window of maintenance, trying on')
        },
      })
    },
    stop: async () => {
      unsubscribe?.()
      await loop?.stop()
    },
  }
}

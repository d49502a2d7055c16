import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { businessDate, type Clock } from '../../../src/platform/time/clock.ts'

/** Names the file with the milliseconds that the clocks of other processes are ahead. */
export const AHEAD_FILE = 'CLOCK_AHEAD_FILE'

export interface MovableClock extends Clock {
  /** Time goes on by so much at once. */
  skip(duration: Temporal.DurationLike): void
}

/** The machine's time, and as many milliseconds more. */
export function clockAhead(aheadMs: () => number): Clock {
  const now = () => Temporal.Instant.fromEpochMilliseconds(Date.now() + aheadMs())
  return { now, today: () => businessDate(now()) }
}

/** The machine's time, and as much more as was skipped. */
export function movableClock(moved: (aheadMs: number) => void = () => {}): MovableClock {
  let aheadMs = 0
  return {
    ...clockAhead(() => aheadMs),
    skip: (duration) => {
      aheadMs += Temporal.Duration.from(duration).total('milliseconds')
      moved(aheadMs)
    },
  }
}

/**
 * A clock that processes share.
 * @param folder of its file
 * @returns also the settings with which Node has to start those whose time it is
 */
export function sharedClock(folder: string): { clock: MovableClock; settings: Record<string, string> } {
  const file = join(folder, 'clock-ahead')
  const write = (aheadMs: number) => {
    // Whole or not at all: others read it whenever they like.
    writeFileSync(`${file}.new`, String(aheadMs))
    renameSync(`${file}.new`, file)
  }
  write(0)
  const preload = fileURLToPath(new URL('./moved-clock.ts', import.meta.url))
  return { clock: movableClock(write), settings: { NODE_OPTIONS: `--import=${preload}`, [AHEAD_FILE]: file } }
}

import { readFileSync } from 'node:fs'
import { systemClock } from '../../../src/platform/time/clock.ts'
import { AHEAD_FILE, clockAhead } from './ahead.ts'

/**
 * Loaded before the program (`--import`) in processes whose time a test moves: their clock runs ahead of the machine's by
 * what a file says at the moment, so that all of them move at once. Only what the program takes for the time moves, as in
 * a test with everything in one process; timers, the broker and the databases keep theirs.
 */
const file = process.env[AHEAD_FILE]
if (file !== undefined)
  Object.assign(
    systemClock,
    clockAhead(() => Number(readFileSync(file, 'utf8'))),
  )

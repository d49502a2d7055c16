import type { Db } from '../../../platform/database/database.ts'
import type { Counts } from './counts.ts'
import { type Run, STEP_NAMES } from './run.ts'
import { readRun, stepsOf } from './run-store.ts'
import { workOf } from './workers.ts'

/** Where a run stands, for people who watch. Counts of what workers have said last; the report counts the cycles. */
export interface Progress {
  run: Run
  /** The step it is in; null when it has ended. */
  step: string | null
  workers: number
  counts: Counts
  /** Subscriptions handled so far. */
  done: number
}

/** The progress of a run; undefined when there is none with this id. */
export async function progressOf(db: Db, runId: string): Promise<Progress | undefined> {
  const run = await readRun(db, runId)
  if (!run) return undefined
  const { workers, counts } = await workOf(db, runId)
  const steps = await stepsOf(db, runId)
  const at = steps.findLast(({ state }) => state === 'running')?.name
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const ended = run.state !== 'running' && run.state !== 'paused'
  return { run, step: ended ? null : (at ?? STEP_NAMES[0]), workers, counts, done }
}

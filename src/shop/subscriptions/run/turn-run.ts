import { type Refused, refused } from '../../../platform/refusal.ts'
import type { SubscriptionDeps } from '../deps.ts'
import type { Run } from './run.ts'
import { moveRun, readRun } from './run-store.ts'

/** Pauses a run, or has it go on. Asking again changes nothing; one that has ended stays as it is. */
export async function turnRun(
  { db, clock }: Pick<SubscriptionDeps, 'db' | 'clock'>,
  { runId, ...turn }: { runId: string; from: 'running' | 'paused'; to: 'running' | 'paused' },
): Promise<{ kind: 'turned'; run: Run } | Refused<'not_found' | 'billing_run_ended'>> {
  const moved = await moveRun(db, runId, turn.from, turn.to, clock.now())
  const run = moved ?? (await readRun(db, runId))
  if (!run) return refused('not_found')
  return run.state === turn.to ? { kind: 'turned', run } : refused('billing_run_ended')
}

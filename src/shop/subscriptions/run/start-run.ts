import type { Refused } from '../../../platform/refusal.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { billableDate, type RunKind } from './run.ts'
import { type Opened, openRun } from './run-store.ts'

/**
 * Starts the run of a business date, or joins the one there is: a second start never makes a second run, a restart goes
 * on where the first was stopped, and after the end it takes up what has become due since.
 */
export async function startOrJoinRun(
  deps: Pick<BillingDeps, 'db' | 'clock'>,
  { date, kind }: { date: Temporal.PlainDate; kind: RunKind },
): Promise<({ kind: 'opened' } & Opened) | Refused<'billing_date_in_future'>> {
  const allowed = billableDate(date, deps.clock.today())
  if (allowed.kind === 'refused') return allowed
  return { kind: 'opened', ...(await openRun(deps.db, { date, kind, now: deps.clock.now() })) }
}

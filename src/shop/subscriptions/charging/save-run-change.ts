import type { Tx } from '../../../platform/database/database.ts'
import type { CycleEnd } from '../../orders/index.ts'
import type { At, Subscription } from '../rules/subscription.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import { keepChange } from '../store/keep-change.ts'
import type { Change, Locked } from '../store/subscription-store.ts'
import type { BillingDeps } from './ports.ts'
import type { Prepared, Turn } from './prepared.ts'

/** An open cycle of a locked subscription. `subscription` is what `from` becomes when the cycle is opened just now. */
export interface Opened {
  from: Locked
  subscription: Subscription
  record: CycleRecord
}

/** Writes a change with the run it belongs to. */
export function saveRunChange(
  deps: BillingDeps,
  tx: Tx,
  from: Locked,
  change: Change & { cycle: CycleRecord },
  { now, runId }: Turn,
): Promise<Locked> {
  const cycle = { ...change.cycle, runId: runId ?? change.cycle.runId }
  return keepChange(deps, tx, from, { ...change, cycle }, now)
}

/** The turn's time and rules as decisions get them. */
export function atOf(deps: BillingDeps, { now }: Turn): At {
  return { now, policy: deps.settings.calendar }
}

/** The order of a cycle could not be ended, because money may be moving: whoever moves it settles the cycle. */
export function inTheHandsOf(code: Extract<CycleEnd, { kind: 'refused' }>['code']): Prepared {
  if (code !== 'payment_in_progress') throw new Error(`the order of a cycle cannot end: ${code}`)
  return { kind: 'busy', retryAfterMs: 30_000 }
}

import type { Tx } from '../../../platform/database/database.ts'
import { lookAgainAt } from '../store/subscription-store.ts'
import type { BillingDeps } from './ports.ts'
import type { Prepared, Turn } from './prepared.ts'
import { type Opened, saveRunChange } from './save-run-change.ts'

/** Charges of one method follow one another by two seconds: so many rounds are waited for within a run. */
const MOST_ROUNDS = 4
/** A cycle behind a charge with an unknown outcome is looked at again after this. */
const LOOK_AGAIN = { minutes: 1 } as const
/** Behind others that take their turn: after this share of the time it has stood aside by now, but within these. */
const SHARE = 0.25
const SOONEST_MS = 3_000
const LATEST_MS = 60_000

/**
 * Another charge by the same method is not over. One that is under way is waited for, a few rounds. When it takes
 * longer (many subscriptions of one customer are due on one day, or its provider is away), or nobody knows what came of
 * it (that may take days), the cycle stands aside: its pieces are free for others, and it is looked at again and again,
 * by a run or by the sweep, at least once a minute, until its turn has come.
 * @param ordered a cycle with its order; what is new about it is written here
 */
export async function waitForMethod(
  deps: BillingDeps,
  tx: Tx,
  { from, subscription, record }: Opened,
  turn: Turn,
  methodId: string,
  retryAfterMs: number,
): Promise<Prepared> {
  const rounds = (record.busy?.rounds ?? 0) + 1
  const unknown = (await deps.payments.openChargeOf(tx, methodId)) === 'unknown'
  const hopeless = unknown || rounds >= MOST_ROUNDS
  const since = record.busy?.since ?? (hopeless ? turn.now : null)
  const cycle = { ...record, busy: { rounds, since } }
  await saveRunChange(deps, tx, from, { subscription, events: [], cycle }, turn)
  if (since === null) return { kind: 'busy', retryAfterMs }
  if ('orderId' in record.cycle) await deps.orders.releaseCycleHold(tx, record.cycle.orderId)
  return standAside(tx, subscription.id, turn, unknown, since)
}

/** Whether a cycle that stands aside has to go on doing so. Asked before anything is set aside for it. */
export async function stillBusy(
  deps: BillingDeps,
  tx: Tx,
  { subscription, record }: Opened,
  turn: Turn,
): Promise<Prepared | undefined> {
  const { methodId } = subscription
  if (!record.busy?.since || methodId === null) return undefined
  const open = await deps.payments.openChargeOf(tx, methodId)
  if (open === 'none') return undefined
  return standAside(tx, subscription.id, turn, open === 'unknown', record.busy.since)
}

async function standAside(
  tx: Tx,
  subscriptionId: string,
  { now }: Turn,
  unknown: boolean,
  since: Temporal.Instant,
): Promise<Prepared> {
  const waited = now.since(since).total('milliseconds')
  const turns = { milliseconds: Math.round(Math.min(LATEST_MS, Math.max(SOONEST_MS, waited * SHARE))) }
  await lookAgainAt(tx, subscriptionId, now.add(unknown ? LOOK_AGAIN : turns))
  return { kind: 'done', what: 'put_off' }
}

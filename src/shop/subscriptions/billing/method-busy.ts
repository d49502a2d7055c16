import type { Tx } from '../../../platform/database/database.ts'
import { lookAgainAt } from '../end-subscription.ts'
import type { BillingDeps } from './ports.ts'
import type { Prepared, Turn } from './prepared.ts'
import { type Opened, save } from './writing.ts'

/** Charges of one method follow one another by two seconds: so many rounds are waited for within a run. */
const MOST_ROUNDS = 4
/** A cycle that stands aside is looked at again after this. */
const LOOK_AGAIN = { minutes: 1 } as const

/**
 * Another charge by the same method is not over. One that is under way is waited for, a few rounds. When it takes
 * longer, or nobody knows what came of it (that may take days), the cycle stands aside: its pieces are free for others,
 * and it is looked at once a minute, by the sweep or by a run, until the other charge is settled.
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
  const hopeless = rounds >= MOST_ROUNDS || (await deps.payments.openChargeOf(tx, methodId)) === 'unknown'
  const since = record.busy?.since ?? (hopeless ? turn.now : null)
  const cycle = { ...record, busy: { rounds, since } }
  await save(deps, tx, from, { subscription, events: [], cycle }, turn)
  if (since === null) return { kind: 'busy', retryAfterMs }
  if ('orderId' in record.cycle) await deps.orders.releaseCycleHold(tx, record.cycle.orderId)
  return standAside(tx, subscription.id, turn)
}

/**
 * Whether a cycle that stands aside has to go on doing so; then it is looked at again in a minute. Asked before
 * anything is set aside for it.
 */
export async function stillBusy(
  deps: BillingDeps,
  tx: Tx,
  { subscription, record }: Opened,
  turn: Turn,
): Promise<Prepared | undefined> {
  const { methodId } = subscription
  if (!record.busy?.since || methodId === null) return undefined
  if ((await deps.payments.openChargeOf(tx, methodId)) === 'none') return undefined
  return standAside(tx, subscription.id, turn)
}

async function standAside(tx: Tx, subscriptionId: string, { now }: Turn): Promise<Prepared> {
  await lookAgainAt(tx, subscriptionId, now.add(LOOK_AGAIN))
  return { kind: 'done', what: 'put_off' }
}

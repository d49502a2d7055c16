import type { Tx } from '../../../platform/database/database.ts'
import { afterSoldOut } from '../rules/retry-policy.ts'
import type { Decided } from '../rules/subscription.ts'
import { cycleSkipped, tryLater } from '../rules/subscription-billing.ts'
import { cancelSubscription } from '../rules/subscription-pauses.ts'
import { expectDecided, stepped } from '../store/steps.ts'
import { lockSubscription } from '../store/subscription-store.ts'
import type { BillingDeps, NotPlaced } from './ports.ts'
import type { Prepared, Turn } from './prepared.ts'
import { atOf, inTheHandsOf, type Opened, saveRunChange } from './save-run-change.ts'

/**
 * There is nothing that could be sent: the delivery is left out and the subscription goes on; with an item that is gone
 * for good, or off sale when the merchant lets such subscriptions end, it ends. A delivery that was refused before waits for the shelf as long as the retry policy says.
 */
export async function handleUndeliverable(
  deps: BillingDeps,
  tx: Tx,
  opened: Opened,
  turn: Turn,
  { code }: NotPlaced,
): Promise<Prepared> {
  const { subscription, record } = opened
  if (code !== 'out_of_stock' && code !== 'item_not_on_sale' && code !== 'item_not_found')
    throw new Error(`subscription ${subscription.id}, cycle ${record.no}, cannot be ordered: ${code}`)
  const gone = code === 'item_not_found' || (code === 'item_not_on_sale' && deps.settings.offSale === 'end')
  const lacking = code === 'out_of_stock' ? 'out_of_stock' : 'not_sold'
  const { cycle } = record
  if (cycle.state !== 'declined' || cycle.waiting.kind !== 'retry' || gone)
    return leaveOut(deps, tx, opened, turn, gone ? 'cancelled' : lacking)
  // Before its time only because an operator asked: that uses up nothing.
  if (Temporal.Instant.compare(turn.now, cycle.waiting.at) < 0) return { kind: 'done', what: 'put_off' }
  const history = { ...record.history, soldOut: record.history.soldOut + 1 }
  const decision = afterSoldOut(deps.settings.retry, history, turn.now)
  return decision.kind === 'look_again'
    ? putOff(deps, tx, { ...opened, record: { ...record, history } }, turn, decision.at)
    : leaveOut(deps, tx, opened, turn, lacking)
}

async function putOff(
  deps: BillingDeps,
  tx: Tx,
  { from, subscription, record }: Opened,
  turn: Turn,
  at: Temporal.Instant,
): Promise<Prepared> {
  const waits = expectDecided(tryLater(subscription, record.no, at))
  const cycle = { ...record, cycle: stepped(record, { step: 'await', waiting: { kind: 'retry', at } }) }
  await saveRunChange(deps, tx, from, { subscription: waits.subscription, events: waits.events, cycle }, turn)
  return { kind: 'done', what: 'put_off' }
}

async function leaveOut(
  deps: BillingDeps,
  tx: Tx,
  opened: Opened,
  turn: Turn,
  /** `cancelled`: the subscription ends. Nobody is told twice: with the end comes its own reason. */
  reason: 'out_of_stock' | 'not_sold' | 'cancelled',
): Promise<Prepared> {
  const gone = reason === 'cancelled'
  const what = gone ? 'ended' : 'skipped'
  const ready = await withoutOrder(deps, tx, opened, gone ? 'subscription_ended' : 'out_of_stock')
  if (ready === undefined) return { kind: 'done', what }
  if ('kind' in ready) return ready
  const { from, subscription, record } = ready
  const at = atOf(deps, turn)
  const skipped = expectDecided(cycleSkipped(subscription, record, reason, at))
  const cycle = { ...record, cycle: stepped(record, { step: 'skip', reason }) }
  const decided = gone
    ? andThen(skipped, cancelSubscription(skipped.subscription, 'item_discontinued', 'system', at))
    : skipped
  await saveRunChange(
    deps,
    tx,
    from,
    { subscription: decided.subscription, events: decided.events, cycle },
    turn,
  )
  return { kind: 'done', what }
}

/** The cycle once the order it may have is ended; undefined when it has been settled by that. */
async function withoutOrder(
  deps: BillingDeps,
  tx: Tx,
  opened: Opened,
  why: 'out_of_stock' | 'subscription_ended',
): Promise<Opened | Prepared | undefined> {
  const { cycle } = opened.record
  if (!('orderId' in cycle)) return opened
  const cancelled = await deps.orders.cancelCycleOrder(tx, cycle.orderId, why)
  if (cancelled.kind === 'refused') return inTheHandsOf(cancelled.code)
  // Closing an attempt is news to the cycle: it is read again.
  const now = await lockSubscription(tx, opened.subscription.id)
  return now?.open && { from: now, subscription: now.subscription, record: now.open }
}

function andThen(first: Decided, then: Decided): Decided {
  return { ...then, events: [...first.events, ...then.events] }
}

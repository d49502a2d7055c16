import type { Tx } from '../../../platform/database/database.ts'
import { putAwayOpenCycle } from '../changes/end-subscription.ts'
import type { Cycle } from '../rules/cycle.ts'
import { giveUpSubscription } from '../rules/subscription-billing.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import { expectDecided, stepped } from '../store/steps.ts'
import { type Locked, lockSubscription } from '../store/subscription-store.ts'
import { chargeCycle } from './charge-cycle.ts'
import { stillBusy } from './method-busy.ts'
import type { BillingDeps } from './ports.ts'
import type { Prepared, Turn } from './prepared.ts'
import { atOf, inTheHandsOf, type Opened, saveRunChange } from './save-run-change.ts'
import { withdrawUnsent } from './withdraw-unsent.ts'

/** Goes on with a cycle that is being settled, from whatever state it was left in. */
export async function resumeCycle(
  deps: BillingDeps,
  tx: Tx,
  from: Locked,
  record: CycleRecord,
  turn: Turn,
): Promise<Prepared> {
  const { cycle } = record
  const { subscription } = from
  if (subscription.state === 'cancelled') return endWhatIsLeft(deps, tx, from, turn)
  const again = () => chargeCycle(deps, tx, { from, subscription, record }, turn)
  switch (cycle.state) {
    case 'due':
      return again()
    case 'ordering':
      // The postponed attempt is sent again if it is still open; one that was found not charged has ended for good.
      if (cycle.postponed && !isTime(cycle.postponed.notBefore, turn)) return { kind: 'nothing' }
      return (await stillBusy(deps, tx, { from, subscription, record }, turn)) ?? again()
    case 'charging':
      return sendOrReplace(deps, tx, { from, subscription, record }, cycle, turn)
    case 'declined':
      if (cycle.waiting.kind === 'retry')
        return isTime(cycle.waiting.at, turn) ? again() : { kind: 'nothing' }
      return atDeadline(deps, tx, from, cycle, turn)
    default:
      // Frozen: nobody tries again before it is known what happened.
      return { kind: 'nothing' }
  }
}

/**
 * Left behind before it was sent, or on its way: whoever sends it next is told which. With another method than the
 * customer wants by now it is not sent any more, if that is still possible.
 */
async function sendOrReplace(
  deps: BillingDeps,
  tx: Tx,
  opened: Opened,
  { attemptId }: Extract<Cycle, { state: 'charging' }>,
  turn: Turn,
): Promise<Prepared> {
  const { from, subscription, record } = opened
  if ((await withdrawUnsent(deps, tx, opened)) !== 'closed')
    return { kind: 'send', attemptId, provider: await deps.payments.providerOfCharge(tx, attemptId) }
  const step = { step: 'postpone', attemptId, notBefore: turn.now } as const
  const cycle = { ...record, cycle: stepped(record, step) }
  const free = await saveRunChange(deps, tx, from, { subscription, events: [], cycle }, turn)
  return chargeCycle(deps, tx, { from: free, subscription, record: cycle }, turn)
}

/** The customer was asked for a new method. None has come in time: the subscription ends, and its order with it. */
async function atDeadline(
  deps: BillingDeps,
  tx: Tx,
  from: Locked,
  { orderId, waiting }: Extract<Cycle, { state: 'declined' }>,
  turn: Turn,
): Promise<Prepared> {
  if (waiting.kind !== 'new_method' || Temporal.Instant.compare(turn.now, waiting.giveUpAt) < 0)
    return { kind: 'nothing' }
  const cancelled = await deps.orders.cancelCycleOrder(tx, orderId, 'payment_given_up')
  // The customer pays it on a provider's page at this very moment; the outcome decides.
  if (cancelled.kind === 'refused') return inTheHandsOf(cancelled.code)
  // Closing an attempt is news to the cycle: it is read again.
  const now = await lockSubscription(tx, from.subscription.id)
  const open = now?.open
  if (!now || open?.cycle.state !== 'declined') return { kind: 'done', what: 'given_up' }
  const { subscription, events } = expectDecided(
    giveUpSubscription(now.subscription, open.no, 'no_new_method', atOf(deps, turn)),
  )
  const step = { step: 'fail', attemptId: open.cycle.attemptId, reason: 'no_new_method' } as const
  await saveRunChange(
    deps,
    tx,
    now,
    { subscription, events, cycle: { ...open, cycle: stepped(open, step) } },
    turn,
  )
  return { kind: 'done', what: 'given_up' }
}

/**
 * What a cancelled subscription has left open. A payment that is on its way is not called back: it, or whoever finds
 * out what became of it, settles the cycle.
 */
async function endWhatIsLeft(deps: BillingDeps, tx: Tx, from: Locked, turn: Turn): Promise<Prepared> {
  const { open } = await putAwayOpenCycle(deps, tx, from, atOf(deps, turn))
  if (!open) return { kind: 'done', what: 'ended' }
  return open.cycle.state === 'frozen' ? { kind: 'nothing' } : inTheHandsOf('payment_in_progress')
}

/** Whether the time has come, or an operator does not want to wait for it. */
function isTime(at: Temporal.Instant, { now, forced }: Turn): boolean {
  return forced || Temporal.Instant.compare(at, now) <= 0
}

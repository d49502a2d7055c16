import type { Tx } from '../../../platform/database/database.ts'
import { refused } from '../../../platform/refusal.ts'
import { endSubscription } from '../changes/end-subscription.ts'
import { chargeUpcoming, type Notice, noticeFirst, type Told } from '../rules/announcement.ts'
import { catchUp } from '../rules/catch-up.ts'
import { businessDay } from '../rules/period.ts'
import { noAttempts } from '../rules/retry-policy.ts'
import { dueUntil } from '../rules/subscription.ts'
import { cycleSkipped, openCycle } from '../rules/subscription-billing.ts'
import { wakeSubscription } from '../rules/subscription-pauses.ts'
import { isWithdrawn } from '../store/customer-store.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import { keepChange } from '../store/keep-change.ts'
import { itemsOffSale } from '../store/off-sale.ts'
import { expectDecided } from '../store/steps.ts'
import { type Locked, lockWithOrder } from '../store/subscription-store.ts'
import { handleUndeliverable } from './cannot-deliver.ts'
import { chargeCycle } from './charge-cycle.ts'
import type { BillingDeps } from './ports.ts'
import type { Prepared, Turn } from './prepared.ts'
import { resumeCycle } from './resume-cycle.ts'
import { atOf, saveRunChange } from './save-run-change.ts'

/**
 * First step for one subscription, in one transaction: notices the end of a pause, decides the cycles that have come
 * due (oldest first), and writes the attempt that is to be sent, if any. Whatever it finds, it goes on from there: a
 * worker may have died at any instant before.
 * 'moved': another cycle was opened while the locks were taken; undo everything and begin again.
 */
export async function prepareSubscription(
  deps: BillingDeps,
  tx: Tx,
  subscriptionId: string,
  turn: Turn,
): Promise<Prepared | 'moved'> {
  const found = await lockWithOrder(tx, deps.orders, subscriptionId)
  if (found === 'moved') return 'moved'
  if (!found) return { kind: 'nothing' }
  const awake = wakeSubscription(found.subscription, atOf(deps, turn))
  const woken = awake.events.length > 0
  // The end of the pause was known: its charge has been announced like any other, or is not charged yet.
  const change = { ...awake, announced: found.announced }
  const locked = woken ? await keepChange(deps, tx, found, change, turn.now) : found
  const prepared = locked.open
    ? await resumeCycle(deps, tx, locked, locked.open, turn)
    : await billDue(deps, tx, locked, turn)
  return woken && prepared.kind === 'nothing' ? { kind: 'done', what: 'resumed' } : prepared
}

/** The cycles due up to the turn's date: those left out are recorded, at most one is opened and charged. */
async function billDue(deps: BillingDeps, tx: Tx, from: Locked, turn: Turn): Promise<Prepared> {
  if (turn.date === null || from.subscription.state === 'cancelled') return { kind: 'nothing' }
  const { schedule, latestCycle } = from.subscription
  const progress = { lastHandledDue: latestCycle.due, lastChargedOn: from.lastChargedOn, hasOpenCycle: false }
  let locked = from
  let result: Prepared = { kind: 'nothing' }
  const through = dueUntil(from.subscription, turn.date)
  const decisions = catchUp(schedule, progress, turn.date, deps.settings.catchUp, through)
  // What is charged right after those that were missed is no charge ahead, to be told of as one.
  const announced = decisions.some(({ decision }) => decision === 'charge') ? from.announced : undefined
  for (const { no, due, ...decision } of decisions) {
    if (decision.decision === 'wait') return { kind: 'waits' }
    if (decision.decision === 'charge') {
      if (await isWithdrawn(tx, from.subscription.customerId)) return endForLeaving(deps, tx, locked, turn)
      const first = noticeFirst(locked.subscription, { no, due }, locked.announced, noticeOf(deps, turn))
      if (first?.kind === 'wait') return { kind: 'waits' }
      // Nobody is told of a charge that cannot be made: what is not sold is left out, or ends it.
      const offSale = first && (await policyOffSale(deps, tx, locked))
      if (first && !offSale) return tellFirst(deps, tx, locked, first, turn)
      const { subscription } = expectDecided(openCycle(locked.subscription, { no, due }))
      const opened = { from: locked, subscription, record: newRecord(no, due) }
      if (!offSale) return chargeCycle(deps, tx, opened, turn)
      // Not asked again whether it is sold: shown in this very moment, it would be charged with nobody told.
      const code = offSale === 'end' ? 'item_not_found' : 'item_not_on_sale'
      return handleUndeliverable(deps, tx, opened, turn, refused(code))
    }
    const { reason } = decision
    const { subscription, events } = expectDecided(
      cycleSkipped(locked.subscription, { no, due }, reason, atOf(deps, turn)),
    )
    const cycle: CycleRecord = { ...newRecord(no, due), cycle: { state: 'skipped', reason } }
    locked = await saveRunChange(deps, tx, locked, { subscription, events, cycle, announced }, turn)
    result = { kind: 'done', what: 'skipped' }
  }
  return result
}

/** Nobody told the customer of this charge: that is done now, and the charge comes as long after it as was promised. */
async function tellFirst(
  deps: BillingDeps,
  tx: Tx,
  locked: Locked,
  { subscription, announcement }: Told,
  turn: Turn,
): Promise<Prepared> {
  const events = [chargeUpcoming(subscription, announcement)]
  await keepChange(deps, tx, locked, { subscription, events, announced: announcement }, turn.now)
  return { kind: 'done', what: 'put_off' }
}

async function policyOffSale(deps: BillingDeps, tx: Tx, { subscription: { itemId } }: Locked) {
  return (await itemsOffSale(deps, tx, [itemId])).get(itemId)
}

function noticeOf({ settings }: BillingDeps, { now }: Turn): Notice {
  return { today: businessDay(now, settings.calendar), daysBefore: settings.announceDaysBefore }
}

/**
 * Nobody is charged after they are known to have left, whatever kept this one from ending with their other
 * subscriptions. For the time before that is known, see after-leaving.ts.
 */
async function endForLeaving(deps: BillingDeps, tx: Tx, locked: Locked, turn: Turn): Promise<Prepared> {
  const why = { reason: 'account_withdrawn', by: 'system' } as const
  await endSubscription(deps, tx, locked, why, atOf(deps, turn))
  return { kind: 'done', what: 'ended' }
}

function newRecord(no: number, due: Temporal.PlainDate): CycleRecord {
  return { no, due, cycle: { state: 'due' }, history: noAttempts, methodId: null, amount: null, runId: null }
}

import type { Tx } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import type { PlacedCycle } from '../../orders/index.ts'
import { toOrder } from '../receivers.ts'
import { businessDay } from '../rules/period.ts'
import { termsOn } from '../rules/subscription.ts'
import { cycleFailed } from '../rules/subscription-billing.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import { expectDecided, stepped } from '../store/steps.ts'
import { handleUndeliverable } from './cannot-deliver.ts'
import { waitForMethod } from './method-busy.ts'
import type { BillingDeps } from './ports.ts'
import type { Prepared, Turn } from './prepared.ts'
import { atOf, type Opened, saveRunChange } from './save-run-change.ts'
import { withdrawUnsent } from './withdraw-unsent.ts'

type Placed = Pick<PlacedCycle, 'orderId' | 'total'>

/**
 * Places the order of an open cycle (or takes the one it has) and writes the attempt that charges it, with the method
 * and under the terms of this moment: a change that commits later holds from the next cycle.
 */
export async function chargeCycle(deps: BillingDeps, tx: Tx, opened: Opened, turn: Turn): Promise<Prepared> {
  const { from, subscription } = opened
  const placed = await place(deps, tx, opened, turn)
  if (placed.kind === 'refused') return handleUndeliverable(deps, tx, opened, turn, placed)
  const record = withOrder(opened.record, placed)
  const ordered = { ...opened, record }
  const { methodId } = subscription
  if (methodId === null) return askForMethod(deps, tx, ordered, turn, placed)
  // If it was sent after all, it stands in the way below, and the cycle is told which one it is.
  await withdrawUnsent(deps, tx, ordered)
  const { orderId, fresh } = placed
  const charge = { orderId, paymentMethodId: methodId, now: turn.now, fresh }
  const attempt = await deps.payments.prepareTokenCharge(tx, charge)
  switch (attempt.kind) {
    case 'prepared': {
      const { attemptId, provider } = attempt
      const cycle = { ...record, methodId, cycle: stepped(record, { step: 'charge', attemptId }) }
      const chargedOn = businessDay(turn.now, deps.settings.calendar)
      await saveRunChange(deps, tx, from, { subscription, events: [], cycle, chargedOn }, turn)
      return { kind: 'send', attemptId, provider }
    }
    case 'method_gone':
      return askForMethod(deps, tx, ordered, turn, placed)
    case 'method_busy':
      return waitForMethod(deps, tx, ordered, turn, methodId, attempt.retryAfterMs)
    case 'attempt_open':
      if (isPostponed(record, attempt.attemptId)) return sendAgain(deps, tx, ordered, turn)
      if (record !== opened.record)
        await saveRunChange(deps, tx, from, { subscription, events: [], cycle: record }, turn)
      return { kind: 'busy', retryAfterMs: attempt.retryAfterMs }
    case 'refused':
      throw new Error(
        `subscription ${subscription.id}, cycle ${record.no}, cannot be charged: ${attempt.code}`,
      )
  }
}

/** Whether what stands in the way is the cycle's own attempt, which surely has not been sent. */
function isPostponed({ cycle }: CycleRecord, attemptId: string): boolean {
  return cycle.state === 'ordering' && cycle.postponed?.attemptId === attemptId
}

/** The same attempt once more. */
async function sendAgain(
  deps: BillingDeps,
  tx: Tx,
  { from, subscription, record }: Opened,
  turn: Turn,
): Promise<Prepared> {
  const attemptId = 'postponed' in record.cycle ? record.cycle.postponed?.attemptId : undefined
  if (attemptId === undefined)
    throw new Error(`cycle ${record.no} of ${subscription.id} has nothing to send again`)
  const cycle = { ...record, cycle: stepped(record, { step: 'charge', attemptId }) }
  // Perhaps days later than it was prepared: this is the day that must not see a second charge.
  const chargedOn = businessDay(turn.now, deps.settings.calendar)
  await saveRunChange(deps, tx, from, { subscription, events: [], cycle, chargedOn }, turn)
  return { kind: 'send', attemptId, provider: await deps.payments.providerOfCharge(tx, attemptId) }
}

async function place(deps: BillingDeps, tx: Tx, { subscription, record }: Opened, { now }: Turn) {
  const { quantity, unitPrice, receiver } = termsOn(subscription, record.due)
  return deps.orders.placeCycleOrder(tx, {
    orderId: 'orderId' in record.cycle ? record.cycle.orderId : newId(),
    subscriptionId: subscription.id,
    cycleNo: record.no,
    customerId: subscription.customerId,
    itemId: subscription.itemId,
    quantity,
    unitPrice,
    receiver: toOrder(receiver),
    now,
  })
}

function withOrder(record: CycleRecord, { orderId, total }: Placed): CycleRecord {
  return record.cycle.state === 'due'
    ? { ...record, amount: total, cycle: stepped(record, { step: 'order', orderId }) }
    : record
}

/** Without a method the customer is asked for one; meanwhile others may buy what was put aside. */
async function askForMethod(
  deps: BillingDeps,
  tx: Tx,
  { from, subscription, record }: Opened,
  turn: Turn,
  placed: Placed,
): Promise<Prepared> {
  const giveUpAt = turn.now.add({ hours: deps.settings.retry.newMethodWithinHours })
  const decision = { kind: 'needs_new_method', giveUpAt, token: 'keep' } as const
  const decided = expectDecided(cycleFailed(subscription, record.no, decision, atOf(deps, turn)))
  const waiting = { kind: 'new_method', giveUpAt } as const
  const cycle = { ...record, cycle: stepped(record, { step: 'await', waiting }) }
  await deps.orders.releaseCycleHold(tx, placed.orderId)
  await saveRunChange(
    deps,
    tx,
    from,
    { subscription: decided.subscription, events: decided.events, cycle },
    turn,
  )
  return { kind: 'done', what: 'past_due' }
}

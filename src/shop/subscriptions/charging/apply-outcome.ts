import type { Tx } from '../../../platform/database/database.ts'
import type { AttemptEnd, CycleNews, CycleOrderFate, CyclePort } from '../../orders/index.ts'
import { closeLeftOver } from '../changes/close-left-over.ts'
import type { SubscriptionDeps } from '../deps.ts'
import type { Cycle, CycleStep } from '../rules/cycle.ts'
import { businessDay } from '../rules/period.ts'
import { afterAttempt, type Outcome, type RetryDecision, rememberOutcome } from '../rules/retry-policy.ts'
import type { At, Decided, Subscription } from '../rules/subscription.ts'
import { cycleFailed, cyclePaid } from '../rules/subscription-billing.ts'
import { changeMethod } from '../rules/subscription-terms.ts'
import { type CycleRecord, lockCycle } from '../store/cycle-store.ts'
import { keepChange } from '../store/keep-change.ts'
import { ordersInUse } from '../store/orders-in-use.ts'
import { noteRefusal } from '../store/refusals.ts'
import { expectDecided, stepped } from '../store/steps.ts'
import { type Locked, lockSubscription } from '../store/subscription-store.ts'

type Deps = Pick<SubscriptionDeps, 'payments' | 'settings' | 'catalog'>

/** What is open, for news of the cycle it is about. */
interface Heard {
  locked: Locked
  record: CycleRecord
  at: At
}

/**
 * News of payments for cycles. Payments settle the attempt and lock the order; in the same transaction the cycle, the
 * subscription and its events follow. News that is known already, or of an attempt that is not the cycle's, changes
 * nothing.
 */
export function createCyclePort(deps: Deps): CyclePort {
  return {
    paid: (tx, news) => paid(deps, tx, news),
    ended: (tx, news) => ended(deps, tx, news),
    postponed: (tx, news) => postponed(deps, tx, news),
    doubted: (tx, news) => doubted(deps, tx, news),
    stillWanted: async (tx, news) => {
      const heard = await hear(deps, tx, news)
      return heard !== undefined && heard.locked.subscription.state !== 'cancelled'
    },
    ordersInUse,
  }
}

/** Undefined when the cycle is settled already. */
async function hear(deps: Deps, tx: Tx, news: CycleNews): Promise<Heard | undefined> {
  const locked = await lockSubscription(tx, news.subscriptionId)
  if (!locked) throw new Error(`order ${news.orderId} is of an unknown subscription ${news.subscriptionId}`)
  const at = { now: news.at, policy: deps.settings.calendar }
  return locked.open?.no === news.cycleNo ? { locked, record: locked.open, at } : undefined
}

/** The cycle with this attempt on its way, or undefined when the attempt is not the one it sent. */
function underWay({ cycle, ...rest }: CycleRecord, attemptId: string): CycleRecord | undefined {
  const same = (cycle.state === 'charging' || cycle.state === 'frozen') && cycle.attemptId === attemptId
  return same ? { ...rest, cycle } : undefined
}

/** A postponed attempt that was sent once more before anybody noted it. */
function sentAgain({ cycle, ...rest }: CycleRecord, attemptId: string): CycleRecord | undefined {
  if (cycle.state !== 'ordering' || cycle.postponed?.attemptId !== attemptId) return undefined
  return { ...rest, cycle: { state: 'charging', orderId: cycle.orderId, attemptId } }
}

/**
 * The money is there, whoever brought it: the charge by token, or the customer, who paid a refused cycle on the
 * provider's page. Then the method this left behind replaces the one that failed.
 */
async function paid(deps: Deps, tx: Tx, news: CycleNews & { paymentMethodId: string | null }): Promise<void> {
  const heard = await hear(deps, tx, news)
  if (!heard) return assertPaidBefore(tx, news)
  const { locked, record, at } = heard
  const byToken = underWay(record, news.attemptId) ?? sentAgain(record, news.attemptId)
  const settled = byToken
    ? { ...byToken, cycle: stepped(byToken, { step: 'pay', attemptId: news.attemptId, at: news.at }) }
    : { ...record, methodId: news.paymentMethodId, cycle: paidByCustomer(record, news) }
  const decided = expectDecided(cyclePaid(locked.subscription, record.no, at))
  const withMethod = byToken ? decided : replaceMethod(decided, news.paymentMethodId, at)
  const history = rememberOutcome(record.history, { kind: 'paid' })
  // Paid by the customer today: the run of today must not charge the next cycle as well.
  const chargedOn = byToken ? undefined : businessDay(news.at, deps.settings.calendar)
  await keepChange(deps, tx, locked, { ...withMethod, cycle: { ...settled, history }, chargedOn }, news.at)
}

/** An order is paid once, so that a settled cycle can only be the one this very payment settled. */
async function assertPaidBefore(tx: Tx, { subscriptionId, cycleNo, attemptId, orderId }: CycleNews) {
  const record = await lockCycle(tx, subscriptionId, cycleNo)
  if (record?.cycle.state !== 'paid' || record.cycle.attemptId !== attemptId)
    throw new Error(`order ${orderId} was paid, but its cycle is ${record?.cycle.state ?? 'not there'}`)
}

/** Also out of a freeze that was our own mistake: that attempt surely took nothing. */
function paidByCustomer(record: CycleRecord, { attemptId, at }: CycleNews): Cycle {
  const { cycle } = record
  const mistaken = cycle.state === 'frozen' && cycle.why === 'invalid_request'
  const freed = mistaken ? [{ step: 'postpone', attemptId: cycle.attemptId, notBefore: at } as const] : []
  return stepped(record, ...freed, { step: 'charge', attemptId }, { step: 'pay', attemptId, at })
}

/** A subscription that was cancelled meanwhile needs no method any more; see `forgetUnusedMethod`. */
function replaceMethod(decided: Decided, methodId: string | null, at: At): Decided {
  if (methodId === null || decided.subscription.state === 'cancelled') return decided
  const changed = expectDecided(changeMethod(decided.subscription, methodId, at))
  return { ...changed, events: [...decided.events, ...changed.events] }
}

async function ended(
  deps: Deps,
  tx: Tx,
  news: CycleNews & { origin: 'checkout' | 'token'; outcome: AttemptEnd },
): Promise<CycleOrderFate> {
  const heard = await hear(deps, tx, news)
  if (!heard) return 'keep'
  if (news.origin === 'checkout') return checkoutEnded(deps, tx, heard)
  const record = underWay(heard.record, news.attemptId)
  if (!record) return 'keep'
  return attemptEnded(deps, tx, { ...heard, record }, news)
}

/** The customer did not pay on the provider's page: the cycle waits on, unless nobody wants it any more. */
async function checkoutEnded(deps: Deps, tx: Tx, { locked, record, at }: Heard): Promise<CycleOrderFate> {
  const waits = record.cycle.state === 'declined' || record.cycle.state === 'ordering'
  if (!waits) return 'keep'
  if (locked.subscription.state !== 'cancelled') return 'release'
  await keepChange(deps, tx, locked, closeLeftOver(locked.subscription, record, at), at.now)
  return 'subscription_ended'
}

async function attemptEnded(
  deps: Deps,
  tx: Tx,
  { locked, record, at }: Heard,
  news: CycleNews & { outcome: AttemptEnd },
): Promise<CycleOrderFate> {
  const { subscription } = locked
  if (news.outcome.kind === 'declined') await noteRefusal(tx, { ...news, ...news.outcome })
  const outcome = outcomeOf(news.outcome)
  const history = rememberOutcome(record.history, outcome)
  if (subscription.state === 'cancelled') {
    // Nothing is tried again, whatever the bank said.
    await keepChange(deps, tx, locked, closeLeftOver(subscription, { ...record, history }, at), at.now)
    return 'subscription_ended'
  }
  const decision = decide(deps, subscription, record, outcome, at.now)
  const decided = expectDecided(cycleFailed(subscription, record.no, decision, at))
  const cycle = { ...record, history, cycle: stepped(record, afterEnd(news, decision)) }
  await keepChange(deps, tx, locked, { ...decided, cycle }, at.now)
  return fateAfter(decision)
}

/**
 * The policy's decision; a method that came while the old one was being charged is tried at once, also after the last
 * refusal of the old one. A refusal of the new one counts on.
 */
function decide(
  deps: Deps,
  { methodId }: Subscription,
  { history, methodId: charged }: CycleRecord,
  outcome: Exclude<Outcome, { kind: 'paid' }>,
  now: Temporal.Instant,
): Unpaid {
  const decision = afterAttempt(deps.settings.retry, history, outcome, now)
  if (decision.kind === 'paid') throw new Error('paid without money')
  const isNew = methodId !== null && charged !== null && methodId !== charged
  return outcome.kind === 'declined' && isNew ? { kind: 'retry_now' } : decision
}

type Unpaid = Exclude<RetryDecision, { kind: 'paid' }>

function outcomeOf(end: AttemptEnd): Exclude<Outcome, { kind: 'paid' }> {
  switch (end.kind) {
    case 'declined':
      return { kind: 'declined', class: end.class }
    case 'failed':
      return { kind: 'invalid' }
    default:
      // Surely no money was taken, and the bank refused nothing.
      return { kind: 'unavailable' }
  }
}

/** The step of the cycle that a decision means. */
function afterEnd({ attemptId, at }: CycleNews, decision: Unpaid): CycleStep {
  switch (decision.kind) {
    case 'retry_now':
      return { step: 'decline', attemptId, waiting: { kind: 'retry', at } }
    case 'retry_at':
      return { step: 'decline', attemptId, waiting: { kind: 'retry', at: decision.at } }
    case 'needs_new_method':
      return { step: 'decline', attemptId, waiting: { kind: 'new_method', giveUpAt: decision.giveUpAt } }
    case 'technical_retry':
      return { step: 'postpone', attemptId, notBefore: decision.at }
    case 'freeze':
      return { step: 'freeze', attemptId, why: decision.why, at }
    case 'give_up':
      return { step: 'fail', attemptId, reason: decision.reason }
  }
}

/** Stock stays put aside only for a charge that follows at once, or that was not even heard by the bank. */
function fateAfter(decision: Unpaid): CycleOrderFate {
  switch (decision.kind) {
    case 'retry_now':
    case 'technical_retry':
      return 'keep'
    case 'give_up':
      return 'payment_given_up'
    default:
      return 'release'
  }
}

/** Surely not sent. What a cancellation left over is put away by the billing worker, which can end the attempt. */
async function postponed(deps: Deps, tx: Tx, news: CycleNews & { retryAfterMs: number }): Promise<void> {
  const heard = await hear(deps, tx, news)
  const record = heard && underWay(heard.record, news.attemptId)
  if (!record) return
  const outcome = { kind: 'unavailable', retryAfterSeconds: news.retryAfterMs / 1_000 } as const
  const decision = afterAttempt(deps.settings.retry, record.history, outcome, news.at)
  if (decision.kind !== 'technical_retry') throw new Error(`no way to go on after ${decision.kind}`)
  const step = { step: 'postpone', attemptId: news.attemptId, notBefore: decision.at } as const
  const cycle = { ...record, history: rememberOutcome(record.history, outcome), cycle: stepped(record, step) }
  const { subscription } = heard.locked
  await keepChange(deps, tx, heard.locked, { subscription, events: [], cycle }, news.at)
}

async function doubted(deps: Deps, tx: Tx, news: CycleNews): Promise<void> {
  const heard = await hear(deps, tx, news)
  const record = heard && underWay(heard.record, news.attemptId)
  if (!record || record.cycle.state === 'frozen') return
  const step = {
    step: 'freeze',
    attemptId: news.attemptId,
    why: 'unknown_outcome',
    at: news.at,
  } as const
  const { subscription } = heard.locked
  const cycle = { ...record, cycle: stepped(record, step) }
  await keepChange(deps, tx, heard.locked, { subscription, events: [], cycle }, news.at)
}

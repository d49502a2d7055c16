/**
 * One period of a subscription, from "due" to "paid" (or not). The table of legal steps is data; `advanceCycle` is the only
 * way to move. Whoever stores a cycle compares-and-sets on its state, so two workers cannot both take a step.
 */

export const SKIP_REASONS = ['customer', 'paused', 'missed', 'out_of_stock', 'not_sold', 'cancelled'] as const
export type SkipReason = (typeof SKIP_REASONS)[number]
/** Why nobody may try again: perhaps money moved, or the provider calls our request wrong (a person must look). */
export const FREEZE_REASONS = ['unknown_outcome', 'invalid_request'] as const
export type FreezeReason = (typeof FREEZE_REASONS)[number]
export const FAIL_REASONS = ['tries_used_up', 'no_new_method', 'cancelled'] as const
export type FailReason = (typeof FAIL_REASONS)[number]

/** What a declined cycle waits for. */
export type Waiting =
  | { readonly kind: 'retry'; readonly at: Temporal.Instant }
  | { readonly kind: 'new_method'; readonly giveUpAt: Temporal.Instant }

/** An attempt that surely took no money, and the earliest moment to try again (the same attempt may be resent). */
export type Postponed = { readonly attemptId: string; readonly notBefore: Temporal.Instant }

/** The states, each with the data it really has. `due` waits for nothing but its day. */
export type Cycle =
  | { readonly state: 'due' }
  /** The order exists and holds stock; no attempt is open. `postponed` is set after an attempt that took no money. */
  | { readonly state: 'ordering'; readonly orderId: string; readonly postponed: Postponed | null }
  | { readonly state: 'charging'; readonly orderId: string; readonly attemptId: string }
  | {
      readonly state: 'paid'
      readonly orderId: string
      readonly attemptId: string
      readonly paidAt: Temporal.Instant
    }
  /** Refused by the bank, or without a method to charge: then `attemptId` is null. */
  | {
      readonly state: 'declined'
      readonly orderId: string
      readonly attemptId: string | null
      readonly waiting: Waiting
    }
  /** No further charge until a look-up, evidence or an operator settles this attempt. */
  | {
      readonly state: 'frozen'
      readonly orderId: string
      readonly attemptId: string
      readonly why: FreezeReason
      readonly since: Temporal.Instant
    }
  | { readonly state: 'skipped'; readonly reason: SkipReason }
  | {
      readonly state: 'failed'
      readonly orderId: string
      readonly attemptId: string | null
      readonly reason: FailReason
    }

export type CycleState = Cycle['state']

/** What can happen to a cycle. Steps that report on an attempt name it; news of another attempt is refused. */
export type CycleStep =
  | { readonly step: 'order'; readonly orderId: string }
  | { readonly step: 'charge'; readonly attemptId: string }
  | { readonly step: 'pay'; readonly attemptId: string; readonly at: Temporal.Instant }
  | { readonly step: 'decline'; readonly attemptId: string; readonly waiting: Waiting }
  /** Nothing is charged before `waiting` ends: there is no method to charge, or the wait has changed. */
  | { readonly step: 'await'; readonly waiting: Waiting }
  | {
      readonly step: 'freeze'
      readonly attemptId: string
      readonly why: FreezeReason
      readonly at: Temporal.Instant
    }
  /** The attempt surely took no money (never sent, or proven afterwards); the cycle stays due. */
  | { readonly step: 'postpone'; readonly attemptId: string; readonly notBefore: Temporal.Instant }
  | { readonly step: 'skip'; readonly reason: SkipReason }
  | { readonly step: 'fail'; readonly attemptId: string | null; readonly reason: FailReason }

export type StepName = CycleStep['step']

export type Advanced =
  | { readonly kind: 'moved'; readonly cycle: Cycle }
  /** The very same step was taken before: nothing to do, nothing to announce. */
  | { readonly kind: 'same'; readonly cycle: Cycle }
  | {
      readonly kind: 'refused'
      readonly code: 'illegal_cycle_step' | 'another_attempt'
      readonly from: CycleState
      readonly step: StepName
    }

/** From which state which step leads where. What is not listed is illegal. */
export const cycleSteps: { readonly [S in CycleState]: { readonly [N in StepName]?: CycleState } } = {
  due: { order: 'ordering', skip: 'skipped' },
  ordering: { charge: 'charging', await: 'declined', skip: 'skipped' },
  charging: { pay: 'paid', decline: 'declined', freeze: 'frozen', postpone: 'ordering', fail: 'failed' },
  declined: { charge: 'charging', await: 'declined', skip: 'skipped', fail: 'failed' },
  frozen: { pay: 'paid', decline: 'declined', postpone: 'ordering', fail: 'failed' },
  paid: {},
  skipped: {},
  failed: {},
}

/** Whether a cycle in this state still needs work; at most one such cycle per subscription. */
export function isOpen(state: CycleState): boolean {
  return state !== 'paid' && state !== 'skipped' && state !== 'failed'
}

/**
 * Takes one step. Repeating the step that led to the present state gives `same`: whoever gets that for `charge` must not
 * call the provider, another worker is doing so. Refuses `illegal_cycle_step` (not in the table, or giving up while the
 * money may have moved) and `another_attempt` (news of an attempt that is not the present one, above all a second
 * payment; or a retry that uses the refused attempt again, which the provider would answer with the old refusal).
 */
export function advanceCycle(cycle: Cycle, step: CycleStep): Advanced {
  if (isRepeat(cycle, step)) return { kind: 'same', cycle }
  const refused = (code: 'illegal_cycle_step' | 'another_attempt'): Advanced => ({
    kind: 'refused',
    code,
    from: cycle.state,
    step: step.step,
  })
  if (cycleSteps[cycle.state][step.step] === undefined) return refused('illegal_cycle_step')
  if ('attemptId' in step && 'attemptId' in cycle) {
    const mustDiffer = step.step === 'charge'
    if ((step.attemptId === cycle.attemptId) === mustDiffer) return refused('another_attempt')
  }
  // Only a refusal by the bank ends a running or unknown attempt; a deadline or a cancellation must wait for its outcome.
  const mayHavePaid = cycle.state === 'charging' || cycle.state === 'frozen'
  if (step.step === 'fail' && mayHavePaid && step.reason !== 'tries_used_up')
    return refused('illegal_cycle_step')
  const next = take(cycle, step)
  return next ? { kind: 'moved', cycle: next } : refused('illegal_cycle_step')
}

function take(cycle: Cycle, step: CycleStep): Cycle | null {
  if (step.step === 'order') return { state: 'ordering', orderId: step.orderId, postponed: null }
  if (step.step === 'skip') return { state: 'skipped', reason: step.reason }
  if (!('orderId' in cycle)) return null
  const { orderId } = cycle
  if (step.step === 'await') {
    const attemptId = cycle.state === 'declined' ? cycle.attemptId : null
    return { state: 'declined', orderId, attemptId, waiting: step.waiting }
  }
  if (step.step === 'fail')
    return { state: 'failed', orderId, attemptId: step.attemptId, reason: step.reason }
  const { attemptId } = step
  switch (step.step) {
    case 'charge':
      return { state: 'charging', orderId, attemptId }
    case 'pay':
      return { state: 'paid', orderId, attemptId, paidAt: step.at }
    case 'decline':
      return { state: 'declined', orderId, attemptId, waiting: step.waiting }
    case 'freeze':
      return { state: 'frozen', orderId, attemptId, why: step.why, since: step.at }
    case 'postpone':
      return { state: 'ordering', orderId, postponed: { attemptId, notBefore: step.notBefore } }
  }
}

/** Whether `step` is what brought the cycle where it is. Times of a repeat may differ; the first report counts. */
function isRepeat(cycle: Cycle, step: CycleStep): boolean {
  switch (step.step) {
    case 'order':
      return cycle.state === 'ordering' && cycle.orderId === step.orderId
    case 'charge':
      return cycle.state === 'charging' && cycle.attemptId === step.attemptId
    case 'pay':
      return cycle.state === 'paid' && cycle.attemptId === step.attemptId
    case 'decline':
      return cycle.state === 'declined' && cycle.attemptId === step.attemptId
    case 'await':
      return cycle.state === 'declined' && sameWaiting(cycle.waiting, step.waiting)
    case 'freeze':
      return cycle.state === 'frozen' && cycle.attemptId === step.attemptId
    case 'postpone':
      return cycle.state === 'ordering' && cycle.postponed?.attemptId === step.attemptId
    case 'skip':
      return cycle.state === 'skipped' && cycle.reason === step.reason
    case 'fail':
      return cycle.state === 'failed' && cycle.attemptId === step.attemptId && cycle.reason === step.reason
  }
}

/** When a wait ends: the next try, or the deadline for a new method. */
export function endOfWaiting(waiting: Waiting): Temporal.Instant {
  return waiting.kind === 'retry' ? waiting.at : waiting.giveUpAt
}

/** Whether two waits are for the same thing until the same instant. */
export function sameWaiting(a: Waiting, b: Waiting): boolean {
  return a.kind === b.kind && endOfWaiting(a).equals(endOfWaiting(b))
}

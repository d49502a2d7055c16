/** A billing run: one per business date. Starting it again joins it, takes it up again, or gets its report. */
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { DeclineClass } from '../rules/retry-policy.ts'

export type RunKind = 'scheduled' | 'manual'
/**
 * `stopped`: something is still due, start it again. `failed`: single subscriptions could not be handled (a bug, a
 * damaged row), a person must look. `complete`: everything that can be done now is done. Every cycle that was due is
 * settled, has its next date, is frozen until it is known what happened, or stands aside behind such a charge of its
 * method; the report counts each of these, and sweeps go on with them when their time has come.
 */
export const RUN_STATES = ['running', 'paused', 'stopped', 'complete', 'failed'] as const
export type RunState = (typeof RUN_STATES)[number]
/** Why a run came to an end with something left, or a worker stopped before its end. */
export const STOP_REASONS = [
  'interrupted',
  'limit_reached',
  'paused',
  'ended_elsewhere',
  'provider_unavailable',
  'some_could_not_be_handled',
  'some_left',
  'some_postponed',
  'some_in_flight',
] as const
export type StopReason = (typeof STOP_REASONS)[number]
export const STEP_NAMES = ['plan', 'charge', 'follow_up', 'report'] as const
export type StepName = (typeof STEP_NAMES)[number]

export interface Run {
  id: string
  date: Temporal.PlainDate
  kind: RunKind
  state: RunState
  stopReason: StopReason | null
  starts: number
  startedAt: Temporal.Instant
  finishedAt: Temporal.Instant | null
  planned: number | null
  report: RunReport | null
}

export interface Tally {
  count: number
  /** Won. */
  amount: number
}

/**
 * Why a cycle is declined: the class of the bank's last refusal, or that there was no method to ask it with.
 * `not_recorded`: refused before refusals were written down.
 */
export const DECLINE_REASONS = ['retryable', 'final', 'token_dead', 'no_method', 'not_recorded'] as const
export type DeclineReason = (typeof DECLINE_REASONS)[number]

/** Cycles that are declined for one reason. */
export interface DeclinedFor extends Tally {
  class: DeclineReason
  /** The provider's own code, e.g. `LACK_BALANCE`; null when the bank was not asked. */
  code: string | null
}

/** Everything the bank said no to for one reason; a cycle that was refused twice counts twice. */
export interface RefusedFor extends Tally {
  class: DeclineClass
  code: string
  /** How many of these cycles were paid after all, by another try or by the customer. */
  paidAfterAll: number
}

/** What has become of the cycles a run has worked on, read from the cycles themselves. Amounts in won. */
export interface RunReport {
  /** Everything due: cycles this run has handled, and subscriptions it has not. */
  due: number
  handled: Tally
  charged: Tally
  /** By what they wait for: another try at its time, or a new payment method; and the same ones by reason. */
  declined: { retry: Tally; newMethod: Tally; byReason: DeclinedFor[] }
  /** All refusals of this run by reason, those followed by a payment included. */
  refusals: RefusedFor[]
  /** By why nobody may try again before it is cleared up. */
  frozen: { unknownOutcome: Tally; invalidRequest: Tally }
  /** Sent, and the answer is not there yet. */
  inFlight: Tally
  /** The bank could not be reached, or other charges by the same method came first; no money moved. */
  postponed: Tally
  /**
   * Another charge by the same payment method, whose outcome is unknown, has to be settled first. Nothing is set aside
   * for them meanwhile; the sweep goes on with them within a minute of that.
   */
  methodBusy: Tally
  /** By reason: customer, paused, missed, out_of_stock, cancelled. */
  skipped: Record<string, number>
  /** By reason: tries_used_up, no_new_method, cancelled. */
  failed: Record<string, Tally>
  /** Due, and not handled by this run. */
  left: number
  /** They wait for another day: their customers were charged today already. */
  waiting: number
  /** Handling them failed; the run's next start tries them again. */
  errors: number
}

/** Which end a run has come to when nobody works on it any more. */
export function runEndOf(
  report: RunReport,
  stopReason: StopReason | null,
): { state: 'complete' } | { state: 'stopped' | 'failed'; reason: StopReason } {
  if (stopReason !== null) return { state: 'stopped', reason: stopReason }
  if (report.errors > 0) return { state: 'failed', reason: 'some_could_not_be_handled' }
  if (report.left > 0) return { state: 'stopped', reason: 'some_left' }
  if (report.postponed.count > 0) return { state: 'stopped', reason: 'some_postponed' }
  if (report.inFlight.count > 0) return { state: 'stopped', reason: 'some_in_flight' }
  return { state: 'complete' }
}

/**
 * Whether a date may be billed on `today` (both business days of Seoul).
 * Refusals: billing_date_in_future (nobody is charged before the day).
 */
export function billableDate(
  date: Temporal.PlainDate,
  today: Temporal.PlainDate,
): { kind: 'billable' } | Refused<'billing_date_in_future'> {
  return Temporal.PlainDate.compare(date, today) > 0
    ? refused('billing_date_in_future', { facts: { today: today.toString() } })
    : { kind: 'billable' }
}

import type { Won } from '../../../platform/money.ts'
import type { CycleState } from '../rules/cycle.ts'
import type { CancelledBy, CancelReason, Subscription } from '../rules/subscription.ts'
import type { StoredSchedule, StoredTerms } from './stored-schedule.ts'

export type StoredWaiting = { kind: 'retry'; at: string } | { kind: 'new_method'; giveUpAt: string }

export type SubscriptionTable = {
  id: string
  order_id: string
  item_id: string
  customer_id: string
  method_id: string | null
  /** Whose method it is; '' when there is none, or nobody has looked yet. */
  provider: string
  state: Subscription['state']
  version: number
  anchor: Temporal.PlainDate
  schedule: StoredSchedule
  terms: StoredTerms[]
  pending_price: Won | null
  pending_price_at: Temporal.Instant | null
  latest_cycle_no: number
  latest_cycle_due: Temporal.PlainDate
  latest_cycle_open: boolean
  last_charged_on: Temporal.PlainDate
  waiting: StoredWaiting | null
  next_due: Temporal.PlainDate | null
  act_at: Temporal.Instant | null
  claimed_by: string | null
  claimed_until: Temporal.Instant | null
  announced_cycle_no: number
  announced_due: Temporal.PlainDate | null
  announced_amount: Won | null
  doubted_cycle_no: number | null
  doubted_due: Temporal.PlainDate | null
  put_off_cycle_no: number | null
  put_off_due: Temporal.PlainDate | null
  put_off_to: Temporal.PlainDate | null
  consent_version: string
  consented_at: Temporal.Instant
  started_at: Temporal.Instant
  cancelled_at: Temporal.Instant | null
  cancel_reason: CancelReason | null
  cancelled_by: CancelledBy | null
}

export type CycleTable = {
  subscription_id: string
  cycle_no: number
  due: Temporal.PlainDate
  state: CycleState
  order_id: string | null
  attempt_id: string | null
  method_id: string | null
  wait_until: Temporal.Instant | null
  wait_for: 'retry' | 'new_method' | null
  reason: string | null
  frozen_at: Temporal.Instant | null
  paid_at: Temporal.Instant | null
  declines: number
  unreached: number
  sold_out: number
  amount: Won | null
  busy_rounds: number
  busy_since: Temporal.Instant | null
  run_id: string | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

import { sql } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import {
  type Cycle,
  endOfWaiting,
  type FailReason,
  type FreezeReason,
  isOpen,
  type SkipReason,
  type Waiting,
} from '../rules/cycle.ts'
import type { RetryHistory } from '../rules/retry-policy.ts'
import type { CycleTable } from './tables.ts'

/** The method of a cycle is busy with another charge, perhaps one whose outcome is unknown. */
export interface MethodBusy {
  /** How often that was found. */
  readonly rounds: number
  /** Since when the cycle stands aside until the other charge is settled; null while it is tried again and again. */
  readonly since: Temporal.Instant | null
}

/** A cycle with what is remembered of its attempts. */
export interface CycleRecord {
  readonly no: number
  readonly due: Temporal.PlainDate
  readonly cycle: Cycle
  readonly history: RetryHistory
  /** The method its present attempt charges; null before the first one. */
  readonly methodId: string | null
  /** What its order costs; null before there is one, and for the first cycle, which is the purchase. */
  readonly amount: Won | null
  /** While it has an order and its method is busy with another charge; absent otherwise. */
  readonly busy?: MethodBusy | undefined
  /** The billing run that opened it, if it was one. */
  readonly runId: string | null
}

/** Locks one cycle. The subscription's row is locked before. */
export async function lockCycle(
  tx: Tx,
  subscriptionId: string,
  no: number,
): Promise<CycleRecord | undefined> {
  const { rows } = await sql<CycleTable>`
    select * from subscriptions.cycle
    where subscription_id = ${subscriptionId} and cycle_no = ${no} for update`.execute(tx)
  return rows[0] && recordOf(rows[0])
}

/** The latest cycles of a subscription, newest first. */
export async function latestCycles(
  db: Db | Tx,
  subscriptionId: string,
  limit: number,
): Promise<CycleRecord[]> {
  const { rows } = await sql<CycleTable>`
    select * from subscriptions.cycle where subscription_id = ${subscriptionId}
    order by cycle_no desc limit ${limit}`.execute(db)
  return rows.map(recordOf)
}

/** Writes a cycle as it is now: a new one, or the next state of one that the caller has locked. */
export async function saveCycle(
  tx: Tx,
  subscriptionId: string,
  record: CycleRecord,
  now: Temporal.Instant,
): Promise<void> {
  const { cycle, history } = record
  const waiting = waitOf(cycle)
  const busy = cycle.state === 'ordering' ? record.busy : undefined
  await sql`
    insert into subscriptions.cycle (
      subscription_id, cycle_no, due, state, order_id, attempt_id, method_id, wait_until, wait_for, reason,
      frozen_at, paid_at, declines, unreached, sold_out, busy_rounds, busy_since, amount, run_id,
      created_at, updated_at)
    values (
      ${subscriptionId}, ${record.no}, ${record.due}, ${cycle.state}, ${'orderId' in cycle ? cycle.orderId : null},
      ${attemptOf(cycle)}, ${record.methodId}, ${waiting.until}, ${waiting.for},
      ${cycle.state === 'frozen' ? cycle.why : 'reason' in cycle ? cycle.reason : null},
      ${cycle.state === 'frozen' ? cycle.since : null}, ${cycle.state === 'paid' ? cycle.paidAt : null},
      ${history.declines}, ${history.unreachedInARow}, ${history.soldOut},
      ${busy?.rounds ?? 0}, ${busy?.since ?? null}, ${record.amount}, ${record.runId}, ${now}, ${now})
    on conflict (subscription_id, cycle_no) do update set
      state = excluded.state, order_id = excluded.order_id, attempt_id = excluded.attempt_id,
      method_id = excluded.method_id, wait_until = excluded.wait_until, wait_for = excluded.wait_for,
      reason = excluded.reason, frozen_at = excluded.frozen_at, paid_at = excluded.paid_at,
      declines = excluded.declines, unreached = excluded.unreached, sold_out = excluded.sold_out,
      busy_rounds = excluded.busy_rounds, busy_since = excluded.busy_since, amount = excluded.amount,
      run_id = excluded.run_id, updated_at = excluded.updated_at`.execute(tx)
}

function waitOf(cycle: Cycle): { until: Temporal.Instant | null; for: Waiting['kind'] | null } {
  if (cycle.state === 'declined') return { until: endOfWaiting(cycle.waiting), for: cycle.waiting.kind }
  const until = cycle.state === 'ordering' ? (cycle.postponed?.notBefore ?? null) : null
  return { until, for: null }
}

function attemptOf(cycle: Cycle): string | null {
  if (cycle.state === 'ordering') return cycle.postponed?.attemptId ?? null
  return 'attemptId' in cycle ? cycle.attemptId : null
}

/** A row as the record it is. What a state must have and the row lacks is a bug (the table's checks forbid it). */
export function recordOf(row: CycleTable): CycleRecord {
  return {
    no: row.cycle_no,
    due: row.due,
    cycle: cycleOf(row),
    history: { declines: row.declines, unreachedInARow: row.unreached, soldOut: row.sold_out },
    methodId: row.method_id,
    amount: row.amount,
    busy: row.busy_rounds === 0 ? undefined : { rounds: row.busy_rounds, since: row.busy_since },
    runId: row.run_id,
  }
}

function cycleOf(row: CycleTable): Cycle {
  const has = <T>(value: T | null): T => {
    if (value === null) throw new Error(`cycle ${row.subscription_id}/${row.cycle_no} is incomplete`)
    return value
  }
  const { state, attempt_id: attemptId, wait_until: until } = row
  switch (state) {
    case 'due':
      return { state }
    case 'ordering': {
      const postponed = attemptId === null ? null : { attemptId, notBefore: has(until) }
      return { state, orderId: has(row.order_id), postponed }
    }
    case 'charging':
      return { state, orderId: has(row.order_id), attemptId: has(attemptId) }
    case 'paid':
      return { state, orderId: has(row.order_id), attemptId: has(attemptId), paidAt: has(row.paid_at) }
    case 'declined': {
      const waiting: Waiting =
        has(row.wait_for) === 'retry'
          ? { kind: 'retry', at: has(until) }
          : { kind: 'new_method', giveUpAt: has(until) }
      return { state, orderId: has(row.order_id), attemptId, waiting }
    }
    case 'frozen': {
      const why = oneOf(freezeReasons, row)
      return {
        state,
        orderId: has(row.order_id),
        attemptId: has(attemptId),
        why,
        since: has(row.frozen_at),
      }
    }
    case 'skipped':
      return { state, reason: oneOf(skipReasons, row) }
    case 'failed':
      return { state, orderId: has(row.order_id), attemptId, reason: oneOf(failReasons, row) }
  }
}

const freezeReasons: readonly FreezeReason[] = ['unknown_outcome', 'invalid_request']
const skipReasons: readonly SkipReason[] = [
  'customer',
  'paused',
  'missed',
  'out_of_stock',
  'not_sold',
  'cancelled',
]
const failReasons: readonly FailReason[] = ['tries_used_up', 'no_new_method', 'cancelled']

function oneOf<T extends string>(known: readonly T[], row: CycleTable): T {
  const found = known.find((reason) => reason === row.reason)
  if (!found) throw new Error(`cycle ${row.subscription_id}/${row.cycle_no}: ${row.reason} is no reason here`)
  return found
}

/** Whether a record is of a cycle that still needs work. */
export function isOpenRecord(record: CycleRecord | undefined): record is CycleRecord {
  return record !== undefined && isOpen(record.cycle.state)
}

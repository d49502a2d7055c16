import { sql } from 'kysely'
import type { Db } from '../../../src/platform/database/database.ts'
import { nothingAcknowledged } from '../acknowledged.ts'
import type { Situation } from '../rules/violation.ts'
import { type BankRow, readBank, readDatabase, readJournal, type Snapshot } from '../snapshot.ts'
import type { Seed, Seeded } from './seed.ts'
import type { Storm } from './storm.ts'

/** A cycle that came due in this test. */
export interface CycleRow {
  subscriptionId: string
  no: number
  state: string
  reason: string | null
  orderId: string | null
  attemptId: string | null
  waitUntil: Temporal.Instant | null
}

export interface CycleOrder {
  id: string
  subscriptionId: string
  cycleNo: number
  stockHeld: boolean
}

/** An attempt to charge by token, with how it came to its state. */
export interface TokenAttempt {
  id: string
  orderId: string
  state: string
  needsReview: boolean
  looks: number
  declineCode: string | null
}

/** Everything that must fit together after billing, read at rest. */
export interface BillingSituation {
  seeds: readonly Seed[]
  initialStock: ReadonlyMap<string, number>
  cycles: CycleRow[]
  cycleOrders: CycleOrder[]
  attempts: TokenAttempt[]
  /** Attempts whose outcome was unknown at some time. */
  everUnknown: string[]
  /** Charges the bank refused, by its journal. */
  refusals: BankRow[]
  /** Attempts that operators are shown as theirs to decide. */
  queue: string[]
  storm: Storm
  snapshot: Snapshot
}

/** What cannot be read from the database and the bank. */
export type Witnessed = Seeded & Pick<BillingSituation, 'queue' | 'storm'>

export async function readBilling(db: Db, bankUrl: string, witnessed: Witnessed): Promise<BillingSituation> {
  const cycles = await sql<CycleRow>`
    select subscription_id as "subscriptionId", cycle_no as no, state, reason, order_id as "orderId",
      attempt_id as "attemptId", wait_until as "waitUntil"
    from subscriptions.cycle where cycle_no > 1 order by subscription_id, cycle_no`.execute(db)
  const orders = await sql<CycleOrder>`
    select id, subscription_id as "subscriptionId", cycle_no as "cycleNo", stock_held as "stockHeld"
    from orders."order" where kind = 'cycle'`.execute(db)
  const attempts = await sql<TokenAttempt>`
    select id, order_id as "orderId", state, needs_review as "needsReview", looks, decline_code as "declineCode"
    from payments.attempt where origin = 'token'`.execute(db)
  const unknown = await sql<{ id: string }>`
    select distinct attempt_id as id from payments.history where step = 'unknown'`.execute(db)
  return {
    ...witnessed,
    cycles: cycles.rows,
    cycleOrders: orders.rows,
    attempts: attempts.rows,
    everUnknown: unknown.rows.map(({ id }) => id),
    refusals: await readJournal(bankUrl, 'declined'),
    snapshot: { ...(await readBank(bankUrl)), ...(await readDatabase(db)) },
  }
}

/** Attempts nobody but an operator can decide: perhaps charged, perhaps not. */
export const inReview = ({ attempts }: BillingSituation): TokenAttempt[] =>
  attempts.filter(({ state, needsReview }) => state === 'unknown' && needsReview)

/**
 * What the rules of purchases look at: without the first purchases, which this bank never saw, and without what waits
 * for an operator.
 */
export function settledPart(billing: BillingSituation): Situation {
  const { snapshot, seeds, initialStock, cycleOrders } = billing
  const doubtful = new Set(inReview(billing).map(({ id }) => id))
  const undecided = new Set(inReview(billing).map(({ orderId }) => orderId))
  const before = new Set(seeds.map(({ attemptId }) => attemptId))
  const ours = new Set(cycleOrders.map(({ id }) => id))
  const settled = (row: BankRow) => !doubtful.has(row.partnerOrderId)
  return {
    acknowledged: nothingAcknowledged(),
    initialStock,
    snapshot: {
      ...snapshot,
      orders: snapshot.orders.filter(({ id }) => ours.has(id) && !undecided.has(id)),
      attempts: snapshot.attempts.filter(({ id }) => !before.has(id) && !doubtful.has(id)),
      charges: snapshot.charges.filter(settled),
      bankRefunds: snapshot.bankRefunds.filter(settled),
      ledger: snapshot.ledger.filter(({ transactionId }) => !before.has(transactionId)),
    },
  }
}

/** For the rule of what is put aside: only orders whose pieces are held, those in doubt among them. */
export function holdingPart(billing: BillingSituation): Situation {
  const holding = new Set(billing.cycleOrders.flatMap(({ id, stockHeld }) => (stockHeld ? [id] : [])))
  const { snapshot, initialStock } = billing
  const orders = snapshot.orders.filter(({ id }) => holding.has(id))
  return { acknowledged: nothingAcknowledged(), initialStock, snapshot: { ...snapshot, orders } }
}

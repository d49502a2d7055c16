import { type Selectable, sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { AttemptState } from '../rules/attempt.ts'
import { type Attempt, readAttempt } from './attempt-store.ts'
import { type ReceiptRow, readReceipt, receiptsOf } from './receipt-store.ts'
import type { RefundRow } from './refund-store.ts'
import { type HistoryTable, payments } from './tables.ts'

export interface PaymentDetail {
  /** Whose payment it is. */
  ownerId: string
  attempt: Attempt
  refunds: RefundRow[]
  receipt: ReceiptRow | undefined
}

/** One payment with its refunds, oldest refund first, and its cash receipt. */
export async function paymentDetail(db: Db, id: string): Promise<PaymentDetail | undefined> {
  const attempt = await readAttempt(db, id)
  return attempt && detailOf(db, attempt)
}

/** The same for an attempt that has just been read. */
export async function detailOf(db: Db, attempt: Attempt): Promise<PaymentDetail> {
  const [refunds, receipt] = await Promise.all([refundsOf(db, [attempt]), readReceipt(db, attempt.id)])
  return { ownerId: attempt.owner_id, attempt, refunds, receipt }
}

/** What happened to an attempt, in order: the evidence for operators. */
export async function historyOf(db: Db, attemptId: string): Promise<Selectable<HistoryTable>[]> {
  return payments(db)
    .selectFrom('payments.history')
    .selectAll()
    .where('attempt_id', '=', attemptId)
    .orderBy('id')
    .execute()
}

export interface PaymentFilter {
  ownerId?: string
  state?: AttemptState
  /** The payment or one of its refunds waits for a person. */
  needsReview?: boolean
  orderId?: string
  /** Id of the last row of the page before. */
  after?: string
  limit: number
}

/** Payments with their refunds and cash receipts, newest first. */
export async function listPayments(db: Db, filter: PaymentFilter): Promise<PaymentDetail[]> {
  let query = payments(db).selectFrom('payments.attempt').selectAll()
  if (filter.ownerId !== undefined) query = query.where('owner_id', '=', filter.ownerId)
  if (filter.state !== undefined) query = query.where('state', '=', filter.state)
  if (filter.needsReview !== undefined) query = query.where(needsReview, '=', filter.needsReview)
  if (filter.orderId !== undefined) query = query.where('order_id', '=', filter.orderId)
  if (filter.after !== undefined) query = query.where('id', '<', filter.after)
  const attempts = await query.orderBy('id', 'desc').limit(filter.limit).execute()
  const ids = attempts.map(({ id }) => id)
  const [refunds, receipts] = await Promise.all([refundsOf(db, attempts), receiptsOf(db, ids)])
  return attempts.map((attempt) => ({
    ownerId: attempt.owner_id,
    attempt,
    refunds: refunds.filter((refund) => refund.attempt_id === attempt.id),
    receipt: receipts.get(attempt.id),
  }))
}

const needsReview = sql<boolean>`(needs_review or exists (
  select 1 from payments.refund r where r.attempt_id = payments.attempt.id and r.needs_review) or exists (
  select 1 from payments.cash_receipt c where c.attempt_id = payments.attempt.id and c.state = 'refused'))`

/** Oldest first. */
async function refundsOf(db: Db, attempts: readonly Attempt[]): Promise<RefundRow[]> {
  if (attempts.length === 0) return []
  return payments(db)
    .selectFrom('payments.refund')
    .selectAll()
    .where(
      'attempt_id',
      'in',
      attempts.map(({ id }) => id),
    )
    .orderBy('id')
    .execute()
}

/** Balance of every ledger account in won; the sum over all accounts is zero. */
export async function ledgerBalances(db: Db): Promise<{ account: string; balance: number }[]> {
  return payments(db)
    .selectFrom('payments.ledger_entry')
    .select((eb) => ['account', eb.cast<number>(eb.fn.sum('amount'), 'bigint').as('balance')])
    .groupBy('account')
    .orderBy('account')
    .execute()
}

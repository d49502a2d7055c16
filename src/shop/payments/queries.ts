import type { Selectable } from 'kysely'
import type { Db } from '../../platform/database/database.ts'
import type { AttemptState } from './attempt.ts'
import { type Attempt, readAttempt } from './store.ts'
import { type HistoryTable, payments, type RefundTable } from './tables.ts'

export interface PaymentDetail {
  /** Whose payment it is. */
  ownerId: string
  attempt: Attempt
  refunds: Selectable<RefundTable>[]
}

/** One payment with its refunds, oldest refund first. */
export async function paymentDetail(db: Db, id: string): Promise<PaymentDetail | undefined> {
  const attempt = await readAttempt(db, id)
  if (!attempt) return undefined
  const refunds = await payments(db)
    .selectFrom('payments.refund')
    .selectAll()
    .where('attempt_id', '=', id)
    .orderBy('created_at')
    .execute()
  return { ownerId: attempt.owner_id, attempt, refunds }
}

/** Every attempt of one order that belongs to the user, newest first. */
export async function paymentsOfOrder(db: Db, ownerId: string, orderId: string): Promise<Attempt[]> {
  return payments(db)
    .selectFrom('payments.attempt')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('owner_id', '=', ownerId)
    .orderBy('id', 'desc')
    .limit(100)
    .execute()
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

export interface OperatorFilter {
  state?: AttemptState
  needsReview?: boolean
  orderId?: string
  /** Id of the last row of the page before. */
  after?: string
  limit: number
}

/** Attempts for operators, newest first. */
export async function listAttempts(db: Db, filter: OperatorFilter): Promise<Attempt[]> {
  let query = payments(db).selectFrom('payments.attempt').selectAll()
  if (filter.state !== undefined) query = query.where('state', '=', filter.state)
  if (filter.needsReview !== undefined) query = query.where('needs_review', '=', filter.needsReview)
  if (filter.orderId !== undefined) query = query.where('order_id', '=', filter.orderId)
  if (filter.after !== undefined) query = query.where('id', '<', filter.after)
  return query.orderBy('id', 'desc').limit(filter.limit).execute()
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

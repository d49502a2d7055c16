import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import { WITH_COMMIT } from '../../../platform/database/prepared-statements.ts'
import { subtract, type Won } from '../../../platform/money.ts'
import { payments } from './tables.ts'

/**
 * Double entry: debits are positive, credits negative, a transaction sums to zero. What a provider took for us is a
 * receivable from it (debit) against sales and the VAT contained in them (credits). A refund is the reverse.
 */
export interface Posting {
  account: string
  amount: number
}

export interface Taken {
  provider: string
  total: Won
  vat: Won
}

/** Entries of money taken. Zero amounts are left out. */
export function postingsOfPayment({ provider, total, vat }: Taken): Posting[] {
  return [
    { account: `receivable:${provider}`, amount: total },
    { account: 'sales', amount: -subtract(total, vat) },
    { account: 'vat', amount: -vat },
  ].filter((posting) => posting.amount !== 0)
}

/** Entries of money given back: the same accounts with the signs turned. */
export function postingsOfRefund(given: Taken): Posting[] {
  return postingsOfPayment(given).map(({ account, amount }) => ({ account, amount: -amount }))
}

/** Writes one balanced transaction; its id is the attempt's or refund's, so it cannot be posted twice. */
export async function postEntries(
  tx: Tx,
  transaction: { id: string; attemptId: string; refundId?: string; at: Temporal.Instant },
  postings: readonly Posting[],
): Promise<void> {
  await payments(tx)
    .insertInto('payments.ledger_entry')
    .values(
      postings.map(({ account, amount }) => ({
        transaction_id: transaction.id,
        account,
        amount,
        attempt_id: transaction.attemptId,
        refund_id: transaction.refundId ?? null,
        posted_at: transaction.at,
      })),
    )
    .modifyEnd(sql.raw(WITH_COMMIT))
    .execute()
}

import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'

/** A customer's leaving and the start of something new for them come one after the other. */
export async function lockCustomer(tx: Tx, customerId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`subscriptions.customer:${customerId}`}, 0))`.execute(
    tx,
  )
}

/** Whether the customer is known to have left. Certain until the commit only while the customer is locked. */
export async function isWithdrawn(tx: Tx, customerId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from subscriptions.withdrawn_customer where customer_id = ${customerId}`.execute(tx)
  return rows.length > 0
}

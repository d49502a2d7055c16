import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'

/** Keeps what a cycle costs beside its record, for reports. */
export async function noteAmount(tx: Tx, subscriptionId: string, no: number, amount: Won): Promise<void> {
  await sql`
    update subscriptions.cycle set amount = ${amount}
    where subscription_id = ${subscriptionId} and cycle_no = ${no}`.execute(tx)
}

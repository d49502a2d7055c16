import { sql } from 'kysely'
import type { Tx } from '../../../platform/database/database.ts'
import type { DeclineClass } from '../rules/retry-policy.ts'

const LONGEST_CODE = 100

/**
 * Remembers that the bank refused an attempt, for the reports of the run that works on its cycle. Belongs in the
 * transaction that applies the refusal; telling it twice counts once. The cycle's row exists.
 * @param code the provider's own, e.g. `LACK_BALANCE`
 */
export async function noteRefusal(
  tx: Tx,
  refusal: {
    attemptId: string
    subscriptionId: string
    cycleNo: number
    class: DeclineClass
    code: string
    at: Temporal.Instant
  },
): Promise<void> {
  await sql`
    insert into subscriptions.charge_refusal (
      attempt_id, subscription_id, cycle_no, run_id, class, code, amount, refused_at)
    select ${refusal.attemptId}, subscription_id, cycle_no, run_id, ${refusal.class},
           ${refusal.code.slice(0, LONGEST_CODE)}, coalesce(amount, 0), ${refusal.at}
    from subscriptions.cycle where subscription_id = ${refusal.subscriptionId} and cycle_no = ${refusal.cycleNo}
    on conflict (attempt_id) do nothing`.execute(tx)
}

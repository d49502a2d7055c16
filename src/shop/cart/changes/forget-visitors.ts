import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { VISITOR_CART_DAYS } from '../rules/cart.ts'

/** Rows removed by one statement, so that it stays short. */
const BATCH = 1_000

/** Removes carts of visitors who have not come back. @returns how many */
export async function forgetVisitors({ db, clock }: { db: Db; clock: Clock }): Promise<number> {
  const before = clock.now().subtract({ hours: VISITOR_CART_DAYS * 24 })
  let forgotten = 0
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from cart.cart where id in (
        select id from cart.cart where customer_id is null and changed_at < ${before}
        limit ${BATCH} for update skip locked)`.execute(db)
    const count = Number(numAffectedRows ?? 0n)
    forgotten += count
    if (count < BATCH) return forgotten
  }
}

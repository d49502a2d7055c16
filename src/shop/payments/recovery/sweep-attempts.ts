import { type RawBuilder, sql } from 'kysely'
import { type Tx, transact } from '../../../platform/database/database.ts'
import type { PaymentsDeps } from '../deps.ts'
import { completeCheckout } from '../sending/complete-checkout.ts'
import { endAttempt } from '../settling/end-attempt.ts'
import { keepAttemptUnknown } from '../settling/settle-attempt.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { eachDue } from './each-due.ts'

/** A completion that dies with its process before it was sent is tried again after this. */
const COMPLETE_LEASE = { seconds: 15 } as const

/**
 * Carries on what a dead process or a customer who never came back left behind. Every step moves by compare-and-set
 * on what was read, so any number of processes may sweep.
 */
export async function sweepAttempts(deps: PaymentsDeps, limit = 50): Promise<void> {
  const now = deps.clock.now()
  // The provider's page was never obtained, so nobody can have paid.
  await moveDue(
    deps,
    sql`state = 'created' and origin = 'checkout' and lease_until <= ${now}`,
    limit,
    (tx, attempt) =>
      endAttempt(deps, tx, attempt, 'failed', now, {
        code: 'not_started',
        changes: { decline_code: 'not_started' },
      }),
  )
  // The process died between call and answer: unknown, never "try again". The first look-up is due at once.
  await moveDue(deps, sql`state = 'sent' and lease_until <= ${now}`, limit, (tx, attempt) =>
    keepAttemptUnknown(deps, tx, attempt, now, { reason: 'answer lost', delaySeconds: 0, note: {} }),
  )
  // The customer never came back and the page is no longer valid; without our completion nothing was charged.
  await moveDue(
    deps,
    sql`state in ('awaiting_customer', 'authorised') and expires_at <= ${now}`,
    limit,
    (tx, attempt) => endAttempt(deps, tx, attempt, 'expired', now, { code: 'expired' }),
  )
  await completeAuthorised(deps, limit)
}

/** Moves due attempts, each in its own transaction. */
async function moveDue(
  deps: PaymentsDeps,
  due: RawBuilder<unknown>,
  limit: number,
  move: (tx: Tx, attempt: Attempt) => Promise<unknown>,
): Promise<void> {
  const { rows } = await sql<Attempt>`
    select * from payments.attempt where ${due} order by updated_at limit ${limit}`.execute(deps.db)
  for (const attempt of rows) {
    // What was told about an attempt that somebody else moved meanwhile is undone.
    await eachDue(deps, [attempt], () =>
      transact<unknown>(deps.db, async (tx, rollback) => (await move(tx, attempt)) ?? rollback(undefined)),
    )
  }
}

/** The customer confirmed, but the completion could not be sent (or the process died before it): send it now. */
async function completeAuthorised(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<Attempt>`
    update payments.attempt set next_look_at = ${now.add(COMPLETE_LEASE)}
    where id in (
      select id from payments.attempt where state = 'authorised' and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning *`.execute(deps.db)
  await eachDue(deps, rows, (attempt) => completeCheckout(deps, attempt))
}

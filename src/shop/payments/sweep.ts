import { sql } from 'kysely'
import { transact } from '../../platform/database/database.ts'
import { complete } from './complete-checkout.ts'
import type { PaymentsDeps } from './deps.ts'
import { end } from './settle.ts'
import { type Attempt, moveAttempt, remember } from './store.ts'

/**
 * Carries on what a dead process or a customer who never came back left behind. Every step is claimed row by row
 * and moves by compare-and-set, so any number of processes may sweep.
 */
export async function sweepAttempts(deps: PaymentsDeps, limit = 50): Promise<void> {
  await endUnsentOnes(deps, limit)
  await doubtLostAnswers(deps, limit)
  await expireUnanswered(deps, limit)
  await completeAuthorised(deps, limit)
}

/** Locks and hands over due attempts one by one, each in its own transaction. */
async function eachDue(
  deps: PaymentsDeps,
  due: ReturnType<typeof sql<{ id: string }>>,
  work: (attempt: Attempt, tx: Parameters<Parameters<typeof transact>[1]>[0]) => Promise<void>,
): Promise<void> {
  const { rows } = await due.execute(deps.db)
  for (const { id } of rows) {
    await transact(deps.db, async (tx) => {
      const locked = await sql<Attempt>`
        select * from payments.attempt where id = ${id} for update skip locked`.execute(tx)
      const attempt = locked.rows[0]
      if (attempt) await work(attempt, tx)
    })
  }
}

/** `created` and past its lease: the provider's page was never obtained, so nobody can have paid. */
async function endUnsentOnes(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const due = sql<{ id: string }>`
    select id from payments.attempt
    where state = 'created' and origin = 'checkout' and lease_until <= ${now} order by lease_until limit ${limit}`
  await eachDue(deps, due, async (attempt, tx) => {
    if (attempt.state !== 'created') return
    await end(tx, attempt, 'failed', now, { decline_code: 'not_started' }, 'not_started')
    await remember(tx, {
      attemptId: attempt.id,
      at: now,
      step: 'failed',
      note: { reason: 'the process ended before the call' },
    })
  })
}

/** `sent` and past its lease: the process died between call and answer. Unknown, never "try again". */
async function doubtLostAnswers(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const due = sql<{ id: string }>`
    select id from payments.attempt where state = 'sent' and lease_until <= ${now} order by lease_until limit ${limit}`
  await eachDue(deps, due, async (attempt, tx) => {
    if (attempt.state !== 'sent') return
    await moveAttempt(tx, attempt, 'unknown', now, {
      unknown_reason: 'answer lost',
      lease_until: null,
      next_look_at: now,
    })
    await remember(tx, {
      attemptId: attempt.id,
      at: now,
      step: 'unknown',
      note: { reason: 'the answer was lost' },
    })
  })
}

/** The customer never came back and the provider's page is no longer valid; without our completion nothing was charged. */
async function expireUnanswered(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const due = sql<{ id: string }>`
    select id from payments.attempt
    where state in ('awaiting_customer', 'authorised') and expires_at <= ${now} order by expires_at limit ${limit}`
  await eachDue(deps, due, async (attempt, tx) => {
    if (attempt.state !== 'awaiting_customer' && attempt.state !== 'authorised') return
    await end(tx, attempt, 'expired', now, undefined, 'expired')
    await remember(tx, { attemptId: attempt.id, at: now, step: 'expired' })
  })
}

/** The customer confirmed, but the completion could not be sent (or the process died before it): send it now. */
async function completeAuthorised(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<Attempt>`
    update payments.attempt set next_look_at = ${now.add({ seconds: 15 })}
    where id in (
      select id from payments.attempt where state = 'authorised' and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning *`.execute(deps.db)
  await Promise.all(rows.map((attempt) => complete(deps, attempt)))
}

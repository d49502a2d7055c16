import { transact } from '../../platform/database/database.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { PaymentsDeps } from './deps.ts'
import { resolveOne } from './resolve.ts'
import { end, settle } from './settle.ts'
import { type Attempt, readAttempt, remember } from './store.ts'
import { payments } from './tables.ts'

export interface Decision {
  attemptId: string
  outcome: 'charged' | 'not_charged'
  /** What the operator saw, for the books. */
  evidence: string
  /** The provider's id of the payment, when it was not known yet. */
  providerRef?: string | undefined
  operatorId: string
}

/**
 * An operator settles an unknown payment from evidence outside the system (the provider's own console).
 * Refusals: not_found, payment_settled.
 */
export async function decideUnknown(deps: PaymentsDeps, decision: Decision): Promise<Attempt | Refused> {
  const attempt = await readAttempt(deps.db, decision.attemptId)
  if (!attempt) return refused('not_found')
  if (attempt.state !== 'unknown') return refused('payment_settled')
  const evidence = { operator: decision.operatorId, evidence: decision.evidence }
  const settled =
    decision.outcome === 'charged'
      ? await settle(
          deps,
          attempt,
          { kind: 'paid', payment: paymentFrom(attempt, decision.providerRef) },
          evidence,
        )
      : await endAsNotCharged(deps, attempt, evidence)
  if (!settled) return refused('payment_settled')
  return (await readAttempt(deps.db, attempt.id)) ?? refused('not_found')
}

function paymentFrom(attempt: Attempt, providerRef: string | undefined) {
  return {
    ref: providerRef ?? attempt.provider_ref ?? attempt.id,
    merchantRef: attempt.id,
    status: 'paid' as const,
    rawStatus: 'decided by an operator',
    total: attempt.total,
    vat: attempt.vat,
    refundable: attempt.total,
    refunds: [],
    approvedAt: undefined,
    method: attempt.method ?? 'unknown',
  }
}

async function endAsNotCharged(deps: PaymentsDeps, attempt: Attempt, evidence: object): Promise<boolean> {
  return transact(deps.db, async (tx) => {
    const now = deps.clock.now()
    const ended = await end(tx, attempt, 'declined', now, { decline_code: 'not_charged' }, 'not_charged')
    if (!ended) return false
    await remember(tx, { attemptId: attempt.id, at: now, step: 'not charged', note: evidence })
    return true
  })
}

/**
 * Asks the provider about an unknown payment now, out of turn; a payment that waited for a person gets another
 * chance this way. Refusal: not_found. A settled payment is returned as it is.
 */
export async function lookNow(deps: PaymentsDeps, attemptId: string): Promise<Attempt | Refused> {
  const claimed = await payments(deps.db)
    .updateTable('payments.attempt')
    .set({ needs_review: false, next_look_at: deps.clock.now().add({ seconds: 60 }) })
    .where('id', '=', attemptId)
    .where('state', '=', 'unknown')
    .returningAll()
    .executeTakeFirst()
  // Asking by hand starts the schedule from its first wait, without using up the automatic look-ups.
  if (claimed) await resolveOne(deps, { ...claimed, looks: 0 })
  return (await readAttempt(deps.db, attemptId)) ?? refused('not_found')
}

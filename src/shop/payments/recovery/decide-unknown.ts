import { sql } from 'kysely'
import { transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type PaymentsDeps, settleWindowOf } from '../deps.ts'
import type { ProviderPayment } from '../provider.ts'
import { endAttempt } from '../settling/end-attempt.ts'
import { settleAttemptAsSeen } from '../settling/settle-attempt.ts'
import { type Attempt, readAttempt } from '../store/attempt-store.ts'
import { lookUpAttempt, notCharged } from './look-up.ts'

export interface Decision {
  attemptId: string
  outcome: 'charged' | 'not_charged'
  /** What the operator saw, for the books. */
  evidence: string
  /** The provider's id of the payment; needed for 'charged' when it was not known yet, so that it can be refunded. */
  providerRef?: string | undefined
  operatorId: string
}

/**
 * An operator settles an unknown payment from evidence outside the system (the provider's own console).
 * "Not charged" is believed of a person, too, only after the provider's settle window: consoles lag behind as well.
 * Refusals: not_found, payment_settled, decision_too_early (`until`), provider_ref_required, provider_ref_mismatch.
 */
export async function decideUnknown(deps: PaymentsDeps, decision: Decision): Promise<Attempt | Refused> {
  const attempt = await readAttempt(deps.db, decision.attemptId)
  if (!attempt) return refused('not_found')
  if (attempt.state !== 'unknown') return refused('payment_settled')
  const evidence = { operator: decision.operatorId, evidence: decision.evidence }
  const no =
    decision.outcome === 'charged'
      ? await settleAsCharged(deps, attempt, decision.providerRef, evidence)
      : await endAsNotCharged(deps, attempt, evidence)
  return no ?? (await readAttempt(deps.db, attempt.id)) ?? refused('not_found')
}

async function settleAsCharged(
  deps: PaymentsDeps,
  attempt: Attempt,
  providerRef: string | undefined,
  evidence: object,
): Promise<Refused | undefined> {
  const ref = attempt.provider_ref ?? providerRef
  if (ref === undefined) return refused('provider_ref_required')
  if (providerRef !== undefined && providerRef !== ref) return refused('provider_ref_mismatch')
  const payment: ProviderPayment = {
    ref,
    merchantRef: attempt.id,
    status: 'paid',
    rawStatus: 'decided by an operator',
    total: attempt.total,
    vat: attempt.vat,
    refundable: attempt.total,
    refunds: [],
    approvedAt: undefined,
    method: attempt.method ?? 'unknown',
  }
  const settled = await settleAttemptAsSeen(deps, attempt, { kind: 'paid', payment }, evidence)
  return settled ? undefined : refused('payment_settled')
}

async function endAsNotCharged(
  deps: PaymentsDeps,
  attempt: Attempt,
  evidence: object,
): Promise<Refused | undefined> {
  const now = deps.clock.now()
  const until = (attempt.sent_at ?? attempt.created_at).add(settleWindowOf(deps, attempt))
  if (Temporal.Instant.compare(now, until) < 0) {
    const retryAfterSeconds = until.since(now).total('seconds')
    return refused('decision_too_early', { retryAfterSeconds, facts: { until: until.toString() } })
  }
  const ended = await transact<Attempt | undefined>(
    deps.db,
    async (tx, rollback) =>
      (await endAttempt(deps, tx, attempt, 'declined', now, notCharged(evidence))) ?? rollback(undefined),
  )
  return ended ? undefined : refused('payment_settled')
}

/**
 * Asks the provider about an unknown payment now, out of turn and without using up a look-up of the schedule; a
 * payment that waited for a person gets a whole new schedule this way.
 * Refusal: not_found. A settled payment is returned as it is.
 */
export async function lookUpAttemptNow(deps: PaymentsDeps, attemptId: string): Promise<Attempt | Refused> {
  const { rows } = await sql<Attempt>`
    update payments.attempt
    set looks = case when needs_review then 1 else greatest(looks, 1) end, needs_review = false,
        next_look_at = ${deps.clock.now().add({ seconds: 60 })}
    where id = ${attemptId} and state = 'unknown' returning *`.execute(deps.db)
  for (const attempt of rows) await lookUpAttempt(deps, attempt)
  return (await readAttempt(deps.db, attemptId)) ?? refused('not_found')
}

import { sql } from 'kysely'
import { transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { settleRefund } from '../settling/settle-refund.ts'
import { type RefundRow, readRefund } from '../store/refund-store.ts'
import { lookUpRefund } from './sweep-refunds.ts'

export interface RefundDecision {
  refundId: string
  outcome: 'given' | 'not_given'
  /** What the operator saw, for the books. */
  evidence: string
  /** The provider's id of the refund; needed for 'given', so that no later refund is taken for this one. */
  providerRefundId?: string | undefined
  operatorId: string
}

/**
 * An operator settles an unknown refund from evidence outside the system (the provider's own console).
 * 'not_given' frees the amount for a new refund.
 * Refusals: not_found, refund_settled, provider_ref_required.
 */
export async function decideRefund(
  deps: PaymentsDeps,
  decision: RefundDecision,
): Promise<RefundRow | Refused> {
  const { refundId, outcome, providerRefundId } = decision
  const refund = await transact(deps.db, (tx) => readRefund(tx, refundId))
  if (!refund) return refused('not_found')
  if (refund.state !== 'unknown') return refused('refund_settled')
  if (outcome === 'given' && providerRefundId === undefined) return refused('provider_ref_required')
  const settled = await settleRefund(
    deps,
    refund,
    outcome === 'given' && providerRefundId !== undefined
      ? { kind: 'given', providerRefundId }
      : { kind: 'declined', code: 'not_given', message: 'decided by an operator' },
    { operator: decision.operatorId, evidence: decision.evidence },
  )
  if (!settled) return refused('refund_settled')
  return (await transact(deps.db, (tx) => readRefund(tx, refundId))) ?? refused('not_found')
}

/**
 * Asks the provider about an unknown refund now, out of turn; one that waited for a person gets a whole new schedule.
 * Refusal: not_found. A settled refund is returned as it is.
 */
export async function lookUpRefundNow(deps: PaymentsDeps, refundId: string): Promise<RefundRow | Refused> {
  const { rows } = await sql<RefundRow>`
    update payments.refund
    set looks = case when needs_review then 1 else greatest(looks, 1) end, needs_review = false,
        next_look_at = ${deps.clock.now().add({ seconds: 60 })}
    where id = ${refundId} and state = 'unknown' returning *`.execute(deps.db)
  for (const refund of rows) await lookUpRefund(deps, refund)
  return (await transact(deps.db, (tx) => readRefund(tx, refundId))) ?? refused('not_found')
}

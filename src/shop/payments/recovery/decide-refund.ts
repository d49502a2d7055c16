import { sql } from 'kysely'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import { won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type PaymentsDeps, providerOf } from '../deps.ts'
import { isContradicted, saysGivenBack } from '../rules/decision.ts'
import { settleRefund } from '../settling/settle-refund.ts'
import { type Attempt, originOf, readAttempt, rememberStep } from '../store/attempt-store.ts'
import { knownRefundIds, type RefundRow, readRefund } from '../store/refund-store.ts'
import { type Confirmed, requireSecondPerson } from './second-person.ts'
import { lookUpRefund } from './sweep-refunds.ts'

export interface RefundDecision {
  refundId: string
  outcome: 'given' | 'not_given'
  /** What the operator saw, for the books. */
  evidence: string
  /** The provider's id of the refund; needed for 'given', so that no later refund is taken for this one. */
  providerRefundId?: string | undefined
  operatorId: string
  /** Set once a second person has confirmed it. */
  confirmed?: Confirmed | undefined
}

/**
 * An operator settles an unknown refund from evidence outside the system (the provider's own console).
 * 'not_given' frees the amount for a new refund. The provider is asked first; what it said is kept, and nobody decides
 * the opposite. Much money takes two people, and so does an operator's own.
 */
export async function decideRefund(
  deps: PaymentsDeps,
  decision: RefundDecision,
): Promise<
  | RefundRow
  | Refused<
      | 'not_found'
      | 'refund_settled'
      | 'provider_ref_required'
      | 'provider_contradicts'
      | 'second_person_required'
    >
> {
  const { refundId, outcome, providerRefundId } = decision
  const refund = await transact(deps.db, (tx) => readRefund(tx, refundId))
  if (!refund) return refused('not_found')
  if (refund.state !== 'unknown') return refused('refund_settled')
  if (outcome === 'given' && providerRefundId === undefined) return refused('provider_ref_required')
  const { evidence, operatorId, confirmed } = decision
  const attempt = await readAttempt(deps.db, refund.attempt_id)
  if (!attempt) throw new Error(`refund ${refund.id} has no payment`)
  const answer = await askProvider(deps, decision, refund, attempt)
  if (isContradicted(outcome === 'given' ? 'yes' : 'no', answer.providerSaid))
    return refused('provider_contradicts', { facts: answer })
  const wish = {
    kind: 'decide_refund',
    subjectId: refundId,
    amount: refund.amount,
    terms: { outcome, evidence, providerRefundId },
    providerSaid: answer.providerSaid,
    proposedBy: operatorId,
  } as const
  // Nobody decides alone about money of their own, however little.
  const isOwn = attempt.owner_id === operatorId
  const inAll = isOwn ? won(Number.MAX_SAFE_INTEGER) : wish.amount
  const second = await requireSecondPerson(deps, wish, confirmed, inAll)
  if (second) return second
  const settled = await settleRefund(
    deps,
    refund,
    outcome === 'given' && providerRefundId !== undefined
      ? { kind: 'given', providerRefundId }
      : { kind: 'declined', code: 'not_given', message: 'decided by an operator' },
    { operator: operatorId, evidence, ...answer, ...(confirmed ? { confirmed } : {}) },
  )
  if (!settled) return refused('refund_settled')
  return (await transact(deps.db, (tx) => readRefund(tx, refundId))) ?? refused('not_found')
}

/** What the provider says of it, kept before anything comes of it. */
async function askProvider(
  deps: PaymentsDeps,
  { outcome, evidence, operatorId, confirmed }: RefundDecision,
  refund: RefundRow,
  attempt: Attempt,
) {
  const provider = providerOf(deps, attempt.provider)
  const found = await provider.lookup(
    { merchantRef: attempt.id, ref: attempt.provider_ref ?? undefined, origin: originOf(attempt) },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${refund.id}-decide` },
  )
  const now = deps.clock.now()
  return transact(deps.db, async (tx) => {
    const said = saysGivenBack(found, refund.amount, await knownRefundIds(tx, attempt.id))
    const answer = { providerSaid: said, lookup: found.kind }
    const note = { operator: operatorId, outcome, ...answer }
    const step = {
      attemptId: attempt.id,
      refundId: refund.id,
      at: now,
      step: 'provider asked' as const,
      note,
    }
    await rememberStep(tx, step)
    await writeAudit(tx, now, {
      actorId: confirmed?.by ?? operatorId,
      action: 'refund.decision',
      subject: { type: 'refund', id: refund.id },
      reason: evidence,
      before: { state: 'unknown', amount: refund.amount },
      after: { outcome, ...answer, ...(confirmed ? { proposedBy: operatorId } : {}) },
    })
    return answer
  })
}

/**
 * Asks the provider about an unknown refund now, out of turn; one that waited for a person gets a whole new schedule.
 * Refusal: not_found. A settled refund is returned as it is.
 */
export async function lookUpRefundNow(
  deps: PaymentsDeps,
  refundId: string,
): Promise<RefundRow | Refused<'not_found'>> {
  const { rows } = await sql<RefundRow>`
    update payments.refund
    set looks = case when needs_review then 1 else greatest(looks, 1) end, needs_review = false,
        next_look_at = ${deps.clock.now().add({ seconds: 60 })}
    where id = ${refundId} and state = 'unknown' returning *`.execute(deps.db)
  for (const refund of rows) await lookUpRefund(deps, refund)
  return (await transact(deps.db, (tx) => readRefund(tx, refundId))) ?? refused('not_found')
}

import { writeAudit } from '../../../platform/audit/audit.ts'
import type { Tx } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { subtract, type Won, won } from '../../../platform/money.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { type Confirmed, requireSecondPerson } from '../recovery/second-person.ts'
import { type RefundRequested, requestRefund } from '../settling/request-refund.ts'
import { type Attempt, lockAttempt, readAttempt } from '../store/attempt-store.ts'
import { closeDeed } from '../store/deed-store.ts'
import { type PaymentDetail, paymentDetail } from '../store/queries.ts'
import { refundOrder } from './refund-order.ts'

const OPERATORS = ['merchant', 'admin'] as const

interface Input {
  actor: Actor
  paymentId: string
  reason: string
  idempotencyKey: string
  /** Set once a second person has confirmed what an operator wants, and how much of it. */
  confirmed?: (Confirmed & { amount: Won }) | undefined
}

/**
 * A customer asks for their money back before shipping, or an operator does it for them. The request is stored; the
 * provider is asked after the commit. Operators give back much money only with a second person, and what they do is
 * written down; of their own money they are customers.
 * Refusals: not_found, order_not_refundable, payment_not_refundable, refund_in_progress, second_person_required,
 * proposal_outdated (another amount is left than was confirmed), proposal_ended (what was confirmed is done already), and
 * those of idempotency.
 */
export async function refundPayment(
  deps: PaymentsDeps,
  input: Input,
): Promise<PaymentDetail | RefusedBy<typeof requestIn> | Refused<'second_person_required' | KeyRefusal>> {
  const { actor, paymentId, reason } = input
  const second = await secondPersonFor(deps, input)
  if (second) return second
  const request = { scope: `refunds:${actor.userId}`, key: input.idempotencyKey, body: { paymentId, reason } }
  const result = await once(deps.db, request, deps.clock.now(), async (tx) => {
    const requested = await requestIn(deps, tx, input)
    if (requested.kind === 'refused') return requested
    return { kind: 'answered', status: 202, body: { refundId: requested.refundId } }
  })
  if (result.kind === 'refused') return result
  return (await paymentDetail(deps.db, paymentId)) ?? refused('not_found')
}

/** For what an operator gives back that is not theirs. */
async function secondPersonFor(
  deps: PaymentsDeps,
  { actor, paymentId, reason, confirmed }: Input,
): Promise<Refused<'second_person_required'> | undefined> {
  const seen = await readAttempt(deps.db, paymentId)
  if (!seen || !isOperatorFor(actor, seen)) return undefined
  // What cannot be given back is refused below, without troubling anybody.
  if (seen.state !== 'succeeded' && seen.state !== 'succeeded_late') return undefined
  const amount = restOf(seen)
  if (amount === 0) return undefined
  const wish = {
    kind: 'refund',
    subjectId: paymentId,
    amount,
    terms: { reason },
    providerSaid: null,
    proposedBy: actor.userId,
  } as const
  // The rest makes it all of the payment: what was given back before in parts counts with it.
  return requireSecondPerson(deps, wish, confirmed, seen.total)
}

/** Whether they act on what is somebody else's. Nobody is an operator of their own money. */
function isOperatorFor(actor: Actor, { owner_id }: Attempt): boolean {
  return owner_id !== actor.userId && OPERATORS.some((role) => actor.roles.includes(role))
}

async function requestIn(
  deps: PaymentsDeps,
  tx: Tx,
  input: Input,
): Promise<
  RefundRequested | RefusedBy<typeof refundLate> | RefusedBy<typeof refundPaid> | Refused<'proposal_ended'>
> {
  const { actor, paymentId, confirmed } = input
  // With the refund, so that what was confirmed is never done twice, whoever takes it up after a crash.
  const deed = { outcome: 'done', handedBack: false, at: deps.clock.now() }
  if (confirmed && !(await closeDeed(tx, confirmed.proposalId, deed))) return refused('proposal_ended')
  const seen = await readAttempt(tx, paymentId)
  if (!seen) return refused('not_found')
  const operator = isOperatorFor(actor, seen)
  if (seen.owner_id !== actor.userId && !operator) return refused('not_found')
  const requested =
    seen.state === 'succeeded_late'
      ? await refundLate(deps, tx, seen, input)
      : await refundPaid(deps, tx, seen, input, operator)
  if (operator && requested.kind === 'requested') await noteOperator(deps, tx, input, requested)
  return requested
}

async function refundPaid(
  deps: PaymentsDeps,
  tx: Tx,
  seen: Attempt,
  { actor, reason, confirmed }: Input,
  operator: boolean,
): Promise<
  | RefundRequested
  | RefusedBy<typeof refundOrder>
  | Refused<'not_found' | 'order_not_refundable' | 'proposal_outdated'>
> {
  const order = await deps.payable.lockForRefund(tx, seen.order_id)
  if (order.kind === 'refused') return order
  if (!operator && order.shipped !== false) return refused('order_not_refundable')
  if (seen.state !== 'succeeded') return refused('payment_not_refundable')
  const attempt = await lockAttempt(tx, seen.id)
  if (!attempt) return refused('not_found')
  if (isOutdated(attempt, confirmed)) return refused('proposal_outdated')
  const asked = { orderId: seen.order_id, reason, requestedBy: actor.userId }
  const requested = await refundOrder(deps, tx, asked)
  if (requested.kind === 'refused') return requested
  const { refundId } = requested
  await deps.payable.refundRequested(tx, { orderId: seen.order_id, refundId, at: deps.clock.now() })
  return requested
}

/** A late payment never paid its order; what is left of it (its own refund was declined) can always go back. */
async function refundLate(
  deps: PaymentsDeps,
  tx: Tx,
  seen: Attempt,
  { actor, reason, confirmed }: Input,
): Promise<RefundRequested | RefusedBy<typeof requestRefund> | Refused<'not_found' | 'proposal_outdated'>> {
  const attempt = await lockAttempt(tx, seen.id)
  if (!attempt) return refused('not_found')
  if (isOutdated(attempt, confirmed)) return refused('proposal_outdated')
  return requestRefund(deps, tx, { attempt, part: 'rest', reason, requestedBy: actor.userId })
}

/** What can still be given back of a payment, in won. */
const restOf = ({ total, refunded, refund_reserved }: Attempt): Won =>
  subtract(total, won(refunded + refund_reserved))

/** Whether another amount would go back than the second person has seen; the payment is locked. */
const isOutdated = (attempt: Attempt, confirmed: Input['confirmed']): boolean =>
  confirmed !== undefined && confirmed.amount !== restOf(attempt)

function noteOperator(
  deps: PaymentsDeps,
  tx: Tx,
  { actor, paymentId, reason, confirmed }: Input,
  { refundId }: RefundRequested,
): Promise<void> {
  return writeAudit(tx, deps.clock.now(), {
    actorId: actor.userId,
    action: 'refund.requested',
    subject: { type: 'payment', id: paymentId },
    reason,
    after: { refundId, ...(confirmed ? { confirmedBy: confirmed.by, amount: confirmed.amount } : {}) },
  })
}

import type { Tx } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { once } from '../../../platform/http/idempotency.ts'
import { subtract, won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { type Confirmed, requireSecondPerson } from '../recovery/second-person.ts'
import { type RefundRequested, requestRefund } from '../settling/request-refund.ts'
import { type Attempt, lockAttempt, readAttempt } from '../store/attempt-store.ts'
import { type PaymentDetail, paymentDetail } from '../store/queries.ts'
import { refundOrder } from './refund-order.ts'

const OPERATORS = ['merchant', 'admin'] as const

interface Input {
  actor: Actor
  paymentId: string
  reason: string
  idempotencyKey: string
  /** Set once a second person has confirmed what an operator wants. */
  confirmed?: Confirmed | undefined
}

/**
 * A customer asks for their money back before shipping, or an operator does it for them. The request is stored; the
 * provider is asked after the commit. Operators give back much money only with a second person.
 * Refusals: not_found, order_not_refundable, payment_not_refundable, refund_in_progress, second_person_required, and
 * those of idempotency.
 */
export async function refundPayment(deps: PaymentsDeps, input: Input): Promise<PaymentDetail | Refused> {
  const { actor, paymentId, reason } = input
  const second = await secondPersonFor(deps, input)
  if (second) return second
  const request = { scope: `refunds:${actor.userId}`, key: input.idempotencyKey, body: { paymentId, reason } }
  const result = await once<{ refundId: string }>(deps.db, request, deps.clock.now(), async (tx) => {
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
): Promise<Refused | undefined> {
  const seen = await readAttempt(deps.db, paymentId)
  if (!seen || seen.owner_id === actor.userId || !isOperator(actor)) return undefined
  // What cannot be given back is refused below, without troubling anybody.
  if (seen.state !== 'succeeded' && seen.state !== 'succeeded_late') return undefined
  const amount = subtract(seen.total, won(seen.refunded + seen.refund_reserved))
  if (amount === 0) return undefined
  const wish = {
    kind: 'refund',
    subjectId: paymentId,
    amount,
    terms: { reason },
    providerSaid: null,
    proposedBy: actor.userId,
  } as const
  return requireSecondPerson(deps, wish, confirmed)
}

function isOperator(actor: Actor): boolean {
  return OPERATORS.some((role) => actor.roles.includes(role))
}

async function requestIn(
  deps: PaymentsDeps,
  tx: Tx,
  { actor, paymentId, reason }: Input,
): Promise<RefundRequested | Refused> {
  const seen = await readAttempt(tx, paymentId)
  const operator = isOperator(actor)
  if (!seen || (seen.owner_id !== actor.userId && !operator)) return refused('not_found')
  const why = { reason, requestedBy: actor.userId }
  if (seen.state === 'succeeded_late') return refundLate(deps, tx, seen, why)
  const order = await deps.payable.lockForRefund(tx, seen.order_id)
  if (order.kind === 'refused') return order
  if (!operator && order.shipped !== false) return refused('order_not_refundable')
  if (seen.state !== 'succeeded') return refused('payment_not_refundable')
  const requested = await refundOrder(deps, tx, { orderId: seen.order_id, ...why })
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
  why: { reason: string; requestedBy: string },
): Promise<RefundRequested | Refused> {
  const attempt = await lockAttempt(tx, seen.id)
  return attempt ? requestRefund(deps, tx, { attempt, amount: 'rest', ...why }) : refused('not_found')
}

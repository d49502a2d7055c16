/**
 * What a provider's unsigned message is worth. It may be forged, late, twice or out of order, so it never decides
 * anything: it may only lead to a look-up, and not even to that when there is nothing left to learn.
 */
import type { Won } from '../../../platform/money.ts'
import type { Hint, ProviderPayment } from '../provider.ts'
import { type AttemptState, endedUnpaid } from './attempt.ts'
import type { RefundState } from './refund.ts'

/** One payment is asked about because of hints at most this often, however many there are. */
export const HINT_PAUSE_SECONDS = 5

export interface Hinted {
  state: AttemptState
  /** A token that comes with the payment is told by our own call only. */
  mode: 'pay' | 'pay_and_issue_token'
  total: Won
  refunded: Won
}

/** Whether a look-up could tell something of the payment that is not known. */
export function isWorthAsking({ state, mode, total, refunded }: Hinted, says: Hint['says']): boolean {
  if (state === 'unknown') return true
  if (state === 'sent') return mode === 'pay' && says !== 'not_paid'
  if (endedUnpaid(state)) return says !== 'not_paid'
  const isPaid = state === 'succeeded' || state === 'succeeded_late'
  return isPaid && (says === 'given_back' || says === 'something') && refunded < total
}

export interface OurRefund {
  state: RefundState
  providerRefundId: string | null
}

export interface OutsideRefund {
  id: string
  amount: Won
  at?: Temporal.Instant
}

/**
 * Money that was given back at the provider and not by us. Undefined as long as a refund of our own is on its way:
 * what is reported may be that one.
 * @param ours as they are after the look-up
 */
export function outsideRefunds(
  payment: Pick<ProviderPayment, 'refunds'>,
  ours: readonly OurRefund[],
): readonly OutsideRefund[] | undefined {
  if (ours.some(({ state }) => state === 'sent' || state === 'unknown')) return undefined
  const known = new Set(ours.map(({ providerRefundId }) => providerRefundId))
  return payment.refunds.filter(({ id }) => !known.has(id))
}

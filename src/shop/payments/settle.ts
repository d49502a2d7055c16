import { type Tx, transact } from '../../platform/database/database.ts'
import type { Settlement } from './attempt.ts'
import { type PaymentsDeps, withJitter } from './deps.ts'
import { paymentEnded, paymentSucceeded } from './events.ts'
import { post, postingsOfPayment } from './ledger.ts'
import type { ProviderPayment } from './provider.ts'
import { requestRefund } from './request-refund.ts'
import { type Attempt, aboutAttempt, moveAttempt, publish, remember } from './store.ts'

/**
 * The last of the three steps (prepare, call, finish): writes what became of a sent attempt, together with the
 * ledger, the order and the events, in one transaction. Compare-and-set on state and sending number makes an answer
 * that comes too late change nothing.
 * @param from the attempt as it was when it was sent (or taken up by the resolver)
 * @param evidence what is kept in the attempt's history
 * @returns false when somebody else settled it first
 */
export async function settle(
  deps: PaymentsDeps,
  from: Attempt,
  settlement: Settlement,
  evidence: object,
): Promise<boolean> {
  return transact<boolean>(deps.db, async (tx, rollback) => {
    const now = deps.clock.now()
    const moved =
      settlement.kind === 'paid'
        ? await settlePaid(deps, tx, from, settlement.payment, now)
        : await settleOther(deps, tx, from, settlement, now)
    // An order changed on the way here is undone with everything else.
    if (!moved) return rollback(false)
    await remember(tx, { attemptId: from.id, at: now, step: moved.state, note: evidence })
    return true
  })
}

async function settlePaid(
  deps: PaymentsDeps,
  tx: Tx,
  from: Attempt,
  payment: ProviderPayment,
  now: Temporal.Instant,
) {
  const verdict = await deps.payable.paid(tx, {
    orderId: from.order_id,
    attemptId: from.id,
    provider: from.provider,
    total: from.total,
    at: now,
  })
  const late = verdict === 'too_late'
  const moved = await moveAttempt(tx, from, late ? 'succeeded_late' : 'succeeded', now, {
    provider_ref: payment.ref,
    method: payment.method,
    paid_at: payment.approvedAt ?? now,
    proof: null,
    lease_until: null,
    next_look_at: null,
    needs_review: false,
  })
  if (!moved) return undefined
  await post(tx, { id: moved.id, attemptId: moved.id, at: now }, postingsOfPayment(moved))
  await publish(
    tx,
    now,
    paymentSucceeded.of(moved.id, moved.version, { ...aboutAttempt(moved), total: moved.total, late }),
  )
  if (late) {
    const refund = {
      attempt: moved,
      amount: moved.total,
      reason: 'order no longer open',
      requestedBy: 'system',
    }
    const requested = await requestRefund(deps, tx, refund)
    if (requested.kind === 'refused')
      throw new Error(`a late payment could not be refunded: ${requested.code}`)
  }
  return moved
}

async function settleOther(
  deps: PaymentsDeps,
  tx: Tx,
  from: Attempt,
  settlement: Exclude<Settlement, { kind: 'paid' }>,
  now: Temporal.Instant,
) {
  switch (settlement.kind) {
    case 'declined': {
      const { code, message, retry } = settlement
      const ended = { ...ENDED, decline_code: code, decline_message: message, decline_retry: retry }
      return end(tx, from, 'declined', now, ended, code)
    }
    case 'failed': {
      deps.log.error(
        { attemptId: from.id, code: settlement.code },
        'the provider rejected our request as invalid',
      )
      const ended = { ...ENDED, decline_code: settlement.code, decline_message: settlement.message }
      return end(tx, from, 'failed', now, ended, settlement.code)
    }
    case 'not_sent':
      return moveAttempt(tx, from, from.origin === 'token' ? 'created' : 'authorised', now, {
        lease_until: null,
        next_look_at: now.add({ milliseconds: Math.max(1_000, settlement.retryAfterMs) }),
      })
    case 'unknown': {
      deps.log.warn({ attemptId: from.id, reason: settlement.reason }, 'outcome of a payment is unknown')
      const delay = deps.settings.lookDelaysSeconds[from.looks] ?? 60
      return moveAttempt(tx, from, 'unknown', now, {
        unknown_reason: settlement.reason,
        lease_until: null,
        next_look_at: now.add(withJitter(delay, deps.random)),
      })
    }
  }
}

const ENDED = { proof: null, lease_until: null, next_look_at: null, needs_review: false } as const

/** Ends an attempt without money having moved, and says so. Used wherever an attempt ends. */
export async function end(
  tx: Tx,
  from: Attempt,
  to: 'declined' | 'cancelled' | 'expired' | 'failed',
  now: Temporal.Instant,
  changes: Parameters<typeof moveAttempt>[4] = ENDED,
  code?: string,
): Promise<Attempt | undefined> {
  const moved = await moveAttempt(tx, from, to, now, { ...ENDED, ...changes })
  if (!moved) return undefined
  const data = { ...aboutAttempt(moved), outcome: to, ...(code === undefined ? {} : { code }) }
  await publish(tx, now, paymentEnded.of(moved.id, moved.version, data))
  return moved
}

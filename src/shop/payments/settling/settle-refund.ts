import { paymentNeedsReview, paymentRefunded } from '../../../contracts/payment-events.ts'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { subtract, won } from '../../../platform/money.ts'
import { type PaymentsDeps, withJitter } from '../deps.ts'
import { lookAfterSendingIn } from '../rules/look.ts'
import type { RefundSettlement } from '../rules/refund.ts'
import {
  type Attempt,
  aboutAttempt,
  lockAttempt,
  publishPaymentEvent,
  rememberStep,
} from '../store/attempt-store.ts'
import { postEntries, postingsOfRefund } from '../store/ledger.ts'
import { moveRefund, type RefundRow, readRefund } from '../store/refund-store.ts'
import { payments } from '../store/tables.ts'
import { receiptAfterRefund } from './cash-receipt.ts'
import { insistOnCommit } from './insist-on-commit.ts'

/**
 * Writes what became of a refund, with ledger, order and event, by compare-and-set. An answer that comes too late
 * changes nothing, except news of money given back, which counts whenever it comes.
 * @returns false when it changed nothing, because somebody else settled the refund first
 */
export async function settleRefund(
  deps: PaymentsDeps,
  from: RefundRow,
  settlement: RefundSettlement,
  evidence: object,
): Promise<boolean> {
  if (await settleFrom(deps, from, settlement, evidence)) return true
  if (settlement.kind !== 'given') return false
  const current = await transact(deps.db, (tx) => readRefund(tx, from.id))
  if (current?.state === 'unknown' || current?.state === 'requested') {
    return settleFrom(deps, current, settlement, { ...evidence, late: true })
  }
  if (current?.state === 'declined') await contradicted(deps, current, settlement.providerRefundId, evidence)
  return false
}

function settleFrom(
  deps: PaymentsDeps,
  from: RefundRow,
  settlement: RefundSettlement,
  evidence: object,
): Promise<boolean> {
  const work = async (tx: Tx) => {
    const now = deps.clock.now()
    const attempt = await lockWithOrder(deps, tx, from)
    const moved =
      settlement.kind === 'given'
        ? await settleGiven(deps, tx, attempt, from, settlement.providerRefundId, now, evidence)
        : await settleNotGiven(deps, tx, attempt, from, settlement, now, evidence)
    return moved !== undefined
  }
  return insistOnCommit(() => transact(deps.db, work))
}

/** The order first, the attempt after it, the refund last: the one lock order. */
async function lockWithOrder(deps: PaymentsDeps, tx: Tx, refund: RefundRow): Promise<Attempt> {
  // Only for the lock: whether the order may be refunded was asked when the refund was requested.
  await deps.payable.lockForRefund(tx, refund.order_id)
  const attempt = await lockAttempt(tx, refund.attempt_id)
  if (!attempt) throw new Error(`refund ${refund.id} has no payment`)
  return attempt
}

async function settleGiven(
  deps: PaymentsDeps,
  tx: Tx,
  attempt: Attempt,
  from: RefundRow,
  providerRefundId: string,
  now: Temporal.Instant,
  evidence: object,
): Promise<RefundRow | undefined> {
  const changes = { ...SETTLED, provider_refund_id: providerRefundId, finished_at: now }
  const moved = await moveRefund(tx, from, 'succeeded', now, changes, evidence)
  if (!moved) return undefined
  const { amount } = from
  const refunded = won(attempt.refunded + amount)
  const remaining = subtract(attempt.total, refunded)
  const refund_reserved = subtract(attempt.refund_reserved, amount)
  const version = await touch(tx, attempt, now, { refund_reserved, refunded })
  await postEntries(
    tx,
    { id: from.id, attemptId: attempt.id, refundId: from.id, at: now },
    postingsOfRefund({ provider: attempt.provider, total: amount, vat: from.vat }),
  )
  await receiptAfterRefund(tx, from, now)
  const data = { ...aboutAttempt(attempt), refundId: from.id, amount, remaining }
  await publishPaymentEvent(tx, now, paymentRefunded.of(attempt.id, version, data))
  // The order of a late payment was never paid by it.
  if (attempt.state === 'succeeded') {
    await deps.payable.refunded(tx, {
      orderId: from.order_id,
      refundId: from.id,
      amount,
      remaining,
      at: now,
    })
  }
  return moved
}

async function settleNotGiven(
  deps: PaymentsDeps,
  tx: Tx,
  attempt: Attempt,
  from: RefundRow,
  settlement: Exclude<RefundSettlement, { kind: 'given' }>,
  now: Temporal.Instant,
  evidence: object,
): Promise<RefundRow | undefined> {
  switch (settlement.kind) {
    case 'declined': {
      const { code, message } = settlement
      const changes = { ...SETTLED, decline_code: code, decline_message: message, finished_at: now }
      const moved = await moveRefund(tx, from, 'declined', now, changes, evidence)
      if (!moved) return undefined
      const refund_reserved = subtract(attempt.refund_reserved, from.amount)
      const version = await touch(tx, attempt, now, { refund_reserved })
      // The order of a late payment was never asked.
      if (attempt.state === 'succeeded')
        await deps.payable.refundDeclined(tx, { orderId: from.order_id, refundId: from.id, at: now })
      await askForReview(deps, tx, attempt, version, from, now, `a refund was declined (${code})`)
      return moved
    }
    case 'not_sent':
      // The stored command tries again after longer and longer; the sweeper as soon as the provider may be back.
      return moveRefund(
        tx,
        from,
        'requested',
        now,
        { lease_until: null, next_look_at: now.add(SENT_AGAIN_AFTER) },
        evidence,
      )
    case 'unknown': {
      const delaySeconds = lookAfterSendingIn(from.looks, deps.settings.lookDelaysSeconds)
      return keepRefundUnknown(deps, tx, attempt, from, now, {
        reason: settlement.reason,
        delaySeconds,
        note: evidence,
      })
    }
  }
}

export interface RefundDoubt {
  reason: string
  /** Until the next look-up; undefined: none is left, a person must decide. */
  delaySeconds: number | undefined
  notRefundedSeen?: number
  note: object
}

/** Makes or keeps a refund unknown: until the next look-up, or until a person decides. The attempt is locked. */
export async function keepRefundUnknown(
  deps: PaymentsDeps,
  tx: Tx,
  attempt: Attempt,
  from: RefundRow,
  now: Temporal.Instant,
  { reason, delaySeconds, notRefundedSeen, note }: RefundDoubt,
): Promise<RefundRow | undefined> {
  const review = delaySeconds === undefined
  const changes = {
    lease_until: null,
    next_look_at: review ? null : now.add(withJitter(delaySeconds, deps.random)),
    needs_review: review,
    ...(notRefundedSeen === undefined ? {} : { not_refunded_seen: notRefundedSeen }),
  }
  const kept = await moveRefund(tx, from, 'unknown', now, changes, { ...note, doubt: reason })
  if (kept && review)
    await askForReview(deps, tx, attempt, await touch(tx, attempt, now, {}), from, now, reason)
  return kept
}

/** A provider that could not be reached is tried again after this. */
const SENT_AGAIN_AFTER = { seconds: 30 } as const

const SETTLED = { lease_until: null, next_look_at: null, needs_review: false } as const

/** Changes the locked attempt's sums; every change has the next version, for the event that tells of it. */
async function touch(
  tx: Tx,
  attempt: Attempt,
  now: Temporal.Instant,
  changes: Partial<Pick<Attempt, 'refund_reserved' | 'refunded'>>,
): Promise<number> {
  const version = attempt.version + 1
  await payments(tx)
    .updateTable('payments.attempt')
    .set({ ...changes, version, updated_at: now })
    .where('id', '=', attempt.id)
    .execute()
  return version
}

async function askForReview(
  deps: PaymentsDeps,
  tx: Tx,
  attempt: Attempt,
  version: number,
  refund: RefundRow,
  now: Temporal.Instant,
  reason: string,
): Promise<void> {
  deps.log.error({ refundId: refund.id, reason }, 'a refund needs a person')
  const data = { ...aboutAttempt(attempt), refundId: refund.id, reason }
  await publishPaymentEvent(tx, now, paymentNeedsReview.of(attempt.id, version, data))
}

/** The provider gave money back for a refund that was closed as declined: the books are wrong, and a person is told. */
async function contradicted(
  deps: PaymentsDeps,
  refund: RefundRow,
  providerRefundId: string,
  evidence: object,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    const now = deps.clock.now()
    const attempt = await lockAttempt(tx, refund.attempt_id)
    if (!attempt) return
    const note = { ...evidence, providerRefundId }
    await rememberStep(tx, {
      attemptId: attempt.id,
      refundId: refund.id,
      at: now,
      step: 'refund given late',
      note,
    })
    const reason = `a refund was given after it had been closed as declined (${providerRefundId})`
    await askForReview(deps, tx, attempt, await touch(tx, attempt, now, {}), refund, now, reason)
  })
}

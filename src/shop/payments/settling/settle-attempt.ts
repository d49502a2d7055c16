import { paymentNeedsReview, paymentSucceeded } from '../../../contracts/payment-events.ts'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { vatOf } from '../../../platform/money.ts'
import { type PaymentsDeps, withJitter } from '../deps.ts'
import type { ProviderPayment } from '../provider.ts'
import { endedUnpaid, isInFlight, type Settlement } from '../rules/attempt.ts'
import { lookAfterSendingIn } from '../rules/look.ts'
import {
  type Attempt,
  aboutAttempt,
  moveAttempt,
  publishPaymentEvent,
  readAttempt,
} from '../store/attempt-store.ts'
import { postEntries, postingsOfPayment } from '../store/ledger.ts'
import { markDead, noteCharged, storeMethod } from '../store/method-store.ts'
import { receiptAfterLatePayment, receiptAfterPayment } from './cash-receipt.ts'
import { ENDED, endAttempt, newsOf } from './end-attempt.ts'
import { insistOnCommit } from './insist-on-commit.ts'
import { requestRefund } from './request-refund.ts'
import { requestMethodRevocation } from './revoke-method.ts'

/**
 * The last of the three steps (prepare, call, finish): writes what became of a sent attempt, together with the
 * ledger, the order and the events, in one transaction. Compare-and-set on state and sending number makes an answer
 * that comes too late change nothing, with one exception: news of money taken counts whenever it comes.
 * @param from the attempt as it was when it was sent (or taken up by the resolver)
 * @param evidence what is kept in the attempt's history
 * @returns the attempt as it is now; undefined when this changed nothing, because somebody else settled it first
 */
export async function settleAttempt(
  deps: PaymentsDeps,
  from: Attempt,
  settlement: Settlement,
  evidence: object,
): Promise<Attempt | undefined> {
  const settled = await settleAttemptAsSeen(deps, from, settlement, evidence)
  if (settled || settlement.kind !== 'paid') return settled
  const current = await readAttempt(deps.db, from.id)
  // Being sent again right now: that call's answer, or the look-up after it, tells the same.
  if (current?.state !== 'unknown' && !(current && endedUnpaid(current.state))) return undefined
  return settleAttemptAsSeen(deps, current, settlement, { ...evidence, late: true })
}

/** Like {@link settleAttempt}, without the exception: when the attempt has moved on, nothing is changed. */
export async function settleAttemptAsSeen(
  deps: PaymentsDeps,
  from: Attempt,
  settlement: Settlement,
  evidence: object,
): Promise<Attempt | undefined> {
  const work: Parameters<typeof transact<Attempt | undefined>>[1] = async (tx, rollback) => {
    const now = deps.clock.now()
    const moved =
      settlement.kind === 'paid'
        ? await settlePaid(deps, tx, from, settlement, now, evidence)
        : await settleOther(deps, tx, from, settlement, now, evidence)
    // An order changed on the way here is undone with everything else.
    return moved ?? rollback(undefined)
  }
  return insistOnCommit(() => transact(deps.db, work))
}

async function settlePaid(
  deps: PaymentsDeps,
  tx: Tx,
  from: Attempt,
  { payment, token }: Extract<Settlement, { kind: 'paid' }>,
  now: Temporal.Instant,
  evidence: object,
): Promise<Attempt | undefined> {
  const methodId = token ? newId() : from.method_id
  const late = !isInFlight(from.state) || (await tellOrder(deps, tx, from, methodId, now)) === 'too_late'
  const taxes = taxesTold(deps, from, payment)
  const changes = {
    ...ENDED,
    ...taxes,
    // A charge known only from the token's evidence has no id of its own.
    provider_ref: payment.ref || null,
    method: payment.method || from.method,
    paid_at: payment.approvedAt ?? now,
  }
  const moved = await moveAttempt(tx, from, late ? 'succeeded_late' : 'succeeded', now, changes, {
    ...evidence,
    ...(taxes && { taxFreeAsked: from.tax_free }),
  })
  if (!moved) return undefined
  if (token && methodId) await storeMethod(tx, deps.cipher, methodId, moved, token, now)
  if (from.method_id) await noteCharged(tx, from.method_id, payment.approvedAt ?? now, now)
  if (!late) await receiptAfterPayment(deps, tx, moved, payment.cashReceiptBy, now)
  await postEntries(tx, { id: moved.id, attemptId: moved.id, at: now }, postingsOfPayment(moved))
  const data = { ...aboutAttempt(moved), total: moved.total, late }
  await publishPaymentEvent(tx, now, paymentSucceeded.of(moved.id, moved.version, data))
  if (late) {
    await receiptAfterLatePayment(tx, moved.id)
    await giveBack(deps, tx, moved)
    // Issued with a payment nobody wants any more.
    const reason = 'late payment'
    if (token && methodId) await requestMethodRevocation(deps, tx, { paymentMethodId: methodId, reason })
  }
  return moved
}

/**
 * The taxes in the payment where they are others at the provider than we asked for: on their way there they pass through
 * the customer's browser. Ours follow the provider's, which would take no refund of others; undefined: nothing differs.
 */
function taxesTold({ log }: PaymentsDeps, { id, total, tax_free }: Attempt, { taxFree }: ProviderPayment) {
  if (taxFree === undefined || taxFree === tax_free || taxFree > total) return undefined
  log.error({ attemptId: id, asked: tax_free, taxFree }, 'a payment was made with another tax-free part')
  return { tax_free: taxFree, vat: vatOf(total, taxFree) }
}

function tellOrder(
  deps: PaymentsDeps,
  tx: Tx,
  { order_id, id, provider, total }: Attempt,
  paymentMethodId: string | null,
  at: Temporal.Instant,
) {
  return deps.payable.paid(tx, { orderId: order_id, attemptId: id, provider, total, at, paymentMethodId })
}

async function giveBack(deps: PaymentsDeps, tx: Tx, attempt: Attempt): Promise<void> {
  const why = { reason: 'order no longer open', requestedBy: 'system' }
  const requested = await requestRefund(deps, tx, { attempt, part: 'rest', ...why })
  if (requested.kind === 'refused') {
    throw new Error(`a late payment could not be refunded: ${requested.code}`)
  }
}

async function settleOther(
  deps: PaymentsDeps,
  tx: Tx,
  from: Attempt,
  settlement: Exclude<Settlement, { kind: 'paid' }>,
  now: Temporal.Instant,
  evidence: object,
): Promise<Attempt | undefined> {
  switch (settlement.kind) {
    case 'declined': {
      const { code, message, retry, scope } = settlement
      const changes = { decline_code: code, decline_message: message, decline_retry: retry }
      const dead = scope === 'token'
      const outcome = { kind: 'declined', class: dead ? 'token_dead' : retry, code } as const
      const ending = { code, changes, note: evidence, outcome }
      const moved = await endAttempt(deps, tx, from, 'declined', now, ending)
      if (moved?.method_id && dead) await markDead(tx, moved.method_id, now)
      return moved
    }
    case 'failed': {
      const { code, message } = settlement
      deps.log.error({ attemptId: from.id, code }, 'the provider rejected our request as invalid')
      const changes = { decline_code: code, decline_message: message }
      return endAttempt(deps, tx, from, 'failed', now, { code, changes, note: evidence })
    }
    case 'not_accepted':
      return backToPage(deps, tx, from, now, settlement.code, evidence)
    case 'not_sent': {
      const retryAfterMs = Math.max(1_000, Math.ceil(settlement.retryAfterMs))
      const next = now.add({ milliseconds: retryAfterMs })
      const again = from.origin === 'token' ? 'created' : 'authorised'
      if (from.origin === 'token') await deps.payable.postponed(tx, { ...newsOf(from, now), retryAfterMs })
      return moveAttempt(tx, from, again, now, { lease_until: null, next_look_at: next }, evidence)
    }
    case 'unknown': {
      deps.log.warn({ attemptId: from.id, reason: settlement.reason }, 'outcome of a payment is unknown')
      const { reason, ref } = settlement
      const delaySeconds = lookAfterSendingIn(from.looks, deps.settings.lookDelaysSeconds)
      return keepAttemptUnknown(deps, tx, from, now, { reason, ref, delaySeconds, note: evidence })
    }
  }
}

/** So many proofs that are not the true one are tried; after that the attempt is over, and a new one may begin. */
const MOST_PROOFS = 10

/**
 * What the browser brought was not what the provider gave the customer; somebody made it up. No money moved, so nothing
 * is in doubt: the attempt waits for the true one, as long as its page is valid.
 */
function backToPage(
  deps: PaymentsDeps,
  tx: Tx,
  from: Attempt,
  now: Temporal.Instant,
  code: string,
  evidence: object,
): Promise<Attempt | undefined> {
  deps.log.warn({ attemptId: from.id, code }, 'a proof of payment was not the true one')
  // The first sending asked for the provider's page.
  if (from.send_no - 1 < MOST_PROOFS)
    return moveAttempt(tx, from, 'awaiting_customer', now, { proof: null, lease_until: null }, evidence)
  const changes = { decline_code: code, decline_retry: 'final' } as const
  return endAttempt(deps, tx, from, 'declined', now, { code, changes, note: evidence })
}

export interface Doubt {
  reason: string
  /** Until the next look-up; undefined: none is left, a person must decide. */
  delaySeconds: number | undefined
  /** How often "not charged" was seen since the last sending; unchanged when not given. */
  notChargedSeen?: number
  /** The provider's id, when the doubtful answer named it. */
  ref?: string | undefined
  note: object
}

/** Makes or keeps an attempt unknown: until the next look-up, or until a person decides. */
export async function keepAttemptUnknown(
  deps: PaymentsDeps,
  tx: Tx,
  from: Attempt,
  now: Temporal.Instant,
  { reason, delaySeconds, notChargedSeen, ref, note }: Doubt,
): Promise<Attempt | undefined> {
  if (from.origin === 'token' && from.state === 'sent') await deps.payable.doubted(tx, newsOf(from, now))
  const review = delaySeconds === undefined
  const changes = {
    unknown_reason: reason,
    lease_until: null,
    next_look_at: review ? null : now.add(withJitter(delaySeconds, deps.random)),
    needs_review: review,
    ...(notChargedSeen === undefined ? {} : { not_charged_seen: notChargedSeen }),
    ...(ref === undefined || from.provider_ref !== null ? {} : { provider_ref: ref }),
  }
  const kept = await moveAttempt(tx, from, 'unknown', now, changes, { ...note, doubt: reason })
  if (kept && review) {
    deps.log.error({ attemptId: kept.id, reason }, 'a payment needs a person: look-ups could not settle it')
    await publishPaymentEvent(
      tx,
      now,
      paymentNeedsReview.of(kept.id, kept.version, { ...aboutAttempt(kept), reason }),
    )
  }
  return kept
}

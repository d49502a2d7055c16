import { type Selectable, sql, type Updateable } from 'kysely'
import { type Tx, transact } from '../../platform/database/database.ts'
import { subtract, won } from '../../platform/money.ts'
import { leaseUntil, type PaymentsDeps, providerOf, withJitter } from './deps.ts'
import { paymentNeedsReview, paymentRefunded } from './events.ts'
import { post, postingsOfRefund } from './ledger.ts'
import { decideRefundLook, type RefundSettlement, refundSettlementOf } from './refund.ts'
import { FALLBACK } from './request-refund.ts'
import { type Attempt, aboutAttempt, lockAttempt, noteOf, publish, readAttempt, remember } from './store.ts'
import { payments, type RefundTable } from './tables.ts'

export type RefundRow = Selectable<RefundTable>

/**
 * Sends one requested refund: prepare, call, finish. Safe to run twice: only `requested` refunds are sent, and the
 * provider checks the remaining balance we state.
 * @throws when the provider could not be reached, so that the stored command is tried again later
 */
export async function executeRefund(deps: PaymentsDeps, refundId: string): Promise<void> {
  const sent = await prepare(deps, refundId)
  if (!sent) return
  const { refund, attempt, known } = sent
  const provider = providerOf(deps, attempt.provider)
  const outcome = await provider.refund(
    {
      ref: attempt.provider_ref ?? '',
      origin: attempt.origin === 'checkout' && attempt.mode === 'pay' ? 'pay' : 'token',
      money: { total: refund.amount, taxFree: won(0), vat: refund.vat },
      refundableBefore: refund.refundable_before,
      reason: refund.reason,
    },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: refund.id },
  )
  const settlement = refundSettlementOf(outcome, refund.amount, known)
  await settleRefund(deps, refund, settlement, noteOf(outcome))
  if (settlement.kind === 'not_sent') {
    throw new Error(
      `refund ${refundId} could not be sent: ${outcome.kind === 'unavailable' ? outcome.reason : ''}`,
    )
  }
}

async function prepare(deps: PaymentsDeps, refundId: string) {
  return transact(deps.db, async (tx) => {
    const refund = await lockRefund(tx, refundId)
    if (refund?.state !== 'requested') return undefined
    const attempt = await readAttempt(tx, refund.attempt_id)
    if (!attempt) throw new Error(`refund ${refundId} has no payment`)
    const now = deps.clock.now()
    const { callTimeoutMs } = providerOf(deps, attempt.provider).capabilities
    const sent = await moveRefund(tx, refund, 'sent', now, {
      send_no: refund.send_no + 1,
      sent_at: now,
      lease_until: leaseUntil(now, callTimeoutMs),
    })
    if (!sent) return undefined
    await remember(tx, { attemptId: attempt.id, refundId, at: now, step: 'refund sent' })
    return { refund: sent, attempt, known: await knownRefundIds(tx, attempt.id) }
  })
}

/** Writes what became of a refund, with ledger, order and event, by compare-and-set. False when it came too late. */
export async function settleRefund(
  deps: PaymentsDeps,
  from: RefundRow,
  settlement: RefundSettlement,
  evidence: object,
): Promise<boolean> {
  return transact<boolean>(deps.db, async (tx, rollback) => {
    const now = deps.clock.now()
    const moved =
      settlement.kind === 'given'
        ? await settleGiven(deps, tx, from, settlement.providerRefundId, now)
        : await settleNotGiven(deps, tx, from, settlement, now)
    if (!moved) return rollback(false)
    await remember(tx, {
      attemptId: from.attempt_id,
      refundId: from.id,
      at: now,
      step: `refund ${moved.state}`,
      note: evidence,
    })
    return true
  })
}

async function settleGiven(
  deps: PaymentsDeps,
  tx: Tx,
  from: RefundRow,
  providerRefundId: string | undefined,
  now: Temporal.Instant,
): Promise<RefundRow | undefined> {
  const seen = await readAttempt(tx, from.attempt_id)
  if (!seen) throw new Error(`refund ${from.id} has no payment`)
  // The order first, the attempt after: the one lock order. A late payment's order was never paid by it.
  if (seen.state === 'succeeded') {
    const remaining = subtract(seen.total, won(seen.refunded + from.amount))
    await deps.payable.refunded(tx, {
      orderId: from.order_id,
      refundId: from.id,
      amount: from.amount,
      remaining,
      at: now,
    })
  }
  const attempt = await lockAttempt(tx, from.attempt_id)
  if (!attempt) throw new Error(`refund ${from.id} has no payment`)
  const moved = await moveRefund(tx, from, 'succeeded', now, {
    provider_refund_id: providerRefundId ?? null,
    finished_at: now,
    lease_until: null,
    next_look_at: null,
    needs_review: false,
  })
  if (!moved) return undefined
  const refunded = won(attempt.refunded + from.amount)
  await payments(tx)
    .updateTable('payments.attempt')
    .set({
      refund_reserved: subtract(attempt.refund_reserved, from.amount),
      refunded,
      updated_at: now,
      version: attempt.version + 1,
    })
    .where('id', '=', attempt.id)
    .execute()
  await post(
    tx,
    { id: from.id, attemptId: attempt.id, refundId: from.id, at: now },
    postingsOfRefund({ provider: attempt.provider, total: from.amount, vat: from.vat }),
  )
  const data = {
    ...aboutAttempt(attempt),
    refundId: from.id,
    amount: from.amount,
    remaining: subtract(attempt.total, refunded),
  }
  await publish(tx, now, paymentRefunded.of(attempt.id, attempt.version + 1, data))
  return moved
}

async function settleNotGiven(
  deps: PaymentsDeps,
  tx: Tx,
  from: RefundRow,
  settlement: Exclude<RefundSettlement, { kind: 'given' }>,
  now: Temporal.Instant,
): Promise<RefundRow | undefined> {
  switch (settlement.kind) {
    case 'declined': {
      deps.log.error({ refundId: from.id, code: settlement.code }, 'the provider declined a refund')
      const moved = await moveRefund(tx, from, 'declined', now, {
        decline_code: settlement.code,
        decline_message: settlement.message,
        finished_at: now,
        lease_until: null,
      })
      if (moved) await releaseReservation(tx, from, now)
      return moved
    }
    case 'not_sent':
      return moveRefund(tx, from, 'requested', now, { lease_until: null, next_look_at: now.add(FALLBACK) })
    case 'unknown': {
      const delay = deps.settings.lookDelaysSeconds[from.looks] ?? 60
      return moveRefund(tx, from, 'unknown', now, {
        lease_until: null,
        next_look_at: now.add(withJitter(delay, deps.random)),
      })
    }
  }
}

async function releaseReservation(tx: Tx, refund: RefundRow, now: Temporal.Instant): Promise<void> {
  await sql`
    update payments.attempt set refund_reserved = refund_reserved - ${refund.amount}, updated_at = ${now}
    where id = ${refund.attempt_id}`.execute(tx)
}

async function lockRefund(tx: Tx, id: string): Promise<RefundRow | undefined> {
  return payments(tx)
    .selectFrom('payments.refund')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

/** Compare-and-set on state and sending number. */
export async function moveRefund(
  tx: Tx,
  from: RefundRow,
  to: RefundRow['state'],
  now: Temporal.Instant,
  changes: Omit<Updateable<RefundTable>, 'state'> = {},
): Promise<RefundRow | undefined> {
  return payments(tx)
    .updateTable('payments.refund')
    .set({ ...changes, state: to, updated_at: now })
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('send_no', '=', from.send_no)
    .returningAll()
    .executeTakeFirst()
}

async function knownRefundIds(tx: Tx, attemptId: string): Promise<Set<string>> {
  const rows = await payments(tx)
    .selectFrom('payments.refund')
    .select('provider_refund_id')
    .where('attempt_id', '=', attemptId)
    .execute()
  return new Set(rows.flatMap((row) => (row.provider_refund_id === null ? [] : [row.provider_refund_id])))
}

/**
 * Carries on refunds whose answer was lost or unknown: doubts expired leases, looks up the due ones.
 * Any number of processes may run it.
 */
export async function sweepRefunds(deps: PaymentsDeps, limit = 20): Promise<void> {
  const now = deps.clock.now()
  await sql`
    update payments.refund set state = 'unknown', lease_until = null, next_look_at = ${now}, updated_at = ${now}
    where state = 'sent' and lease_until <= ${now}`.execute(deps.db)
  const forgotten = await sql<{ id: string }>`
    update payments.refund set next_look_at = ${now.add(FALLBACK)}
    where state = 'requested' and next_look_at <= ${now} returning id`.execute(deps.db)
  await Promise.all(forgotten.rows.map(({ id }) => executeRefund(deps, id).catch(logLater(deps, id))))
  const { rows } = await sql<RefundRow>`
    update payments.refund set looks = looks + 1, next_look_at = ${now.add({ seconds: 60 })}
    where id in (
      select id from payments.refund where state = 'unknown' and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning *`.execute(deps.db)
  await Promise.all(rows.map((refund) => resolveRefund(deps, refund)))
}

function logLater(deps: PaymentsDeps, refundId: string) {
  return (error: unknown) => deps.log.warn({ err: error, refundId }, 'the refund will be sent again later')
}

async function resolveRefund(deps: PaymentsDeps, refund: RefundRow): Promise<void> {
  const attempt = await readAttempt(deps.db, refund.attempt_id)
  if (!attempt) throw new Error(`refund ${refund.id} has no payment`)
  const provider = providerOf(deps, attempt.provider)
  const found = await provider.lookup(
    {
      merchantRef: attempt.id,
      ref: attempt.provider_ref ?? undefined,
      origin: attempt.origin === 'checkout' && attempt.mode === 'pay' ? 'pay' : 'token',
    },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${refund.id}-look` },
  )
  const known = await transact(deps.db, (tx) => knownRefundIds(tx, attempt.id))
  const decision = decideRefundLook(
    found,
    {
      amount: refund.amount,
      looks: refund.looks,
      notRefundedSeen: refund.not_refunded_seen,
      sends: refund.send_no,
      refundableBefore: refund.refundable_before,
    },
    known,
    deps.settings.lookDelaysSeconds,
  )
  if (decision.kind === 'given') {
    await settleRefund(deps, refund, decision, { lookup: 'found' })
    return
  }
  const requestedAgain = await transact(deps.db, async (tx) => {
    const now = deps.clock.now()
    if (decision.kind === 'send_again') {
      return moveRefund(tx, refund, 'requested', now, {
        next_look_at: now.add(FALLBACK),
        not_refunded_seen: 0,
      })
    }
    const review = decision.kind === 'needs_review'
    const kept = await moveRefund(tx, refund, 'unknown', now, {
      not_refunded_seen: decision.notRefundedSeen,
      needs_review: review,
      next_look_at: review ? null : now.add(withJitter(decision.delaySeconds, deps.random)),
    })
    if (kept && review) await askForReview(deps, tx, attempt, refund, now)
    return undefined
  })
  if (requestedAgain) {
    await executeRefund(deps, refund.id).catch(logLater(deps, refund.id))
  }
}

async function askForReview(
  deps: PaymentsDeps,
  tx: Tx,
  attempt: Attempt,
  refund: RefundRow,
  now: Temporal.Instant,
) {
  deps.log.error({ refundId: refund.id }, 'a refund needs a person: look-ups could not settle it')
  const { rows } = await sql<{ version: number }>`
    update payments.attempt set version = version + 1 where id = ${attempt.id} returning version`.execute(tx)
  const data = { ...aboutAttempt(attempt), refundId: refund.id, reason: 'the outcome of a refund is unknown' }
  await publish(tx, now, paymentNeedsReview.of(attempt.id, rows[0]?.version ?? attempt.version + 1, data))
}

import { sql } from 'kysely'
import { transact } from '../../../platform/database/database.ts'
import { type PaymentsDeps, providerOf, providersNotAsked, withJitter } from '../deps.ts'
import { decideRefundLook } from '../rules/refund.ts'
import { sendRefund } from '../sending/send-refund.ts'
import { refundCommand, SWEPT_AFTER } from '../settling/request-refund.ts'
import { keepRefundUnknown, settleRefund } from '../settling/settle-refund.ts'
import { lockAttempt, originOf, readAttempt } from '../store/attempt-store.ts'
import { knownRefundIds, moveRefund, type RefundRow } from '../store/refund-store.ts'
import { eachDue } from './each-due.ts'

/** A look-up that dies with its process is made again after this. */
const LOOK_LEASE = { seconds: 60 } as const

/**
 * Carries on refunds whose answer was lost or unknown: doubts expired leases, sends forgotten requests, looks up the
 * due ones. Any number of processes may run it.
 */
export async function sweepRefunds(deps: PaymentsDeps, limit = 20): Promise<void> {
  await doubtLostAnswers(deps, limit)
  await sendForgotten(deps, limit)
  await lookUpDue(deps, limit)
}

/** The process died between call and answer. */
async function doubtLostAnswers(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<RefundRow>`
    select * from payments.refund where state = 'sent' and lease_until <= ${now}
    order by lease_until limit ${limit}`.execute(deps.db)
  const doubt = { reason: 'answer lost', delaySeconds: 0, note: {} }
  await eachDue(deps, rows, (refund) => keep(deps, refund, doubt))
}

/** The stored command that should have sent it has given up or is lost. */
async function sendForgotten(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<{ id: string }>`
    update payments.refund set next_look_at = ${now.add(SWEPT_AFTER)}
    where id in (
      select id from payments.refund where state = 'requested' and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning id`.execute(deps.db)
  await eachDue(deps, rows, ({ id }) => sendRefund(deps, id))
}

async function lookUpDue(deps: PaymentsDeps, limit: number): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<RefundRow>`
    update payments.refund set looks = looks + 1, next_look_at = ${now.add(LOOK_LEASE)}
    where id in (
      select r.id from payments.refund r join payments.attempt a on a.id = r.attempt_id
      where r.state = 'unknown' and r.next_look_at <= ${now} and a.provider <> all(${providersNotAsked(deps)}::text[])
      order by r.next_look_at limit ${limit} for update of r skip locked)
    returning *`.execute(deps.db)
  await eachDue(deps, rows, (refund) => lookUpRefund(deps, refund))
}

/**
 * One look-up of one unknown refund, already counted, and what follows from it.
 * @throws when it has to be sent again and the provider cannot be reached; it will be sent later
 */
export async function lookUpRefund(deps: PaymentsDeps, refund: RefundRow): Promise<void> {
  const attempt = await readAttempt(deps.db, refund.attempt_id)
  if (!attempt) throw new Error(`refund ${refund.id} has no payment`)
  const provider = providerOf(deps, attempt.provider)
  const found = await provider.lookup(
    { merchantRef: attempt.id, ref: attempt.provider_ref ?? undefined, origin: originOf(attempt) },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${refund.id}-look` },
  )
  const decision = decideRefundLook(
    found,
    {
      amount: refund.amount,
      looks: refund.looks,
      sends: refund.send_no,
      sentAt: refund.sent_at ?? refund.created_at,
      notRefundedSeen: refund.not_refunded_seen,
      refundableBefore: refund.refundable_before,
    },
    await transact(deps.db, (tx) => knownRefundIds(tx, attempt.id)),
    deps.settings.lookDelaysSeconds,
    deps.clock.now(),
  )
  const note = {
    look: refund.looks,
    lookup: found.kind,
    ...('reason' in found ? { reason: found.reason } : {}),
  }
  switch (decision.kind) {
    case 'given':
      await settleRefund(deps, refund, decision, note)
      return
    case 'ask_again':
      await askAgain(deps, refund, decision.delaySeconds)
      return
    case 'send_again':
      await sendAgain(deps, refund, note)
      return
    case 'look_again': {
      const { delaySeconds, notRefundedSeen } = decision
      await keep(deps, refund, { reason: 'not seen at the provider', delaySeconds, notRefundedSeen, note })
      return
    }
    case 'needs_review':
      await keep(deps, refund, { ...decision, delaySeconds: undefined, note })
  }
}

/** The look did not count, and leaves no trace in the history. */
async function askAgain(deps: PaymentsDeps, { id, send_no }: RefundRow, delaySeconds: number): Promise<void> {
  await sql`
    update payments.refund
    set looks = greatest(looks - 1, 0), next_look_at = ${deps.clock.now().add(withJitter(delaySeconds, deps.random))}
    where id = ${id} and state = 'unknown' and send_no = ${send_no}`.execute(deps.db)
}

function keep(deps: PaymentsDeps, refund: RefundRow, doubt: Parameters<typeof keepRefundUnknown>[5]) {
  return transact(deps.db, async (tx) => {
    const attempt = await lockAttempt(tx, refund.attempt_id)
    if (!attempt) throw new Error(`refund ${refund.id} has no payment`)
    return keepRefundUnknown(deps, tx, attempt, refund, deps.clock.now(), doubt)
  })
}

async function sendAgain(deps: PaymentsDeps, refund: RefundRow, note: object): Promise<void> {
  const now = deps.clock.now()
  const changes = { next_look_at: now.add(SWEPT_AFTER) }
  const requested = await transact(deps.db, async (tx) => {
    const moved = await moveRefund(tx, refund, 'requested', now, changes, note)
    // The command of the first sending is done: without one of its own this would wait for the sweep, should it fail.
    if (moved) await deps.enqueue(tx, refundCommand, { refundId: refund.id }, { key: refund.id })
    return moved
  })
  if (requested) await sendRefund(deps, refund.id)
}

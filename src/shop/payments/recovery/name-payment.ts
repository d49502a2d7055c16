import { sql } from 'kysely'
import { isUniqueViolation, type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type PaymentsDeps, providerOf } from '../deps.ts'
import type { LookupResult } from '../provider.ts'
import { isOurs } from '../rules/attempt.ts'
import { refundCommand, SWEPT_AFTER } from '../settling/request-refund.ts'
import {
  type Attempt,
  expectedOf,
  lockAttempt,
  originOf,
  readAttempt,
  rememberStep,
} from '../store/attempt-store.ts'
import { moveRefund, type RefundRow } from '../store/refund-store.ts'
import { payments } from '../store/tables.ts'

export interface Naming {
  paymentId: string
  /** The payment's id at the provider, as an operator found it in the provider's console. */
  providerRef: string
  /** What the operator saw, for the books. */
  evidence: string
  operatorId: string
}

/**
 * A charge by token that is known only from evidence has no id at the provider, and without one it cannot be refunded.
 * An operator names it; the provider is asked whether that is our payment. A refund that waited for it is sent.
 * Naming it the same again changes nothing.
 * Refusals: not_found, payment_not_refundable (it took no money, as far as is known), provider_ref_mismatch,
 * lookup_failed.
 */
export async function namePayment(
  deps: PaymentsDeps,
  naming: Naming,
): Promise<
  Attempt | Refused<'not_found' | 'payment_not_refundable' | 'provider_ref_mismatch' | 'lookup_failed'>
> {
  const attempt = await readAttempt(deps.db, naming.paymentId)
  if (!attempt) return refused('not_found')
  if (attempt.state !== 'succeeded' && attempt.state !== 'succeeded_late')
    return refused('payment_not_refundable')
  if (attempt.provider_ref !== null)
    return attempt.provider_ref === naming.providerRef ? attempt : refused('provider_ref_mismatch')
  const no = await confirm(deps, attempt, naming.providerRef)
  if (no) return no
  try {
    await transact(deps.db, (tx) => write(deps, tx, naming))
  } catch (error) {
    if (isUniqueViolation(error, 'attempt_provider_ref')) return refused('provider_ref_mismatch')
    throw error
  }
  const named = await readAttempt(deps.db, attempt.id)
  return named?.provider_ref === naming.providerRef ? named : refused('provider_ref_mismatch')
}

async function confirm(
  deps: PaymentsDeps,
  attempt: Attempt,
  ref: string,
): Promise<Refused<'provider_ref_mismatch' | 'lookup_failed'> | undefined> {
  const provider = providerOf(deps, attempt.provider)
  const found = await provider.lookup(
    { merchantRef: attempt.id, ref, origin: originOf(attempt) },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${attempt.id}-name` },
  )
  if (isOther(found)) return refused('provider_ref_mismatch')
  if (found.kind !== 'found') return refused('lookup_failed', { retryAfterSeconds: 30 })
  const { status } = found.payment
  const charged = status === 'paid' || status === 'partially_refunded' || status === 'refunded'
  return charged && isOurs(found.payment, { ...expectedOf(attempt), ref })
    ? undefined
    : refused('provider_ref_mismatch')
}

function isOther(found: LookupResult): boolean {
  return (
    found.kind === 'not_found' ||
    found.kind === 'not_charged_yet' ||
    (found.kind === 'error' && found.reason === 'mismatch')
  )
}

async function write(deps: PaymentsDeps, tx: Tx, naming: Naming): Promise<void> {
  const { paymentId, providerRef, evidence, operatorId } = naming
  const attempt = await lockAttempt(tx, paymentId)
  if (attempt?.provider_ref !== null) return
  const now = deps.clock.now()
  await payments(tx)
    .updateTable('payments.attempt')
    .set({ provider_ref: providerRef, updated_at: now })
    .where('id', '=', paymentId)
    .execute()
  const note = { operator: operatorId, evidence, providerRef }
  await rememberStep(tx, { attemptId: paymentId, at: now, step: 'named', note })
  const { rows } = await sql<RefundRow>`
    select * from payments.refund where attempt_id = ${paymentId} and state = 'unknown' and send_no = 0
    for no key update`.execute(tx)
  for (const refund of rows) {
    // It was never sent, so nothing about it is in doubt.
    const changes = { needs_review: false, looks: 0, next_look_at: now.add(SWEPT_AFTER) }
    await moveRefund(tx, refund, 'requested', now, changes)
    await deps.enqueue(tx, refundCommand, { refundId: refund.id }, { key: refund.id })
  }
}

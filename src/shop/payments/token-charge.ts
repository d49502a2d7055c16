import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Tx } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { vatOf, ZERO_WON } from '../../platform/money.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import { settlementOf } from './attempt.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from './deps.ts'
import { type Method, readMethod } from './method.ts'
import { settle } from './settle.ts'
import { type Attempt, expectedOf, noteOf, openAttemptOf, readAttempt } from './store.ts'
import { payments } from './tables.ts'

export interface TokenCharge {
  orderId: string
  paymentMethodId: string
  now: Temporal.Instant
}

/**
 * Providers tell times of charges to the second. Two charges of one token are kept this far apart, so that the time
 * of the latest one always says which of them it was.
 */
const TOKEN_SPACING_MS = 2_000

/**
 * First step of charging an order by a stored token, in the caller's transaction: the attempt is written before
 * anything is sent.
 * Refusals: those of the order; payment_in_progress; payment_method_gone (not the owner's, revoked or dead);
 * payment_method_busy (another charge of the token is open or only just over; `facts.retryAfterMs`).
 */
export async function prepareTokenCharge(
  deps: PaymentsDeps,
  tx: Tx,
  { orderId, paymentMethodId, now }: TokenCharge,
): Promise<{ kind: 'prepared'; attemptId: string } | Refused> {
  const order = await deps.payable.lockForPayment(tx, orderId)
  if (order.kind === 'refused') return order
  if (await openAttemptOf(tx, orderId)) return refused('payment_in_progress', { retryAfterSeconds: 3 })
  const method = await lockMethod(tx, paymentMethodId)
  if (method?.owner_id !== order.ownerId || method.state !== 'active') return refused('payment_method_gone')
  const busy = await busyFor(tx, method, now)
  if (busy > 0) return refused('payment_method_busy', { facts: { retryAfterMs: busy } })
  const id = newId()
  await payments(tx)
    .insertInto('payments.attempt')
    .values({
      id,
      order_id: orderId,
      owner_id: order.ownerId,
      provider: method.provider,
      origin: 'token',
      mode: 'pay',
      method_id: method.id,
      state: 'created',
      total: order.total,
      tax_free: ZERO_WON,
      vat: vatOf(order.total, ZERO_WON),
      item_name: order.itemName,
      quantity: order.quantity,
      buyer_ref: method.buyer_ref,
      return_key: randomBytes(16).toString('base64url'),
      method: method.display,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return { kind: 'prepared', attemptId: id }
}

async function lockMethod(tx: Tx, id: string): Promise<Method | undefined> {
  return payments(tx)
    .selectFrom('payments.method')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

async function busyFor(tx: Tx, method: Method, now: Temporal.Instant): Promise<number> {
  const open = await payments(tx)
    .selectFrom('payments.attempt')
    .select('id')
    .where('method_id', '=', method.id)
    .where('state', 'in', ['created', 'sent', 'unknown'])
    .executeTakeFirst()
  if (open) return TOKEN_SPACING_MS
  const since = method.last_charged_at
    ? now.since(method.last_charged_at).total('milliseconds')
    : Number.POSITIVE_INFINITY
  // A charge "in the future" is a clock set back, not a reason to wait.
  return since >= 0 && since < TOKEN_SPACING_MS ? Math.ceil(TOKEN_SPACING_MS - since) : 0
}

export type ChargeResult = 'paid' | 'declined' | 'unknown' | 'not_sent' | 'failed' | 'stale'

/**
 * Second and third step: sends a prepared charge and writes what became of it. Only one caller gets to send it; the
 * others see 'stale'. Never throws for trouble at the provider.
 */
export async function sendTokenCharge(deps: PaymentsDeps, attemptId: string): Promise<ChargeResult> {
  const seen = await readAttempt(deps.db, attemptId)
  const method = seen?.method_id ? await readMethod(deps.db, seen.method_id) : undefined
  if (seen?.state !== 'created' || !method) return 'stale'
  const provider = providerOf(deps, seen.provider)
  // Decrypted before the attempt counts as sent: a lost key must not look like a lost answer.
  const token = deps.cipher.decrypt(method.token, method.id)
  const sent = await claim(deps, seen, provider.capabilities.chargeTimeoutMs)
  if (!sent) return 'stale'
  const outcome = await provider.chargeToken(
    {
      merchantRef: sent.id,
      token,
      buyerRef: sent.buyer_ref,
      itemName: sent.item_name,
      quantity: sent.quantity,
      money: { total: sent.total, taxFree: sent.tax_free, vat: sent.vat },
    },
    { deadline: Date.now() + provider.capabilities.chargeTimeoutMs, idempotencyKey: sent.id },
  )
  const payment = outcome.kind === 'ok' ? { ...outcome, value: { payment: outcome.value } } : outcome
  const settlement = settlementOf(payment, expectedOf(sent))
  const settled = await settle(deps, sent, settlement, noteOf(outcome))
  return settled ? settlement.kind : 'stale'
}

/** created → sent in one statement, with its evidence. */
async function claim(deps: PaymentsDeps, seen: Attempt, timeoutMs: number): Promise<Attempt | undefined> {
  const now = deps.clock.now()
  const { rows } = await sql<Attempt>`
    with sent as (
      update payments.attempt
      set state = 'sent', send_no = send_no + 1, sent_at = ${now}, updated_at = ${now}, next_look_at = null,
          lease_until = ${leaseUntil(now, timeoutMs)}, version = version + 1
      where id = ${seen.id} and state = 'created' and send_no = ${seen.send_no}
      returning *),
    noted as (
      insert into payments.history (attempt_id, at, step, note) select id, ${now}, 'sent', '{}' from sent)
    select * from sent`.execute(deps.db)
  return rows[0]
}

import { type Tx, transact } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { once } from '../../../platform/http/idempotency.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import type { PayableOrder } from '../payable.ts'
import type { BeginCheckout, Checkout, Outcome, ProviderName } from '../provider.ts'
import { lookUpOpenAttempt } from '../recovery/look-up.ts'
import { isInFlight } from '../rules/attempt.ts'
import { endAttempt, endAttemptUntold } from '../settling/end-attempt.ts'

import {
  type Attempt,
  createAttempt,
  moveAttempt,
  noteOf,
  openAttemptOf,
  readAttempt,
} from '../store/attempt-store.ts'
import { payments } from '../store/tables.ts'
import { untilMoved } from '../store/wait.ts'

export interface BeginInput {
  actor: Actor
  orderId: string
  provider: ProviderName
  device: 'pc' | 'mobile' | 'app'
  idempotencyKey: string
}

/** The order is kept a little longer than the provider's page, so that a payment at the last second still finds it. */
const KEEP_AFTER_CHECKOUT = { minutes: 2 } as const

/**
 * Starts paying an own order: makes the attempt, asks the provider for its page, answers where to send the browser.
 * Asking again while the customer is on the page gives the same page. A repeat with the same key gets the same
 * answer, also when the provider could not be reached; a new try takes a new key.
 * Refusals: not_found, order_already_paid, order_closed, provider_not_offered, amount_below_minimum,
 * payment_in_progress, provider_unavailable, payment_not_started, and those of idempotency.
 */
export async function beginCheckout(deps: PaymentsDeps, input: BeginInput): Promise<Attempt | Refused> {
  if (!deps.providers.has(input.provider)) return refused('provider_not_offered')
  let prepared = await prepareOnce(deps, input)
  if (prepared.kind === 'refused' && prepared.code === 'payment_in_progress') {
    // The last payment may be settled by now: one look, if one is due, before the customer is sent away.
    if ((await lookUpOpenAttempt(deps, input.orderId)) > 0) prepared = await prepareOnce(deps, input)
  }
  if (prepared.kind === 'refused') return prepared
  const attempt = await readAttempt(deps.db, prepared.body.attemptId)
  if (!attempt) throw new Error('the attempt just made is gone')
  return attempt.state === 'created' ? callReady(deps, attempt, input.device) : startedOrWhy(attempt)
}

function prepareOnce(deps: PaymentsDeps, input: BeginInput) {
  const body = { orderId: input.orderId, provider: input.provider, device: input.device }
  const request = { scope: `payments:${input.actor.userId}`, key: input.idempotencyKey, body }
  return once<{ attemptId: string }>(deps.db, request, deps.clock.now(), (tx) => prepare(deps, tx, input))
}

async function prepare(deps: PaymentsDeps, tx: Tx, input: BeginInput) {
  const order = await deps.payable.lockForPayment(tx, input.orderId, input.actor.userId)
  if (order.kind === 'refused') return order
  if (order.ownerId !== input.actor.userId) return refused('not_found')
  const provider = providerOf(deps, input.provider)
  if (order.total < provider.capabilities.minimumAmount) {
    return refused('amount_below_minimum', { facts: { minimum: provider.capabilities.minimumAmount } })
  }
  const now = deps.clock.now()
  const open = await openAttemptOf(tx, input.orderId)
  if (open) {
    const stillValid = open.expires_at !== null && Temporal.Instant.compare(now, open.expires_at) < 0
    if (open.state === 'awaiting_customer' && open.provider === input.provider && stillValid) {
      return { kind: 'answered' as const, status: 200, body: { attemptId: open.id } }
    }
    if (isInFlight(open.state) || open.state === 'created' || open.state === 'authorised') {
      return refused('payment_in_progress', { retryAfterSeconds: 3, facts: { paymentId: open.id } })
    }
    await endAttemptUntold(tx, open, 'cancelled', now, { code: 'replaced' })
  }
  const attemptId = await insertAttempt(deps, tx, order, input.provider, now)
  const keepUntil = now.add(provider.capabilities.checkoutTtl).add(KEEP_AFTER_CHECKOUT)
  await deps.payable.keepOpenUntil(tx, order.orderId, keepUntil)
  return { kind: 'answered' as const, status: 201, body: { attemptId } }
}

async function insertAttempt(
  deps: PaymentsDeps,
  tx: Tx,
  order: PayableOrder,
  name: ProviderName,
  now: Temporal.Instant,
): Promise<string> {
  const attempt = {
    order_id: order.orderId,
    owner_id: order.ownerId,
    provider: name,
    origin: 'checkout',
    mode: order.recurring ? 'pay_and_issue_token' : 'pay',
    total: order.total,
    item_name: order.itemName,
    quantity: order.quantity,
    buyer_ref: order.ownerId,
    created_at: now,
    lease_until: leaseUntil(now, providerOf(deps, name).capabilities.callTimeoutMs),
  } as const
  return createAttempt(tx, attempt, { total: order.total })
}

/**
 * Asks the provider for its page. Only the caller that wins the compare-and-set asks; others wait for it. Nothing
 * here can move money: without the answer the attempt simply ends and a new one may start.
 */
async function callReady(
  deps: PaymentsDeps,
  created: Attempt,
  device: BeginCheckout['device'],
): Promise<Attempt | Refused> {
  const provider = providerOf(deps, created.provider)
  const claimed = await claimReady(deps, created)
  if (!claimed) {
    const moved = await untilMoved(deps, created)
    return 'kind' in moved ? moved : startedOrWhy(moved)
  }
  const outcome = await provider.beginCheckout(
    {
      merchantRef: claimed.id,
      mode: claimed.mode,
      buyerRef: claimed.buyer_ref,
      itemName: claimed.item_name,
      quantity: claimed.quantity,
      money: { total: claimed.total, taxFree: claimed.tax_free, vat: claimed.vat },
      urls: returnUrls(deps.settings.publicUrl, claimed),
      device,
    },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${claimed.id}-ready` },
  )
  if (outcome.kind === 'invalid') {
    const { code } = outcome
    deps.log.error({ attemptId: claimed.id, code }, 'the provider rejected our request as invalid')
  }
  const moved = await transact<Attempt | undefined>(
    deps.db,
    async (tx, rollback) => (await finishReady(deps, tx, claimed, outcome)) ?? rollback(undefined),
  )
  return startedOrWhy(moved ?? (await readAttempt(deps.db, claimed.id)) ?? claimed)
}

/** The sending number goes from 0 to 1 once: whoever does it makes the call. */
function claimReady(deps: PaymentsDeps, created: Attempt): Promise<Attempt | undefined> {
  const now = deps.clock.now()
  return payments(deps.db)
    .updateTable('payments.attempt')
    .set({ send_no: 1, sent_at: now, updated_at: now })
    .where('id', '=', created.id)
    .where('state', '=', 'created')
    .where('send_no', '=', 0)
    .returningAll()
    .executeTakeFirst()
}

function finishReady(
  deps: PaymentsDeps,
  tx: Tx,
  claimed: Attempt,
  outcome: Outcome<Checkout>,
): Promise<Attempt | undefined> {
  const now = deps.clock.now()
  const note = noteOf(outcome)
  if (outcome.kind !== 'ok') {
    const code = 'code' in outcome ? outcome.code : outcome.kind
    return endAttempt(deps, tx, claimed, 'failed', now, { code, changes: { decline_code: code }, note })
  }
  const changes = {
    provider_ref: outcome.value.ref ?? null,
    redirect_url: outcome.value.redirectUrl,
    expires_at: now.add(providerOf(deps, claimed.provider).capabilities.checkoutTtl),
    lease_until: null,
  }
  return moveAttempt(tx, claimed, 'awaiting_customer', now, changes, note)
}

/** The attempt, once it has a page; otherwise why it has none. */
function startedOrWhy(attempt: Attempt): Attempt | Refused {
  if (attempt.redirect_url !== null) return attempt
  return attempt.decline_code === 'unavailable'
    ? refused('provider_unavailable', { retryAfterSeconds: 5 })
    : refused('payment_not_started', { retryAfterSeconds: 3 })
}

/** The three addresses the provider sends the browser back to. */
export function returnUrls(
  publicUrl: string,
  attempt: { id: string; return_key: string },
): BeginCheckout['urls'] {
  const base = `${publicUrl}/api/payments/return/${attempt.id}/${attempt.return_key}`
  return { success: `${base}/success`, cancel: `${base}/cancel`, fail: `${base}/fail` }
}

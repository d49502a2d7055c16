import type { Tx } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import { once } from '../../../platform/http/idempotency.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import type { PayableOrder } from '../payable.ts'
import type { ProviderName } from '../provider.ts'
import { lookUpOpenAttempt } from '../recovery/look-up.ts'
import { isInFlight } from '../rules/attempt.ts'
import { checkReceiptWish, type ReceiptWish } from '../rules/cash-receipt.ts'
import { keepReceiptWish } from '../settling/cash-receipt.ts'
import { endAttemptUntold } from '../settling/end-attempt.ts'
import { type Attempt, createAttempt, openAttemptOf, readAttempt } from '../store/attempt-store.ts'
import { checkoutVisit } from './checkout-visit.ts'
import { askForPage, openPage } from './provider-page.ts'

export interface BeginInput {
  actor: Actor
  orderId: string
  provider: ProviderName
  device: 'pc' | 'mobile' | 'app'
  idempotencyKey: string
  /** The cash receipt that is wanted should the payment come out of an account. */
  cashReceipt?: ReceiptWish | undefined
}

/** The order is kept a little longer than the provider's page, so that a payment at the last second still finds it. */
const KEEP_AFTER_CHECKOUT = { minutes: 2 } as const

/**
 * Starts paying an own order: makes the attempt, asks the provider for its page, answers where to send the browser.
 * Asking again while the customer is on the page gives the same page. A repeat with the same key gets the same
 * answer, also when the provider could not be reached; a new try takes a new key.
 * Refusals: not_found, order_already_paid, order_closed, provider_not_offered, amount_below_minimum,
 * payment_in_progress, provider_unavailable, payment_not_started, invalid_request (the number for a cash receipt), and
 * those of idempotency.
 */
export async function beginCheckout(
  deps: PaymentsDeps,
  { cashReceipt, ...asked }: BeginInput,
): Promise<
  | Attempt
  | RefusedBy<typeof prepareOnce>
  | RefusedBy<typeof checkReceiptWish>
  | Refused<
      'provider_not_offered' | 'provider_unavailable' | 'payment_not_started' | 'registration_not_started'
    >
> {
  if (!deps.providers.has(asked.provider)) return refused('provider_not_offered')
  const wish = cashReceipt && checkReceiptWish(cashReceipt)
  if (wish?.kind === 'refused') return wish
  const input = { ...asked, cashReceipt: wish?.wish }
  let prepared = await prepareOnce(deps, input)
  if (prepared.kind === 'refused' && prepared.code === 'payment_in_progress') {
    // The last payment may be settled by now: one look, if one is due, before the customer is sent away.
    if ((await lookUpOpenAttempt(deps, input.orderId)) > 0) prepared = await prepareOnce(deps, input)
  }
  if (prepared.kind === 'refused') return prepared
  // Whoever makes an attempt asks for its page: nobody else has to be kept from it.
  if (prepared.made) return askForPage(deps, checkoutVisit(deps), prepared.made, input.device)
  const attempt = await readAttempt(deps.db, prepared.body.attemptId)
  if (!attempt) throw new Error('the attempt of a kept answer is gone')
  return openPage(deps, checkoutVisit(deps), attempt, input.device)
}

/** Where an attempt was made here and now, it comes along with the answer that is kept. */
async function prepareOnce(deps: PaymentsDeps, input: BeginInput) {
  const { orderId, provider, device, cashReceipt: wish } = input
  // Of the body a plain hash is kept, and there are few numbers: all of them are soon tried.
  const cashReceipt = wish && {
    use: wish.use,
    mark: deps.cipher.mark(wish.number, `cash-receipt:${orderId}`),
  }
  const body = { orderId, provider, device, ...(cashReceipt ? { cashReceipt } : {}) }
  const request = { scope: `payments:${input.actor.userId}`, key: input.idempotencyKey, body }
  let made: Attempt | undefined
  const answer = await once(deps.db, request, deps.clock.now(), async (tx) => {
    const prepared = await prepare(deps, tx, input)
    if (prepared.kind === 'refused') return prepared
    made = prepared.made
    const { attemptId, status } = prepared
    return { kind: 'answered', status, body: { attemptId } }
  })
  if (answer.kind === 'refused') return answer
  // A transaction may have been undone and run again: what it made the first time is gone.
  return { ...answer, made: made?.id === answer.body.attemptId ? made : undefined }
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
      await keepReceiptWish(deps, tx, open.id, input.cashReceipt)
      return { kind: 'prepared' as const, status: 200, attemptId: open.id }
    }
    if (isInFlight(open.state) || open.state === 'created' || open.state === 'authorised') {
      return refused('payment_in_progress', { retryAfterSeconds: 3, facts: { paymentId: open.id } })
    }
    await endAttemptUntold(tx, open, 'cancelled', now, { code: 'replaced' })
  }
  const made = await insertAttempt(deps, tx, order, input.provider, now)
  if (input.cashReceipt) await keepReceiptWish(deps, tx, made.id, input.cashReceipt)
  const keepUntil = now.add(provider.capabilities.checkoutTtl).add(KEEP_AFTER_CHECKOUT)
  await keepOrderUntil(deps, tx, order, keepUntil)
  return { kind: 'prepared' as const, status: 201, attemptId: made.id, made }
}

/** An order that stays open that long by itself is left alone. */
async function keepOrderUntil(deps: PaymentsDeps, tx: Tx, order: PayableOrder, until: Temporal.Instant) {
  const { orderId, openUntil } = order
  if (openUntil && Temporal.Instant.compare(openUntil, until) >= 0) return
  await deps.payable.keepOpenUntil(tx, orderId, until)
}

async function insertAttempt(
  deps: PaymentsDeps,
  tx: Tx,
  order: PayableOrder,
  name: ProviderName,
  now: Temporal.Instant,
): Promise<Attempt> {
  const attempt = {
    order_id: order.orderId,
    owner_id: order.ownerId,
    provider: name,
    origin: 'checkout',
    mode: order.recurring ? 'pay_and_issue_token' : 'pay',
    total: order.total,
    tax_free: order.taxFree,
    item_name: order.itemName,
    quantity: order.quantity,
    buyer_ref: order.ownerId,
    created_at: now,
    // With its page asked for: whoever finds it waits for that.
    send_no: 1,
    sent_at: now,
    lease_until: leaseUntil(now, providerOf(deps, name).capabilities.callTimeoutMs),
  } as const
  return createAttempt(tx, attempt, { total: order.total })
}

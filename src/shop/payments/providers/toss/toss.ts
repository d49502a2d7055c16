import { won } from '../../../../platform/money.ts'
import type {
  BeginCheckout,
  CallContext,
  Capabilities,
  ChargeToken,
  Checkout,
  CompleteCheckout,
  Completed,
  Completion,
  IssuedToken,
  IssueToken,
  Lookup,
  LookupResult,
  Outcome,
  PaymentProvider,
  ProviderPayment,
  Refund,
  SettledList,
  SettledMovement,
} from '../../provider.ts'
import {
  invalid,
  lookupError,
  NO_WIRE,
  notAccepted,
  noteOf,
  notListed,
  ok,
  type Trouble,
  unknown,
} from '../answers.ts'
import { createLine, type LineOptions, type Operation } from '../provider-line.ts'
import { cut } from '../provider-values.ts'
import { hasCode, readToss, tossVerdict } from './answers.ts'
import { tossCashReceipts } from './cash-receipts.ts'
import { tossHintOf } from './hint.ts'
import { chargeOf, refundedOf, tossLookupOf, tossTokenOf } from './payment.ts'
import { parseReturn } from './return.ts'
import { BillingBody, PaymentBody } from './schemas.ts'
import { readTransactions } from './transactions.ts'

export interface TossSettings extends LineOptions {
  /** Origin of the API, e.g. `https://api.tosspayments.com`; the paths are added here. */
  baseUrl: string
  secretKey: string
  /** The public key the browser's SDK starts with; of the same pair as the secret key. */
  clientKey: string
  /**
   * The page that opens the payment window: with the real service a page of ours that starts the SDK of Toss
   * Payments with the parameters of its address, with the simulator its checkout page.
   */
  checkoutPageUrl: string
}

/** Transactions in one answer; the most is 5,000. */
const LIST_PAGE = 5_000

const CAPABILITIES: Capabilities = {
  lookupByMerchantRef: true,
  // A payment key is confirmed once, and both steps of a first token payment are replayed by their idempotency key.
  completeIsIdempotent: true,
  idempotencyKeys: true,
  checkoutTtl: Temporal.Duration.from({ minutes: 30 }),
  settleWindow: Temporal.Duration.from({ hours: 24 }),
  chargeTimeoutMs: 60_000,
  callTimeoutMs: 10_000,
  // Cards; accounts would need 200.
  minimumAmount: won(100),
  listsSettled: true,
  revokesTokens: true,
  // Neither by key nor by customer can a billing key be read again, but the answer to an idempotency key can.
  issuesTokens: 'repeat',
}

const ORDER_ID = /^[\w-]{6,64}$/
const CUSTOMER_KEY = /^[\w\-=.,@]{2,300}$/
const ORDER_NAME_MAX = 100
const REASON_MAX = 200

/**
 * Toss Payments, core API v1: card payments confirmed after the customer's return, and recurring ones by billing key.
 *
 * A first payment that also gives a token is two calls: the billing key is issued for the `authKey` of the return,
 * then charged. Whatever breaks between or after them, the look-up by our reference tells whether money moved; and
 * completing again with the same proof and the same idempotency key is safe for 15 days: Toss replays the issued
 * key (which cannot be read in any other way) and then charges, or replays the charge. A key whose charge was
 * refused is known to nobody and is left to expire with its card.
 *
 * A token alone (mode `issue_token`) is the first of these calls without the second.
 */
export function createToss(settings: TossSettings): PaymentProvider {
  const { secretKey, clientKey, checkoutPageUrl, now = Date.now } = settings
  const line = createLine({
    ...settings,
    name: 'toss',
    headers: { authorization: `Basic ${Buffer.from(`${secretKey}:`).toString('base64')}` },
    timeoutMs: timeoutOf,
    verdict: tossVerdict,
  })

  function post(
    operation: Operation,
    path: string,
    json: Readonly<Record<string, unknown>>,
    call: CallContext,
  ) {
    const headers = { 'idempotency-key': call.idempotencyKey }
    return line.send(operation, { method: 'POST', path, headers, body: { json } }, call.deadline)
  }

  async function beginCheckout(input: BeginCheckout): Promise<Outcome<Checkout>> {
    const wrong = refusedReference(input)
    if (wrong !== undefined) return wrong
    const { merchantRef, buyerRef, money, urls } = input
    const page = new URL(checkoutPageUrl)
    const parameters = {
      mode: input.mode === 'pay' ? 'pay' : 'billing',
      clientKey,
      customerKey: buyerRef,
      orderId: merchantRef,
      orderName: cut(input.itemName, ORDER_NAME_MAX),
      amount: String(money.total),
      taxFreeAmount: String(money.taxFree),
      successUrl: urls.success,
      failUrl: urls.fail,
    }
    for (const [name, value] of Object.entries(parameters)) page.searchParams.set(name, value)
    return ok({ ref: undefined, redirectUrl: page.href }, NO_WIRE)
  }

  function completeCheckout(input: CompleteCheckout, call: CallContext): Promise<Completion<Completed>> {
    return input.mode === 'pay' ? confirm(input, call) : issueAndCharge(input, call)
  }

  async function confirm(input: CompleteCheckout, call: CallContext): Promise<Completion<Completed>> {
    const { merchantRef, money } = input
    const { paymentKey, orderId, amount } = input.proof
    if (paymentKey === undefined || orderId !== merchantRef || amount !== String(money.total))
      return FORGED_RETURN
    const json = { paymentKey, orderId: merchantRef, amount: money.total }
    const reply = await post('complete', '/v1/payments/confirm', json, call)
    const stranger = NO_SUCH_PAYMENT.find((code) => hasCode(reply.result, code))
    if (stranger !== undefined) return notAccepted(stranger, '', noteOf(reply, [secretKey]))
    const read = readToss(PaymentBody, reply, [secretKey])
    if (read.kind !== 'ok') return read
    const payment = chargeOf(read.value, { merchantRef, total: money.total, paymentKey })
    return typeof payment === 'string' ? unknown(payment, read.wire) : ok({ payment }, read.wire)
  }

  async function issueAndCharge(input: CompleteCheckout, call: CallContext): Promise<Completion<Completed>> {
    const wrong = refusedReference(input)
    if (wrong !== undefined) return wrong
    const { authKey, customerKey } = input.proof
    if (authKey === undefined || customerKey !== input.buyerRef) return FORGED_RETURN
    const issued = await issueToCharge(authKey, input, call)
    if (issued.kind !== 'ok') return issued
    const token = issued.value
    const charged = await chargeWith('complete', { ...input, token: token.token }, call)
    return charged.kind === 'ok' ? ok({ payment: charged.value, token }, charged.wire) : charged
  }

  async function issueToCharge(
    authKey: string,
    { buyerRef, merchantRef }: CompleteCheckout,
    call: CallContext,
  ): Promise<Completion<IssuedToken>> {
    const { reply, issued } = await issueBillingKey(authKey, buyerRef, call)
    if (issued.kind === 'ok' || !hasCode(reply.result, 'INVALID_BILL_KEY_REQUEST')) return issued
    // A used authKey is refused like a wrong one. Once Toss has forgotten our idempotency key this may be the repeat
    // of a completion that did charge, so the refusal is believed only when there is no payment.
    const found = await lookup({ merchantRef, ref: undefined, origin: 'token' }, call)
    return found.kind === 'not_found'
      ? notAccepted('INVALID_BILL_KEY_REQUEST', '', noteOf(reply, [secretKey, authKey]))
      : unknown('already_processed', noteOf(reply, [secretKey, authKey]))
  }

  async function issueBillingKey(authKey: string, customerKey: string, call: CallContext) {
    const reply = await post('complete', '/v1/billing/authorizations/issue', { authKey, customerKey }, call)
    const read = readToss(BillingBody, reply, [secretKey, authKey])
    if (read.kind !== 'ok') return { reply, issued: read }
    const token = tossTokenOf(read.value, customerKey, Temporal.Instant.fromEpochMilliseconds(now()))
    return { reply, issued: token === undefined ? unknown('mismatch', read.wire) : ok(token, read.wire) }
  }

  async function issueToken(input: IssueToken, call: CallContext): Promise<Completion<IssuedToken>> {
    const wrong = refusedReference(input)
    if (wrong !== undefined) return wrong
    const { authKey, customerKey } = input.proof
    if (authKey === undefined || customerKey !== input.buyerRef) return FORGED_RETURN
    return (await issueBillingKey(authKey, customerKey, call)).issued
  }

  async function chargeWith(
    operation: 'charge' | 'complete',
    input: Omit<ChargeToken, 'quantity'>,
    call: CallContext,
  ): Promise<Outcome<ProviderPayment>> {
    const { token: billingKey, merchantRef, buyerRef, money } = input
    const json = {
      amount: money.total,
      customerKey: buyerRef,
      orderId: merchantRef,
      orderName: cut(input.itemName, ORDER_NAME_MAX),
      taxFreeAmount: money.taxFree,
    }
    const reply = await post(operation, `/v1/billing/${encodeURIComponent(billingKey)}`, json, call)
    const read = readToss(PaymentBody, reply, [secretKey, billingKey])
    if (read.kind !== 'ok') return read
    const payment = chargeOf(read.value, { merchantRef, total: money.total })
    return typeof payment === 'string' ? unknown(payment, read.wire) : ok(payment, read.wire)
  }

  async function chargeToken(input: ChargeToken, call: CallContext): Promise<Outcome<ProviderPayment>> {
    return refusedReference(input) ?? chargeWith('charge', input, call)
  }

  async function refund(input: Refund, call: CallContext): Promise<Outcome<ProviderPayment>> {
    const { ref: paymentKey, money } = input
    const json = {
      cancelReason: cut(input.reason, REASON_MAX) || '환불',
      cancelAmount: money.total,
      taxFreeAmount: money.taxFree,
      // The guard: a refund made twice fails here instead of paying out twice.
      refundableAmount: input.refundableBefore,
    }
    const reply = await post('refund', `/v1/payments/${encodeURIComponent(paymentKey)}/cancel`, json, call)
    const read = readToss(PaymentBody, reply, [secretKey])
    if (read.kind !== 'ok') return read
    const payment = refundedOf(read.value, { paymentKey, refunded: money.total })
    return typeof payment === 'string' ? unknown(payment, read.wire) : ok(payment, read.wire)
  }

  async function lookup(input: Lookup, call: CallContext): Promise<LookupResult> {
    const { ref: paymentKey, merchantRef } = input
    const key = encodeURIComponent(paymentKey ?? merchantRef)
    const path = paymentKey === undefined ? `/v1/payments/orders/${key}` : `/v1/payments/${key}`
    const reply = await line.send('lookup', { method: 'GET', path }, call.deadline)
    if (hasCode(reply.result, 'NOT_FOUND_PAYMENT')) return { kind: 'not_found' }
    const read = readToss(PaymentBody, reply, [secretKey])
    return read.kind === 'ok' ? tossLookupOf(read.value, { merchantRef, paymentKey }) : lookupError(read)
  }

  /** Some copies of the documents know no such function: an address that is not there counts as done. */
  async function revokeToken(
    { token: billingKey }: { token: string },
    call: CallContext,
  ): Promise<Outcome<{ revoked: true }>> {
    const path = `/v1/billing/${encodeURIComponent(billingKey)}`
    const reply = await line.send('revoke', { method: 'DELETE', path }, call.deadline)
    const secrets = [secretKey, billingKey]
    const { result } = reply
    const done = result.kind === 'answered' && [200, 204, 404, 405].includes(result.status)
    if (done) return ok({ revoked: true }, noteOf(reply, secrets))
    const read = readToss(PaymentBody, reply, secrets)
    return read.kind === 'ok' ? unknown('bad_body', read.wire) : read
  }

  /** Page by page, until one is not full. */
  async function listSettled(
    { from, to }: { from: Temporal.PlainDate; to: Temporal.PlainDate },
    call: CallContext,
  ): Promise<SettledList> {
    const movements: SettledMovement[] = []
    let after = ''
    for (;;) {
      const path = `/v1/transactions?startDate=${from}T00:00:00&endDate=${to}T23:59:59.999&limit=${LIST_PAGE}${after}`
      const { result } = await line.send('list', { method: 'GET', path }, call.deadline)
      if (result.kind !== 'answered') return { kind: 'not_listed', why: 'no_answer', reason: result.reason }
      const page = result.status === 200 ? readTransactions(result.bodyText) : undefined
      if (!page) return notListed(result.status)
      movements.push(...page.movements)
      if (page.count < LIST_PAGE || page.last === undefined) return { kind: 'listed', movements }
      after = `&startingAfter=${encodeURIComponent(page.last)}`
    }
  }

  return {
    name: 'toss',
    capabilities: CAPABILITIES,
    cashReceipts: tossCashReceipts(line, settings),
    beginCheckout: (input) => line.observed('checkout', () => beginCheckout(input)),
    parseReturn,
    readHint: tossHintOf,
    completeCheckout: (input, call) => line.observed('complete', () => completeCheckout(input, call)),
    issueToken: (input, call) => line.observed('complete', () => issueToken(input, call)),
    chargeToken: (input, call) => line.observed('charge', () => chargeToken(input, call)),
    refund: (input, call) => line.observed('refund', () => refund(input, call)),
    lookup: (input, call) => line.observed('lookup', () => lookup(input, call)),
    revokeToken: (input, call) => line.observed('revoke', () => revokeToken(input, call)),
    listSettled: (days, call) => line.observed('lookup', () => listSettled(days, call)),
    breakers: line.breakers,
    stop: line.stop,
  }
}

/** What came back speaks of another order, amount or customer, or of another kind of payment. Nothing is sent, so nothing is charged. */
const FORGED_RETURN = notAccepted('return_mismatch', '결제 정보가 주문과 일치하지 않습니다.')

/** Toss does not know the payment key, or no payment by it waits to be confirmed: nothing was, by this call. */
const NO_SUCH_PAYMENT = ['NOT_FOUND_PAYMENT', 'NOT_FOUND_PAYMENT_SESSION'] as const

/** References Toss would refuse are refused before anything is sent. */
function refusedReference({
  merchantRef,
  buyerRef,
}: {
  merchantRef: string
  buyerRef: string
}): Trouble | undefined {
  if (!ORDER_ID.test(merchantRef)) return invalid('invalid_order_id', 'orderId: 6 to 64 of A-Z a-z 0-9 - _')
  if (!CUSTOMER_KEY.test(buyerRef))
    return invalid('invalid_customer_key', 'customerKey: 2 to 300 of A-Z a-z 0-9 - _ = . , @')
  return undefined
}

function timeoutOf(operation: Operation): number {
  const movesMoney = operation === 'complete' || operation === 'charge' || operation === 'refund'
  return movesMoney ? CAPABILITIES.chargeTimeoutMs : CAPABILITIES.callTimeoutMs
}

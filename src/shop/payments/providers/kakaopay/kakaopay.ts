import { won, ZERO_WON } from '../../../../platform/money.ts'
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
  Returned,
  SettledList,
} from '../../provider.ts'
import { invalid, lookupError, notAccepted, noteOf, notListed, ok, unknown } from '../answers.ts'
import { createLine, type LineOptions, type Operation } from '../provider-line.ts'
import { cut, instantFrom } from '../provider-values.ts'
import { errorCodeOf, kakaoPayVerdict, readKakaoPay } from './answers.ts'
import { lookupOf, paymentOfApproval, paymentOfCancel, tokenOfApproval } from './payment.ts'
import { ApprovalBody, CancelBody, OrderBody, ReadyBody, SidBody } from './schemas.ts'
import { readSettlement, readSettlementTable } from './settlement.ts'

export interface KakaoPaySettings extends LineOptions {
  /** Origin of the API, e.g. `https://open-api.kakaopay.com`; the paths are added here. */
  baseUrl: string
  secretKey: string
  /** Merchant id of one-time payments; `TC0ONETIME` for tests. */
  cid: string
  /** Merchant id of recurring payments; `TCSUBSCRIP` for tests. */
  subscriptionCid: string
  /** Path of the settlement table below `baseUrl`; left out: people download it from the partner centre. */
  settlementPath?: string | undefined
}

const CAPABILITIES: Capabilities = {
  // Only by tid, and a token charge whose answer was lost left us none.
  lookupByMerchantRef: false,
  // A tid can be approved once: a repeat is answered -702 and settled by look-up.
  completeIsIdempotent: true,
  idempotencyKeys: false,
  checkoutTtl: Temporal.Duration.from({ minutes: 15 }),
  // The prepared payment expires after 15 minutes; 10 more for an approval under way and for reads that lag.
  settleWindow: Temporal.Duration.from({ minutes: 25 }),
  chargeTimeoutMs: 30_000,
  callTimeoutMs: 10_000,
  // None is documented.
  minimumAmount: won(1),
  // Its partner centre is for people.
  listsSettled: false,
  revokesTokens: true,
  // A tid is approved once; a look-up shows ISSUED_SID, and documents no SID with it.
  issuesTokens: 'look_up',
}

const NOTHING = { total: ZERO_WON, taxFree: ZERO_WON, vat: ZERO_WON }
const PATH = '/online/v1/payment'
const ITEM_NAME_MAX = 100
const PAYLOAD_MAX = 200

/**
 * KakaoPay, online payment API v1: one-time payments (ready, approve) and recurring ones by SID.
 * - A payment in mode `pay_and_issue_token` runs under the recurring merchant id: refunds and look-ups of it have
 *   origin `token`, like the later charges of the token.
 * - An `unknown` ready is harmless: without its tid nothing can ever be approved.
 * - A token alone (mode `issue_token`) is the same with an amount of 0: nothing is charged, and the look-up says
 *   ISSUED_SID.
 * - The SID comes with the answer of approve only. When that answer is lost, the look-up may show the payment as
 *   paid, but the token is gone; the customer has to register again. Nobody can charge a SID that nobody knows.
 * - A token charge has no tid before it is answered. When the answer is lost, there is only evidence: the second at
 *   which the SID was last charged.
 */
export function createKakaoPay(settings: KakaoPaySettings): PaymentProvider {
  const { cid, subscriptionCid, secretKey, now = Date.now } = settings
  const line = createLine({
    ...settings,
    name: 'kakaopay',
    headers: { authorization: `SECRET_KEY ${secretKey}` },
    timeoutMs: timeoutOf,
    verdict: kakaoPayVerdict,
  })
  const cidOf = (origin: 'pay' | 'token') => (origin === 'token' ? subscriptionCid : cid)
  const cidOfMode = (mode: BeginCheckout['mode']) => (mode === 'pay' ? cid : subscriptionCid)

  function post(
    operation: Operation,
    name: string,
    json: Readonly<Record<string, unknown>>,
    call: CallContext,
  ) {
    return line.send(operation, { method: 'POST', path: `${PATH}/${name}`, body: { json } }, call.deadline)
  }

  async function beginCheckout(input: BeginCheckout, call: CallContext): Promise<Outcome<Checkout>> {
    const { merchantRef, buyerRef, itemName, quantity, money, urls } = input
    const json = {
      cid: cidOfMode(input.mode),
      partner_order_id: merchantRef,
      partner_user_id: buyerRef,
      item_name: cut(itemName, ITEM_NAME_MAX),
      quantity,
      total_amount: money.total,
      tax_free_amount: money.taxFree,
      vat_amount: money.vat,
      approval_url: urls.success,
      cancel_url: urls.cancel,
      fail_url: urls.fail,
    }
    const reply = await post('checkout', 'ready', json, call)
    const read = readKakaoPay(ReadyBody, reply, [secretKey])
    if (read.kind !== 'ok') return read
    const redirectUrl = pageFor(input.device, read.value)
    return redirectUrl === undefined
      ? unknown('bad_body', read.wire)
      : ok({ ref: read.value.tid, redirectUrl }, read.wire)
  }

  /** Approves what the customer agreed to, and holds the answer against it. */
  async function approve(
    input: Omit<CompleteCheckout, 'itemName' | 'mode'>,
    approvedCid: string,
    call: CallContext,
  ): Promise<Completion<Completed>> {
    const { ref: tid, merchantRef, buyerRef, money } = input
    const pgToken = input.proof.pg_token
    if (tid === undefined || pgToken === undefined)
      return invalid('incomplete_approval', 'tid and pg_token are needed; nothing was sent')
    const json = {
      cid: approvedCid,
      tid,
      partner_order_id: merchantRef,
      partner_user_id: buyerRef,
      pg_token: pgToken,
      total_amount: money.total,
    }
    const reply = await post('complete', 'approve', json, call)
    if (errorCodeOf(reply.result) === WRONG_PG_TOKEN)
      return notAccepted(WRONG_PG_TOKEN, '', noteOf(reply, [secretKey, pgToken]))
    const read = readKakaoPay(ApprovalBody, reply, [secretKey, pgToken])
    if (read.kind !== 'ok') return read
    const payment = paymentOfApproval(read.value, { cid: approvedCid, tid, merchantRef, buyerRef, money })
    if (payment === undefined) return unknown('mismatch', read.wire)
    const token =
      approvedCid === subscriptionCid
        ? tokenOfApproval(read.value, Temporal.Instant.fromEpochMilliseconds(now()))
        : undefined
    return ok(token === undefined ? { payment } : { payment, token }, read.wire)
  }

  function completeCheckout(input: CompleteCheckout, call: CallContext): Promise<Completion<Completed>> {
    return approve(input, cidOfMode(input.mode), call)
  }

  async function issueToken(input: IssueToken, call: CallContext): Promise<Completion<IssuedToken>> {
    const approved = await approve({ ...input, money: NOTHING }, subscriptionCid, call)
    if (approved.kind !== 'ok') return approved
    const { token } = approved.value
    return token === undefined ? unknown('mismatch', approved.wire) : ok(token, approved.wire)
  }

  async function chargeToken(input: ChargeToken, call: CallContext): Promise<Outcome<ProviderPayment>> {
    const { token: sid, merchantRef, buyerRef, money } = input
    const json = {
      cid: subscriptionCid,
      sid,
      partner_order_id: merchantRef,
      partner_user_id: buyerRef,
      item_name: cut(input.itemName, ITEM_NAME_MAX),
      quantity: input.quantity,
      total_amount: money.total,
      tax_free_amount: money.taxFree,
      vat_amount: money.vat,
    }
    const reply = await post('charge', 'subscription', json, call)
    const read = readKakaoPay(ApprovalBody, reply, [secretKey, sid])
    if (read.kind !== 'ok') return read
    const payment = paymentOfApproval(read.value, { cid: subscriptionCid, sid, merchantRef, buyerRef, money })
    if (payment !== undefined) return ok(payment, read.wire)
    const doubtful = unknown('mismatch', read.wire)
    // An answer about our charge, though not the one we asked for: its tid makes it possible to look it up.
    return read.value.partner_order_id === merchantRef ? { ...doubtful, ref: read.value.tid } : doubtful
  }

  async function refund(input: Refund, call: CallContext): Promise<Outcome<ProviderPayment>> {
    const { ref: tid, money } = input
    const json = {
      cid: cidOf(input.origin),
      tid,
      cancel_amount: money.total,
      cancel_tax_free_amount: money.taxFree,
      cancel_vat_amount: money.vat,
      // The guard: a refund made twice fails here instead of paying out twice.
      cancel_available_amount: input.refundableBefore,
      // KakaoPay has no field for the reason; this one is shown with the refund in its look-up.
      payload: cut(call.idempotencyKey, PAYLOAD_MAX),
    }
    const reply = await post('refund', 'cancel', json, call)
    const read = readKakaoPay(CancelBody, reply, [secretKey])
    if (read.kind !== 'ok') return read
    const payment = paymentOfCancel(read.value, { cid: json.cid, tid, refunded: money.total })
    return payment === undefined ? unknown('mismatch', read.wire) : ok(payment, read.wire)
  }

  async function lookup(input: Lookup, call: CallContext): Promise<LookupResult> {
    const { ref: tid, origin, token, merchantRef } = input
    if (tid === undefined) {
      if (token !== undefined) return evidenceFor(token, call)
      // Never prepared as far as we know: approve needs the tid, so this payment cannot be taken any more.
      return origin === 'pay'
        ? { kind: 'not_charged_yet', status: 'NO_TID', final: true }
        : { kind: 'unsupported' }
    }
    const reply = await post('lookup', 'order', { cid: cidOf(origin), tid }, call)
    if (errorCodeOf(reply.result) === '-721') return { kind: 'not_found' }
    const read = readKakaoPay(OrderBody, reply, [secretKey])
    return read.kind === 'ok' ? lookupOf(read.value, { tid, merchantRef }) : lookupError(read)
  }

  async function evidenceFor(sid: string, call: CallContext): Promise<LookupResult> {
    const reply = await post('lookup', 'manage/subscription/status', { cid: subscriptionCid, sid }, call)
    const read = readKakaoPay(SidBody, reply, [secretKey, sid])
    if (read.kind !== 'ok') return lookupError(read)
    const { last_approved_at: at } = read.value
    const lastChargedAt = instantFrom(at)
    // A date we cannot read is not "never charged".
    if (read.value.sid !== sid || (at && lastChargedAt === undefined))
      return { kind: 'error', reason: 'mismatch' }
    return { kind: 'evidence', lastChargedAt }
  }

  async function revokeToken(
    { token: sid }: { token: string },
    call: CallContext,
  ): Promise<Outcome<{ revoked: true }>> {
    const reply = await post('revoke', 'manage/subscription/inactive', { cid: subscriptionCid, sid }, call)
    const secrets = [secretKey, sid]
    if (errorCodeOf(reply.result) === '-751') return ok({ revoked: true }, noteOf(reply, secrets))
    const read = readKakaoPay(SidBody, reply, secrets)
    if (read.kind !== 'ok') return read
    const done = read.value.sid === sid && read.value.status === 'INACTIVE'
    return done ? ok({ revoked: true }, read.wire) : unknown('mismatch', read.wire)
  }

  async function listSettled(
    { from, to }: { from: Temporal.PlainDate; to: Temporal.PlainDate },
    call: CallContext,
  ): Promise<SettledList> {
    const { settlementPath } = settings
    if (settlementPath === undefined)
      return { kind: 'not_listed', why: 'no_list', reason: 'no list for programs' }
    const path = `${settlementPath}?startDate=${from}&endDate=${to}`
    const { result } = await line.send('list', { method: 'GET', path }, call.deadline)
    if (result.kind !== 'answered') return { kind: 'not_listed', why: 'no_answer', reason: result.reason }
    const movements = result.status === 200 ? readSettlement(result.bodyText) : undefined
    return movements ? { kind: 'listed', movements } : notListed(result.status)
  }

  return {
    name: 'kakaopay',
    capabilities: { ...CAPABILITIES, listsSettled: settings.settlementPath !== undefined },
    cashReceipts: null,
    beginCheckout: (input, call) => line.observed('checkout', () => beginCheckout(input, call)),
    parseReturn,
    // It sends no messages about payments.
    readHint: () => undefined,
    completeCheckout: (input, call) => line.observed('complete', () => completeCheckout(input, call)),
    issueToken: (input, call) => line.observed('complete', () => issueToken(input, call)),
    chargeToken: (input, call) => line.observed('charge', () => chargeToken(input, call)),
    refund: (input, call) => line.observed('refund', () => refund(input, call)),
    lookup: (input, call) => line.observed('lookup', () => lookup(input, call)),
    revokeToken: (input, call) => line.observed('revoke', () => revokeToken(input, call)),
    readTable: readSettlementTable,
    listSettled: (days, call) => line.observed('lookup', () => listSettled(days, call)),
    breakers: line.breakers,
    stop: line.stop,
  }
}

/**
 * The pg_token is not the one of this payment. The repeat of an approval that has succeeded meets it, too: after a
 * doubtful sending it proves nothing.
 */
const WRONG_PG_TOKEN = '-708'

function timeoutOf(operation: Operation): number {
  const movesMoney = operation === 'complete' || operation === 'charge' || operation === 'refund'
  return movesMoney ? CAPABILITIES.chargeTimeoutMs : CAPABILITIES.callTimeoutMs
}

/** The page for a device, or another one that works there; undefined when the answer has no usable address. */
function pageFor(device: BeginCheckout['device'], body: ReadyBody): string | undefined {
  const { next_redirect_pc_url: pc, next_redirect_mobile_url: mobile, next_redirect_app_url: app } = body
  const wanted = device === 'pc' ? [pc, mobile] : device === 'mobile' ? [mobile, app, pc] : [app, mobile, pc]
  return wanted.find((url): url is string => typeof url === 'string' && /^https?:\/\//.test(url))
}

/** KakaoPay adds `pg_token` on success and nothing on cancel and failure. */
function parseReturn(
  target: 'success' | 'cancel' | 'fail',
  query: Readonly<Record<string, string>>,
): Returned {
  if (target === 'cancel') return { kind: 'cancelled' }
  if (target === 'fail') return { kind: 'failed' }
  const { pg_token } = query
  if (pg_token === undefined || pg_token === '' || pg_token.length > 200)
    return { kind: 'failed', code: 'pg_token_missing' }
  return { kind: 'approved', proof: { pg_token } }
}

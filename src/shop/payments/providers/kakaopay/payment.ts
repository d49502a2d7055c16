import { Value } from 'typebox/value'
import { subtract, vatOf, type Won, ZERO_WON } from '../../../../platform/money.ts'
import type { IssuedToken, LookupResult, Money, ProviderPayment } from '../../provider.ts'
import { instantFrom, wonFrom } from '../provider-values.ts'
import { type ApprovalBody, type CancelBody, CardInfo, type OrderBody, SelectedCard } from './schemas.ts'

/** What an approval must agree with: what we asked for. */
export interface Expected {
  cid: string
  /** Known before for a one-time payment; a token charge gets a new one. */
  tid?: string
  sid?: string
  merchantRef: string
  buyerRef: string
  money: Money
}

/**
 * The payment an approval (approve or subscription) speaks of; undefined when it is not the one we asked for:
 * another merchant id, transaction, reference, buyer, token or amount, or a status that is not "paid".
 */
export function paymentOfApproval(body: ApprovalBody, expected: Expected): ProviderPayment | undefined {
  const total = wonFrom(body.amount.total)
  const agrees =
    body.cid === expected.cid &&
    (expected.tid === undefined || body.tid === expected.tid) &&
    (expected.sid === undefined || (body.sid ?? expected.sid) === expected.sid) &&
    body.partner_order_id === expected.merchantRef &&
    body.partner_user_id === expected.buyerRef &&
    total === expected.money.total &&
    (body.status ?? PAID) === PAID
  if (!agrees) return undefined
  return {
    ref: body.tid,
    merchantRef: body.partner_order_id,
    status: 'paid',
    rawStatus: PAID,
    total,
    vat: wonFrom(body.amount.vat) ?? expected.money.vat,
    refundable: total,
    refunds: [],
    approvedAt: instantFrom(body.approved_at),
    method: methodOf(body.payment_method_type, cardOf(body.card_info)),
    cashReceiptBy: receiptOf(body.payment_method_type),
  }
}

/** The token that came with an approval under the recurring merchant id. Undefined when none came. */
export function tokenOfApproval(body: ApprovalBody, now: Temporal.Instant): IssuedToken | undefined {
  if (!body.sid) return undefined
  return {
    token: body.sid,
    display: methodOf(body.payment_method_type, cardOf(body.card_info)),
    issuedAt: instantFrom(body.approved_at) ?? now,
  }
}

/**
 * The payment after a refund; undefined when the answer is not about the refund we asked for. `refunds` has only
 * the one just made: KakaoPay lists all of them in its look-up alone.
 */
export function paymentOfCancel(
  body: CancelBody,
  expected: { cid: string; tid: string; refunded: Won },
): ProviderPayment | undefined {
  const status = REFUND_STATES.get(body.status)
  const total = wonFrom(body.amount.total)
  const refunded = wonFrom(body.approved_cancel_amount.total)
  const refundable = wonFrom(body.cancel_available_amount.total)
  if (status === undefined || status === 'paid' || total === undefined || refundable === undefined)
    return undefined
  if (body.cid !== expected.cid || body.tid !== expected.tid || refunded !== expected.refunded)
    return undefined
  return {
    ref: body.tid,
    merchantRef: body.partner_order_id ?? undefined,
    status,
    rawStatus: body.status,
    total,
    vat: wonFrom(body.amount.vat) ?? vatOf(total),
    refundable,
    refunds: [{ id: body.aid, amount: refunded }],
    approvedAt: instantFrom(body.approved_at),
    method: methodOf(body.payment_method_type, undefined),
    cashReceiptBy: receiptOf(body.payment_method_type),
  }
}

/**
 * What a look-up by tid found out. Statuses: paid and refunded ones are `found`; a customer who gave up and a failed
 * payment are final; every other word, also one never seen before, may still become a payment.
 */
export function lookupOf(body: OrderBody, expected: { tid: string; merchantRef: string }): LookupResult {
  if (body.tid !== expected.tid || (body.partner_order_id ?? expected.merchantRef) !== expected.merchantRef)
    return { kind: 'error', reason: 'mismatch' }
  const status = REFUND_STATES.get(body.status)
  if (status === undefined)
    return { kind: 'not_charged_yet', status: body.status, final: FINAL_STATES.has(body.status) }
  const total = wonFrom(body.amount?.total)
  if (total === undefined) return { kind: 'error', reason: 'bad_body' }
  const refunds = refundsOf(body)
  const refunded = refunds?.reduce((sum, { amount }) => sum + amount, 0)
  const reported = wonFrom(body.canceled_amount?.total) ?? (status === 'paid' ? ZERO_WON : undefined)
  // A list that does not add up is not evidence: a refund missing from it would be taken for one never made.
  if (refunds === undefined || reported === undefined || refunded !== reported || reported > total)
    return { kind: 'error', reason: 'mismatch' }
  const card = selectedCardOf(body.selected_card_info)
  const approvedAt = instantFrom(body.approved_at)
  const payment: ProviderPayment = {
    ref: body.tid,
    merchantRef: body.partner_order_id ?? undefined,
    status,
    rawStatus: body.status,
    total,
    vat: wonFrom(body.amount?.vat) ?? vatOf(total, wonFrom(body.amount?.tax_free) ?? ZERO_WON),
    refundable: wonFrom(body.cancel_available_amount?.total) ?? subtract(total, reported),
    refunds,
    approvedAt,
    method: methodOf(body.payment_method_type, card),
    cashReceiptBy: receiptOf(body.payment_method_type),
  }
  if (!body.sid || approvedAt === undefined) return { kind: 'found', payment }
  const token = { token: body.sid, display: methodOf(body.payment_method_type, card), issuedAt: approvedAt }
  return { kind: 'found', payment, token }
}

const PAID = 'SUCCESS_PAYMENT'

const REFUND_STATES: ReadonlyMap<string, 'paid' | 'partially_refunded' | 'refunded'> = new Map([
  [PAID, 'paid'],
  // A token issued without a charge (total 0).
  ['ISSUED_SID', 'paid'],
  ['PART_CANCEL_PAYMENT', 'partially_refunded'],
  ['CANCEL_PAYMENT', 'refunded'],
])

const FINAL_STATES: ReadonlySet<string> = new Set(['QUIT_PAYMENT', 'FAIL_PAYMENT', 'FAIL_AUTH_PASSWORD'])

/** The refunds of a look-up, oldest first; undefined when one of them cannot be read. */
function refundsOf(body: OrderBody): { id: string; amount: Won }[] | undefined {
  const cancels = (body.payment_action_details ?? []).filter((one) => one.payment_action_type === 'CANCEL')
  const refunds: { id: string; amount: Won; at: string }[] = []
  for (const { aid, amount, approved_at } of cancels) {
    const refunded = wonFrom(amount)
    if (!aid || refunded === undefined) return undefined
    refunds.push({ id: aid, amount: refunded, at: approved_at ?? '' })
  }
  return refunds
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ id, amount }) => ({ id, amount }))
}

interface Card {
  issuer: string | undefined
  bin: string | undefined
}

function cardOf(info: unknown): Card | undefined {
  if (!Value.Check(CardInfo, info)) return undefined
  return { issuer: info.kakaopay_issuer_corp || info.issuer_corp || undefined, bin: binOf(info.bin) }
}

function selectedCardOf(info: unknown): Card | undefined {
  if (!Value.Check(SelectedCard, info)) return undefined
  return { issuer: info.card_corp_name || undefined, bin: binOf(info.card_bin) }
}

function binOf(bin: string | number | null | undefined): string | undefined {
  const digits = bin === null || bin === undefined ? '' : String(bin)
  return /^\d{6,8}$/.test(digits) ? digits.slice(0, 6) : undefined
}

function maskedCard({ issuer, bin }: Card): string {
  return [issuer, bin === undefined ? '****' : `${bin}******`].filter(Boolean).join(' ')
}

/** KakaoPay gives a cash receipt for its money by itself. */
function receiptOf(type: string | null | undefined): ProviderPayment['cashReceiptBy'] {
  return type === 'MONEY' ? 'provider' : 'nobody'
}

/** For people to recognise the method, e.g. `카카오페이 신한카드 621640******`. */
function methodOf(type: string | null | undefined, card: Card | undefined): string {
  if (card !== undefined) return `카카오페이 ${maskedCard(card)}`
  return type === 'MONEY' ? '카카오페이머니' : '카카오페이'
}

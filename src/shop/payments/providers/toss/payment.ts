import { Value } from 'typebox/value'
import { add, subtract, vatOf, type Won, ZERO_WON } from '../../../../platform/money.ts'
import type { IssuedToken, LookupResult, ProviderPayment, UnknownReason } from '../../provider.ts'
import { instantFrom, wonFrom } from '../provider-values.ts'
import { type BillingBody, CardBody, EasyPayBody, type PaymentBody } from './schemas.ts'

const CHARGED: ReadonlyMap<string, 'paid' | 'partially_refunded' | 'refunded'> = new Map([
  ['DONE', 'paid'],
  ['PARTIAL_CANCELED', 'partially_refunded'],
  ['CANCELED', 'refunded'],
])
const FINAL_STATES: ReadonlySet<string> = new Set(['ABORTED', 'EXPIRED'])
const WAITING_STATES: ReadonlySet<string> = new Set(['READY', 'IN_PROGRESS', 'WAITING_FOR_DEPOSIT'])

interface Cancel {
  id: string
  amount: Won
  taxFree: Won
  at: Temporal.Instant | undefined
}

/**
 * A Payment object as a payment that was charged; undefined when it was not, is not in won, or its refunds do not
 * add up to what is missing from its balance: a refund absent from the list would be taken for one never made.
 * Its `vat` and `taxFreeAmount` are those of the rest, so after a refund the VAT of the whole is computed.
 */
export function tossPaymentOf(body: PaymentBody): ProviderPayment | undefined {
  const status = CHARGED.get(body.status)
  const total = wonFrom(body.totalAmount)
  const cancels = cancelsOf(body)
  if (status === undefined || total === undefined || cancels === undefined || !isWonCurrency(body))
    return undefined
  const refunded = add(...cancels.map(({ amount }) => amount))
  const balance = wonFrom(body.balanceAmount) ?? (refunded <= total ? subtract(total, refunded) : undefined)
  if (balance === undefined || balance + refunded !== total || refunded > 0 !== (status !== 'paid'))
    return undefined
  const told = wonFrom(body.taxFreeAmount)
  const taxFree = add(told ?? ZERO_WON, ...cancels.map((cancel) => cancel.taxFree))
  const computed = taxFree <= total ? vatOf(total, taxFree) : ZERO_WON
  return {
    ref: body.paymentKey,
    merchantRef: body.orderId,
    status,
    rawStatus: body.status,
    total,
    ...(told === undefined ? {} : { taxFree }),
    vat: status === 'paid' ? (wonFrom(body.vat) ?? computed) : computed,
    refundable: balance,
    refunds: cancels.map(({ id, amount, at }) => ({ id, amount, ...(at ? { at } : {}) })),
    approvedAt: instantFrom(body.approvedAt),
    method: methodOf(body),
    cashReceiptBy: receiptOf(body),
  }
}

/**
 * The payment a confirmation or a billing charge speaks of, or why it cannot be believed: another key, order id,
 * amount or currency, or a status that is not DONE.
 */
export function chargeOf(
  body: PaymentBody,
  expected: { merchantRef: string; total: Won; paymentKey?: string },
): ProviderPayment | UnknownReason {
  if (WAITING_STATES.has(body.status)) return 'in_progress'
  const payment = tossPaymentOf(body)
  const agrees =
    payment?.status === 'paid' &&
    payment.merchantRef === expected.merchantRef &&
    payment.total === expected.total &&
    (expected.paymentKey === undefined || payment.ref === expected.paymentKey)
  return agrees ? payment : 'mismatch'
}

/** The payment after a refund, the new one last among its refunds, or why the answer cannot be believed. */
export function refundedOf(
  body: PaymentBody,
  expected: { paymentKey: string; refunded: Won },
): ProviderPayment | UnknownReason {
  if (body.cancels?.some(({ cancelStatus }) => cancelStatus === 'IN_PROGRESS')) return 'in_progress'
  const payment = tossPaymentOf(body)
  const newest = payment?.refunds.at(-1)
  const agrees =
    payment?.ref === expected.paymentKey &&
    newest?.amount === expected.refunded &&
    (body.lastTransactionKey ?? newest.id) === newest.id
  return agrees ? payment : 'mismatch'
}

/** What a look-up found out. An unknown status may still become a payment. */
export function tossLookupOf(
  body: PaymentBody,
  expected: { merchantRef: string; paymentKey: string | undefined },
): LookupResult {
  const ours =
    body.orderId === expected.merchantRef &&
    (expected.paymentKey === undefined || body.paymentKey === expected.paymentKey)
  if (!ours) return { kind: 'error', reason: 'mismatch' }
  if (!CHARGED.has(body.status))
    return { kind: 'not_charged_yet', status: body.status, final: FINAL_STATES.has(body.status) }
  const payment = tossPaymentOf(body)
  return payment === undefined ? { kind: 'error', reason: 'mismatch' } : { kind: 'found', payment }
}

/** The token of a registered card; undefined when it was issued for another customer. */
export function tossTokenOf(
  body: BillingBody,
  buyerRef: string,
  now: Temporal.Instant,
): IssuedToken | undefined {
  if (body.customerKey !== buyerRef) return undefined
  const number = masked(body.cardNumber) ?? cardNumberOf(body.card)
  return {
    token: body.billingKey,
    display: [body.cardCompany || '카드', number].filter(Boolean).join(' '),
    issuedAt: instantFrom(body.authenticatedAt) ?? now,
  }
}

function isWonCurrency(body: PaymentBody): boolean {
  return (body.currency ?? 'KRW') === 'KRW'
}

/** The refunds that were made, oldest first; undefined when one cannot be read. */
function cancelsOf(body: PaymentBody): Cancel[] | undefined {
  const cancels: Cancel[] = []
  for (const { transactionKey, cancelAmount, taxFreeAmount, canceledAt, cancelStatus } of body.cancels ??
    []) {
    if ((cancelStatus ?? 'DONE') !== 'DONE') continue
    const amount = wonFrom(cancelAmount)
    if (!transactionKey || amount === undefined) return undefined
    const at = instantFrom(canceledAt)
    cancels.push({ id: transactionKey, amount, taxFree: wonFrom(taxFreeAmount) ?? ZERO_WON, at })
  }
  const ageOf = ({ at }: Cancel) => at?.epochMilliseconds ?? 0
  return cancels.toSorted((a, b) => ageOf(a) - ageOf(b))
}

/** How Toss calls ways to pay by which money comes out of an account. */
export const BY_ACCOUNT: readonly string[] = ['계좌이체', '가상계좌']

/** Easy-pay wallets give one by themselves where money was paid, and so does Toss where it was asked in its window. */
function receiptOf(body: PaymentBody): ProviderPayment['cashReceiptBy'] {
  if (body.cashReceipt) return 'provider'
  if (BY_ACCOUNT.includes(body.method ?? '')) return 'us'
  return body.method === '간편결제' && !Value.Check(CardBody, body.card) ? 'provider' : 'nobody'
}

/** For our records, e.g. `카드 43301234****123*` or `간편결제 토스페이`. */
function methodOf(body: PaymentBody): string {
  const easyPay = Value.Check(EasyPayBody, body.easyPay) ? body.easyPay.provider : undefined
  return [body.method || '카드', easyPay || cardNumberOf(body.card)].filter(Boolean).join(' ')
}

function cardNumberOf(card: unknown): string | undefined {
  return Value.Check(CardBody, card) ? masked(card.number) : undefined
}

/** Toss masks card numbers; one that came unmasked would not be kept whole here either. */
function masked(number: string | null | undefined): string | undefined {
  if (!number) return undefined
  return number.includes('*') ? number : `${number.slice(0, 6)}******`
}

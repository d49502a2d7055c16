import { seoulOffset } from '../clock.ts'
import { includedVat } from '../fields.ts'
import { type Language, tossErrorBody } from './errors.ts'
import { type BillingKey, type Cancel, canceledOf, type TossPayment } from './state.ts'

export const MERCHANT_ID = 'tvivarepublica'

/** In the words of the API. */
export const METHODS = { card: '카드', transfer: '계좌이체' } as const

const CARD = {
  issuerCode: '41',
  acquirerCode: '41',
  number: '43301234****123*',
  cardType: '신용',
  ownerType: '개인',
}

function cancelView(payment: TossPayment, cancel: Cancel, refundable: number): Record<string, unknown> {
  return {
    cancelAmount: cancel.amount,
    cancelReason: cancel.reason,
    canceledAt: seoulOffset(cancel.at),
    transactionKey: cancel.transactionKey,
    cancelStatus: 'DONE',
    taxFreeAmount: cancel.taxFree,
    taxExemptionAmount: 0,
    refundableAmount: refundable,
    receiptKey: null,
    cancelRequestId: null,
    easyPayDiscountAmount: 0,
    transferDiscountAmount: 0,
    isPartialCancelable: payment.status !== 'CANCELED',
  }
}

/** The payment as it stood before its last change: what a lagging read replica still shows. */
export function before(payment: TossPayment): TossPayment {
  const cancels = payment.cancels?.slice(0, -1)
  if (payment.cancels !== undefined && payment.cancels.length > 0)
    return { ...payment, cancels, status: cancels?.length ? 'PARTIAL_CANCELED' : 'DONE' }
  return payment.approvedAt === undefined
    ? payment
    : { ...payment, status: 'IN_PROGRESS', approvedAt: undefined, transactionKey: undefined }
}

/** When the payment last changed, by the bank's clock in milliseconds. */
export function lastChangeOf(payment: TossPayment): number {
  return payment.cancels?.at(-1)?.at ?? payment.approvedAt ?? payment.requestedAt
}

/** A Payment object. Supply amount and VAT are those of what has not been refunded. */
export function paymentView(
  payment: TossPayment,
  publicUrl: string,
  language: Language,
): Record<string, unknown> {
  const canceled = canceledOf(payment)
  const balance = payment.total - canceled.total
  const taxFree = payment.taxFree - canceled.taxFree
  const vat = includedVat(balance - payment.taxExemption, taxFree)
  let refundable = payment.total
  const cancels = payment.cancels?.map((cancel) => {
    refundable -= cancel.amount
    return cancelView(payment, cancel, refundable)
  })
  const approved = payment.approvedAt !== undefined
  return {
    mId: MERCHANT_ID,
    version: '2022-11-16',
    paymentKey: payment.paymentKey,
    lastTransactionKey: payment.cancels?.at(-1)?.transactionKey ?? payment.transactionKey ?? null,
    orderId: payment.orderId,
    orderName: payment.orderName,
    currency: 'KRW',
    method: METHODS[payment.method],
    status: payment.status,
    requestedAt: seoulOffset(payment.requestedAt),
    approvedAt: payment.approvedAt === undefined ? null : seoulOffset(payment.approvedAt),
    useEscrow: false,
    cultureExpense: false,
    totalAmount: payment.total,
    balanceAmount: balance,
    suppliedAmount: balance - vat - taxFree,
    vat,
    taxFreeAmount: taxFree,
    taxExemptionAmount: payment.taxExemption,
    type: payment.type,
    card:
      approved && payment.method === 'card'
        ? {
            ...CARD,
            amount: payment.total,
            installmentPlanMonths: payment.installments,
            approveNo: '00000000',
            useCardPoint: false,
            acquireStatus: 'READY',
            isInterestFree: false,
            interestPayer: null,
          }
        : null,
    transfer: payment.method === 'transfer' ? { bankCode: '88', settlementStatus: 'INCOMPLETED' } : null,
    cashReceipt: null,
    easyPay: null,
    cancels: cancels ?? null,
    failure:
      payment.failureCode === undefined ? null : tossErrorBody(payment.failureCode, undefined, language),
    isPartialCancelable: payment.status !== 'CANCELED',
    receipt: approved ? { url: `${publicUrl}/toss/receipt/${payment.paymentKey}` } : null,
    checkout: { url: `${publicUrl}/toss/checkout` },
    country: 'KR',
    metadata: null,
    discount: null,
    secret: null,
  }
}

/** Answer of billing/authorizations/issue. */
export function billingView(key: BillingKey): Record<string, unknown> {
  return {
    mId: MERCHANT_ID,
    customerKey: key.customerKey,
    authenticatedAt: seoulOffset(key.createdAt),
    method: '카드',
    billingKey: key.billingKey,
    card: CARD,
    cardCompany: '신한',
    cardNumber: CARD.number,
  }
}

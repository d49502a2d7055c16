import type { Decision } from '../decision.ts'
import { matching, optional, strictInt, text } from '../fields.ts'
import { paidBefore, paymentAnswer } from './confirm.ts'
import { refuse } from './errors.ts'
import { billingView } from './views.ts'
import {
  type Body,
  CONFIRM_WITHIN_MS,
  CUSTOMER_KEY,
  MINIMUM_AMOUNT,
  ORDER_ID,
  plannedDecline,
  readFields,
  type TossWorld,
} from './world.ts'

const ISSUE_FIELDS = { authKey: text(300), customerKey: matching(CUSTOMER_KEY) }

const CHARGE_FIELDS = {
  amount: strictInt(),
  customerKey: matching(CUSTOMER_KEY),
  orderId: matching(ORDER_ID),
  orderName: text(100),
  cardInstallmentPlan: optional(strictInt(0, 12)),
  customerEmail: optional(text(100)),
  customerName: optional(text(100)),
  taxFreeAmount: optional(strictInt()),
  taxExemptionAmount: optional(strictInt()),
}

/** Instalments are offered from 50,000 won on. */
const INSTALLMENT_FROM = 50_000

/** Turns an authKey of the checkout page into a billing key: once, within 10 minutes, for its customer only. */
export function issueBillingKey(world: TossWorld, body: Body): Decision {
  const read = readFields(world, ISSUE_FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const { authKey, customerKey } = read.value
  const auth = world.state.authKeys.get(authKey)
  if (auth === undefined || auth.usedFor !== undefined || world.now - auth.createdAt > CONFIRM_WITHIN_MS)
    return refuse(world.language, 'INVALID_BILL_KEY_REQUEST')
  if (auth.customerKey !== customerKey) return refuse(world.language, 'NOT_MATCHES_CUSTOMER_KEY')
  const billingKey = world.newId('B')
  return {
    rows: [
      {
        provider: 'toss',
        kind: 'billing_issued',
        via: 'authorization',
        billingKey,
        partnerUserId: customerKey,
        authKey,
      },
    ],
    answer: () => {
      const key = world.state.billingKeys.get(billingKey)
      return key === undefined ? { status: 500, body: {} } : { status: 200, body: billingView(key) }
    },
  }
}

/** Charges a registered card. An order id is paid once; amounts are won with VAT included. */
export function chargeBillingKey(world: TossWorld, billingKey: string, body: Body): Decision {
  const read = readFields(world, CHARGE_FIELDS, body)
  if (read.kind === 'refused') return read.decision
  const { amount, customerKey, orderId, orderName } = read.value
  const {
    cardInstallmentPlan: installments = 0,
    taxFreeAmount: taxFree = 0,
    taxExemptionAmount: taxExemption = 0,
  } = read.value
  const { language } = world
  const key = world.state.billingKeys.get(billingKey)
  if (key === undefined || key.deletedAt !== undefined) return refuse(language, 'NOT_FOUND_BILLING')
  if (key.customerKey !== customerKey) return refuse(language, 'NOT_MATCHES_CUSTOMER_KEY')
  if (amount < MINIMUM_AMOUNT) return refuse(language, 'BELOW_MINIMUM_AMOUNT')
  if (taxFree + taxExemption > amount)
    return refuse(language, 'INVALID_REQUEST', 'taxFreeAmount is over amount')
  if (installments > 0 && amount < INSTALLMENT_FROM)
    return refuse(language, 'INVALID_REQUEST', 'cardInstallmentPlan needs 50,000 won')
  if (paidBefore(world, orderId)) return refuse(language, 'DUPLICATED_ORDER_ID')
  const about = { billingKey, partnerOrderId: orderId, partnerUserId: customerKey, amount }
  if (key.script !== undefined && key.script.declines > 0) {
    const { code } = key.script
    return refuse(language, code, undefined, [
      { provider: 'toss', kind: 'declined', operation: 'billing_charge', ...about, code, scripted: true },
    ])
  }
  const declined = plannedDecline(world, 'REJECT_CARD_PAYMENT', { operation: 'billing_charge', ...about })
  if (declined !== undefined) return declined
  const paymentKey = world.newId('K')
  return {
    rows: [
      {
        provider: 'toss',
        kind: 'charge',
        via: 'billing',
        paymentKey,
        transactionKey: world.newId('X'),
        ...about,
        orderName,
        taxFree,
        taxExemption,
        installments,
      },
    ],
    answer: () => paymentAnswer(world, paymentKey),
  }
}

/** Ends a billing key for good; a second time it is not found. */
export function deleteBillingKey(world: TossWorld, billingKey: string): Decision {
  const key = world.state.billingKeys.get(billingKey)
  if (key === undefined || key.deletedAt !== undefined) return refuse(world.language, 'NOT_FOUND_BILLING')
  return {
    rows: [
      {
        provider: 'toss',
        kind: 'billing_deleted',
        billingKey,
        partnerUserId: key.customerKey,
        by: 'merchant',
      },
    ],
    answer: () => ({ status: 200, body: {} }),
  }
}

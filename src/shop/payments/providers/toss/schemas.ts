import { type Static, Type } from 'typebox'
import { Maybe, Numeric, Text } from '../provider-values.ts'

/**
 * The parts of the answers of Toss Payments that are read. Unknown members are welcome, optional ones may be missing
 * or null; only what money and identity depend on is required.
 */

export const TossErrorBody = Type.Object({ code: Text, message: Maybe(Type.String()) })

export const PaymentBody = Type.Object({
  paymentKey: Text,
  orderId: Text,
  status: Text,
  totalAmount: Numeric,
  currency: Maybe(Type.String()),
  balanceAmount: Maybe(Numeric),
  vat: Maybe(Numeric),
  taxFreeAmount: Maybe(Numeric),
  method: Maybe(Type.String()),
  approvedAt: Maybe(Type.String()),
  lastTransactionKey: Maybe(Type.String()),
  card: Type.Optional(Type.Unknown()),
  easyPay: Type.Optional(Type.Unknown()),
  cashReceipt: Type.Optional(Type.Unknown()),
  cancels: Maybe(
    Type.Array(
      Type.Object({
        transactionKey: Maybe(Text),
        cancelAmount: Maybe(Numeric),
        taxFreeAmount: Maybe(Numeric),
        canceledAt: Maybe(Type.String()),
        cancelStatus: Maybe(Type.String()),
      }),
    ),
  ),
})
export type PaymentBody = Static<typeof PaymentBody>

export const CardBody = Type.Object({ number: Maybe(Type.String()) })
export const EasyPayBody = Type.Object({ provider: Maybe(Type.String()) })

export const BillingBody = Type.Object({
  billingKey: Text,
  customerKey: Text,
  authenticatedAt: Maybe(Type.String()),
  cardCompany: Maybe(Type.String()),
  cardNumber: Maybe(Type.String()),
  card: Type.Optional(Type.Unknown()),
})
export type BillingBody = Static<typeof BillingBody>

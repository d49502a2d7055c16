import Type, { type Static } from 'typebox'
import { Strict } from '../../../platform/http/app.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { RECEIPT_USES } from '../provider-receipts.ts'
import { RECEIPT_STATES, type ReceiptState } from '../rules/cash-receipt.ts'
import type { ReceiptRow } from '../store/receipt-store.ts'

const use = orNull(Type.Enum([...RECEIPT_USES]))
const text = orNull(Type.String())

/** What is asked for, as it is sent. */
export const ReceiptWishBody = Strict({
  use: Type.Enum([...RECEIPT_USES], {
    description:
      'What the receipt is for, which is issued when the money comes out of an account at Toss Payments. Cards need none; KakaoPay gives its own.',
  }),
  number: Type.String({
    minLength: 1,
    maxLength: 40,
    description: 'A mobile phone (`deduction`) or a business number (`expenditure`)',
  }),
})

/** A cash receipt as its customer sees it. */
export const CashReceiptView = Type.Object(
  {
    state: Type.Enum(['asked', 'processing', 'issued', 'cancelled', 'not_due', 'by_provider', 'not_issued'], {
      description:
        '`asked`: issued when the payment comes out of an account; `not_due`: paid by card, which needs none; `by_provider`: the provider gives it by itself; `cancelled`: everything was given back; `not_issued`: it was due, and the shop could not issue it',
    }),
    use,
    number: orNull(Type.String(), 'Masked'),
    selfIssued: Type.Boolean({
      description:
        'Issued without being asked, because the law wants it; it can be claimed at the tax office',
    }),
    amount: Type.Integer({ description: 'Won it stands for now' }),
    issueNumber: text,
    url: text,
  },
  { $id: 'CashReceipt' },
)
export type CashReceiptView = Static<typeof CashReceiptView>

function customerState(state: ReceiptState, standing: number): CashReceiptView['state'] {
  switch (state) {
    case 'asked':
    case 'not_due':
    case 'by_provider':
      return state
    case 'settled':
      return standing > 0 ? 'issued' : 'cancelled'
    case 'given_up':
      return standing > 0 ? 'issued' : 'not_issued'
    default:
      return 'processing'
  }
}

/** A cash receipt as its customer sees it; null when there is none. */
export function cashReceiptView(row: ReceiptRow | undefined): CashReceiptView | null {
  if (!row) return null
  return {
    state: customerState(row.state, row.standing),
    use: row.use,
    number: row.shown,
    selfIssued: row.self_issued,
    amount: row.standing,
    issueNumber: row.issue_number,
    url: row.url,
  }
}

/** A cash receipt as operators see it: the inner state and why. */
export const OperatorReceiptView = Type.Object(
  {
    state: Type.Enum([...RECEIPT_STATES]),
    use,
    number: orNull(Type.String(), 'Masked'),
    selfIssued: Type.Boolean(),
    target: Type.Integer({ description: 'Won it has to stand for: what was paid, less what was given back' }),
    standing: Type.Integer({ description: 'Won it stands for at the provider, as far as we know' }),
    deed: orNull(Type.Enum(['issue', 'cancel'])),
    issueNumber: text,
    url: text,
    problemCode: text,
    problemMessage: text,
    looks: Type.Integer(),
  },
  { $id: 'OperatorCashReceipt' },
)

/** A cash receipt as operators see it; null when there is none. */
export function operatorReceiptView(row: ReceiptRow | undefined): Static<typeof OperatorReceiptView> | null {
  if (!row) return null
  return {
    state: row.state,
    use: row.use,
    number: row.shown,
    selfIssued: row.self_issued,
    target: row.target,
    standing: row.standing,
    deed: row.deed,
    issueNumber: row.issue_number,
    url: row.url,
    problemCode: row.problem_code,
    problemMessage: row.problem_message,
    looks: row.looks,
  }
}

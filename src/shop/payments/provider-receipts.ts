import type { Won } from '../../platform/money.ts'
import type { CallContext, Outcome } from './provider.ts'

/** What a cash receipt (현금영수증) is good for: a person's tax deduction, or a business's proof of an expense. */
export const RECEIPT_USES = ['deduction', 'expenditure'] as const
export type ReceiptUse = (typeof RECEIPT_USES)[number]

/** A cash receipt at the provider, as far as it concerns us. */
export interface ProviderReceipt {
  /** The provider's id, by which it is taken back. */
  key: string
  /** The number of the tax office, for people. */
  issueNumber: string
  /** Where people see it; undefined when the provider names none that can be trusted. */
  url: string | undefined
}

export interface IssueReceipt {
  /** Our reference: the attempt's id. */
  merchantRef: string
  itemName: string
  amount: Won
  /** Of it what contains no VAT. */
  taxFree: Won
  use: ReceiptUse
  /** Digits of a mobile phone or of a business. Personal: never logged. */
  number: string
}

export type ReceiptLookup =
  /** What stands of our reference now, in won; 0 when all was taken back. */
  | { kind: 'found'; standing: Won; receipt: ProviderReceipt }
  | { kind: 'not_found' }
  /** It is being issued or taken back; `failed`: the provider tried, and says why it did not. */
  | { kind: 'in_progress' }
  | { kind: 'failed'; code: string; message: string }
  | { kind: 'not_asked'; reason: string }
  | { kind: 'no_answer'; reason: string }

/** Cash receipts by a provider that gives them when it is asked to. */
export interface CashReceipts {
  /** What our records of a payment begin with (`method`) when one is ours to issue. */
  readonly means: readonly string[]
  /** Twice with the same idempotency key issues once. */
  issue(input: IssueReceipt, call: CallContext): Promise<Outcome<ProviderReceipt>>
  /** Takes back so much of it. */
  cancel(input: { key: string; amount: Won }, call: CallContext): Promise<Outcome<{ cancelled: true }>>
  /** Everything of our reference that was asked for on these days in Seoul. */
  lookup(
    input: { merchantRef: string; days: readonly Temporal.PlainDate[] },
    call: CallContext,
  ): Promise<ReceiptLookup>
}

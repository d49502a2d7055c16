import type { Db, Tx } from '../../platform/database/database.ts'
import type { Won } from '../../platform/money.ts'
import type { Refused } from '../../platform/refusal.ts'

/**
 * What payments need to know of the thing that is paid for (an order), without knowing orders. Every function runs
 * in the caller's transaction, so payment and order change together or not at all.
 */
export interface Payable {
  /**
   * Locks the order row and says whether it can be paid now. When a payer is named, somebody else's order is answered
   * like one that does not exist, whatever its state.
   */
  lockForPayment(tx: Tx, orderId: string, payerId?: string): Promise<PayableOrder | NotPayable>
  /** Keeps the order and its stock until at least this instant (the customer is on the provider's page). */
  keepOpenUntil(tx: Tx, orderId: string, until: Temporal.Instant): Promise<void>
  /**
   * Money was taken. 'accepted' makes the order paid; 'too_late' means the order no longer waits for it (cancelled,
   * expired, or paid by another attempt), and payments give the money back.
   */
  paid(tx: Tx, payment: PaidNotice): Promise<'accepted' | 'too_late'>
  /** An attempt ended without money, told before the attempt is moved. Not when another one takes its place at once. */
  ended(tx: Tx, notice: AttemptNews & { origin: 'checkout' | 'token'; outcome: AttemptEnd }): Promise<void>
  /**
   * News of an attempt that charges by token, told before the attempt is moved: it surely was not sent and may be sent
   * again, or nobody knows what came of it.
   */
  postponed(tx: Tx, notice: AttemptNews & { retryAfterMs: number }): Promise<void>
  doubted(tx: Tx, notice: AttemptNews): Promise<void>
  /**
   * Locks the order, and says whether it is to be charged still: asked before a charge of unknown outcome is sent once
   * more. False when the order has ended, or when nobody wants it any more though it still waits for that outcome.
   */
  stillWanted(tx: Tx, notice: AttemptNews): Promise<boolean>
  /**
   * Locks the order (also when it refuses) and says whether its money may be given back now.
   */
  lockForRefund(tx: Tx, orderId: string): Promise<RefundableOrder | NotRefundable>
  /** Everything still paid was asked back through payments: the order must not be shipped any more. */
  refundRequested(tx: Tx, request: { orderId: string; refundId: string; at: Temporal.Instant }): Promise<void>
  /** What was asked back last stays with us: the provider declined, or an operator found that it was not given. */
  refundDeclined(tx: Tx, request: { orderId: string; refundId: string; at: Temporal.Instant }): Promise<void>
  /** Money was given back; `remaining` is what the customer still has paid. */
  refunded(tx: Tx, refund: RefundNotice): Promise<void>
  /** Of these orders those that are still kept: so long it is known whose their payments were. Locks nothing. */
  stillKept(db: Db | Tx, orderIds: readonly string[]): Promise<string[]>
}

/** out_of_stock: pieces that were free between two tries have gone. */
export type NotPayable = Refused<'not_found' | 'order_already_paid' | 'order_closed' | 'out_of_stock'>
export type NotRefundable = Refused<'not_found' | 'order_not_refundable'>

export interface PayableOrder {
  kind: 'payable'
  orderId: string
  ownerId: string
  /** What the customer owes, VAT included. */
  total: Won
  /** Of it, what contains no VAT. */
  taxFree: Won
  /** For the provider's page: the first line, and how many more there are. */
  itemName: string
  quantity: number
  /** The payment is to leave a stored method behind for later charges. */
  recurring?: boolean
  /** Until when it waits for its payment by itself, where that is known. */
  openUntil?: Temporal.Instant | null
}

export interface AttemptNews {
  orderId: string
  attemptId: string
  at: Temporal.Instant
}

/** How an attempt ended without money: refused by the bank, surely not charged, or over for another reason. */
export type AttemptEnd =
  | { kind: 'declined'; class: 'retryable' | 'final' | 'token_dead'; code: string }
  | { kind: 'not_charged' }
  | { kind: 'cancelled' | 'expired' | 'failed'; code: string }

export interface RefundableOrder extends PayableOrder {
  /** Has it left the house? A customer may take money back only from orders of which this is surely false. */
  shipped?: boolean
}

export interface PaidNotice {
  orderId: string
  attemptId: string
  provider: string
  total: Won
  at: Temporal.Instant
  /** The stored method the payment used or left behind, if any. */
  paymentMethodId?: string | null
}

export interface RefundNotice {
  orderId: string
  refundId: string
  amount: Won
  remaining: Won
  at: Temporal.Instant
}

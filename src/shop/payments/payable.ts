import type { Tx } from '../../platform/database/database.ts'
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
   * Refusals: not_found, order_already_paid, order_closed.
   */
  lockForPayment(tx: Tx, orderId: string, payerId?: string): Promise<PayableOrder | Refused>
  /** Keeps the order and its stock until at least this instant (the customer is on the provider's page). */
  keepOpenUntil(tx: Tx, orderId: string, until: Temporal.Instant): Promise<void>
  /**
   * Money was taken. 'accepted' makes the order paid; 'too_late' means the order no longer waits for it (cancelled,
   * expired, or paid by another attempt), and payments give the money back.
   */
  paid(tx: Tx, payment: PaidNotice): Promise<'accepted' | 'too_late'>
  /**
   * Locks the order (also when it refuses) and says whether its money may be given back now.
   * Refusals: not_found, order_not_refundable.
   */
  lockForRefund(tx: Tx, orderId: string): Promise<RefundableOrder | Refused>
  /** Everything still paid was asked back through payments: the order must not be shipped any more. */
  refundRequested?(
    tx: Tx,
    request: { orderId: string; refundId: string; at: Temporal.Instant },
  ): Promise<void>
  /** Money was given back; `remaining` is what the customer still has paid. */
  refunded(tx: Tx, refund: RefundNotice): Promise<void>
}

export interface PayableOrder {
  kind: 'payable'
  orderId: string
  ownerId: string
  /** What the customer owes, VAT included. */
  total: Won
  /** For the provider's page: the first line, and how many more there are. */
  itemName: string
  quantity: number
}

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
}

export interface RefundNotice {
  orderId: string
  refundId: string
  amount: Won
  remaining: Won
  at: Temporal.Instant
}

import type { Db, Tx } from '../../platform/database/database.ts'
import type { Won } from '../../platform/money.ts'
import type { Refused } from '../../platform/refusal.ts'

/**
 * What orders ask of payments. What changes something runs in the caller's transaction, with the order row locked before
 * any row of payments (everybody locks the order first, so nobody waits in a circle), and call no provider.
 */
export interface PaymentPort {
  /**
   * Ends an attempt that waits for the customer, because its order ends. 'closed': it was open and cannot be
   * completed any more; 'none': there was no open attempt; 'in_flight': money may be moving, so the order must
   * stay as it is.
   */
  closeOpenAttempt(tx: Tx, orderId: string, reason: string): Promise<'closed' | 'none' | 'in_flight'>
  /**
   * Asks for an amount back, or without one for everything that is still paid. The money moves later; then `Payable.refunded` is called.
   * Refusals: refund_in_progress while an earlier request is under way, payment_not_refundable,
   * refund_exceeds_payment; they reach the customer as they are.
   */
  refundOrder(
    tx: Tx,
    request: RefundRequest,
  ): Promise<
    | { kind: 'requested'; refundId: string }
    | Refused<
        | 'payment_not_refundable'
        | 'refund_in_progress'
        | 'refund_exceeds_payment'
        | 'refund_beyond_one_person'
      >
  >
  /** Of these orders those whose money may still move: a payment or refund is under way, or a person has to decide. */
  unsettledOf(db: Db | Tx, orderIds: readonly string[]): Promise<string[]>
}

export interface RefundRequest {
  orderId: string
  /** Left out: everything that is still paid. */
  part?: { amount: Won; taxFree: Won }
  reason: string
  /** User id of who asked. */
  requestedBy: string
  /** Somebody who works here gives it back on their own: of much money they may not. */
  byOperator?: boolean
}

import type { Db, Tx } from '../../platform/database/database.ts'
import type { Won } from '../../platform/money.ts'
import type { Refused } from '../../platform/refusal.ts'
import type { CouponTerms } from './rules/coupon.ts'

export type CouponRefusal =
  /** There is no such coupon, or it is over, has not begun, or is used up. */
  | 'coupon_not_valid'
  /** This customer has used it. */
  | 'coupon_used'
  /** It is for the first order only. */
  | 'coupon_first_order_only'
  /** It is for customers who have bought before. */
  | 'coupon_bought_before_only'

/** What orders ask of coupons. What becomes of a used one they hear by the events of its order. */
export interface CouponPort {
  /**
   * Whether a customer may use it now, and what it takes off. Only for showing, unless the order redeems it.
   * `hasBought` is also said of who may still pay for an order; `hasPaid` of who has paid for one.
   */
  termsFor(
    db: Db | Tx,
    ask: {
      couponId: string
      customerId: string
      hasBought: boolean
      hasPaid: boolean
      now: Temporal.Instant
    },
  ): Promise<{ kind: 'terms'; terms: CouponTerms } | Refused<CouponRefusal>>
  /** Uses it for an order, in its transaction, which is rolled back on a refusal. Its row is locked until the end. */
  redeem(
    tx: Tx,
    use: { couponId: string; customerId: string; orderId: string; discount: Won; now: Temporal.Instant },
  ): Promise<{ kind: 'redeemed' } | Refused<'coupon_not_valid' | 'coupon_used'>>
}

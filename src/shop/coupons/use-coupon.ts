import { type Refused, refused } from '../../platform/refusal.ts'
import type { CouponPort, CouponRefusal, CouponTerms } from '../orders/index.ts'
import { couponState } from './coupon.ts'
import { countUse, findCoupon, insertUse, isKnown, usesOf } from './coupon-store.ts'

/**
 * Whether a customer may use a coupon now, and what it takes off.
 * Refusals: coupon_not_valid (none, not running, or one whose code they have not typed), coupon_used,
 * coupon_first_order_only, coupon_bought_before_only.
 */
export async function termsFor(
  db: Parameters<CouponPort['termsFor']>[0],
  { couponId, customerId, hasBought, hasPaid, now }: Parameters<CouponPort['termsFor']>[1],
): Promise<{ kind: 'terms'; terms: CouponTerms } | Refused<CouponRefusal>> {
  const coupon = await findCoupon(db, couponId)
  if (!coupon) return refused('coupon_not_valid')
  const uses = await usesOf(db, { couponId: coupon.id, customerId })
  if (uses.thisOne) return refused('coupon_used')
  if (couponState(coupon, now) !== 'running' || !(await isKnown(db, coupon.id, customerId)))
    return refused('coupon_not_valid')
  if (coupon.firstOrder && (hasBought || uses.firstOrder)) return refused('coupon_first_order_only')
  if (coupon.boughtBefore && !hasPaid) return refused('coupon_bought_before_only')
  const { id, off, minimum, categories } = coupon
  return { kind: 'terms', terms: { id, off, minimum, categories } }
}

/**
 * Uses a coupon for an order: the count of its row, which the database holds within the budget, and the customer's use,
 * of which there is one. The caller rolls back on a refusal.
 * Refusals: coupon_not_valid (not running any more, used up, or not known to the customer), coupon_used.
 */
export const redeem: CouponPort['redeem'] = async (tx, { couponId, now, ...use }) => {
  const counted = await countUse(tx, { couponId, customerId: use.customerId, now })
  if (!counted) return refused('coupon_not_valid')
  const kept = await insertUse(tx, { ...use, couponId, firstOrder: counted.firstOrder, now })
  return kept ? { kind: 'redeemed' } : refused('coupon_used')
}

import { type Refused, refused } from '../../platform/refusal.ts'
import type { CouponPort, CouponRefusal, CouponTerms } from '../orders/index.ts'
import { couponState } from './coupon.ts'
import { countUse, findCoupon, insertUse, usesOf } from './coupon-store.ts'

/**
 * Whether a customer may use a coupon now, and what it takes off.
 * Refusals: coupon_not_valid (none, or not running), coupon_used, coupon_first_order_only.
 */
export async function termsFor(
  db: Parameters<CouponPort['termsFor']>[0],
  { couponId, customerId, hasBought, now }: Parameters<CouponPort['termsFor']>[1],
): Promise<{ kind: 'terms'; terms: CouponTerms } | Refused<CouponRefusal>> {
  const coupon = await findCoupon(db, couponId)
  if (!coupon) return refused('coupon_not_valid')
  const uses = await usesOf(db, { couponId: coupon.id, customerId })
  if (uses.thisOne) return refused('coupon_used')
  if (couponState(coupon, now) !== 'running') return refused('coupon_not_valid')
  if (coupon.firstOrder && (hasBought || uses.firstOrder)) return refused('coupon_first_order_only')
  const { id, off, minimum } = coupon
  return { kind: 'terms', terms: { id, off, minimum } }
}

/**
 * Uses a coupon for an order: the count of its row, which the database holds within the budget, and the customer's use,
 * of which there is one. The caller rolls back on a refusal.
 * Refusals: coupon_not_valid (not running any more, or used up), coupon_used.
 */
export const redeem: CouponPort['redeem'] = async (tx, { couponId, now, ...use }) => {
  const counted = await countUse(tx, couponId, now)
  if (!counted) return refused('coupon_not_valid')
  const kept = await insertUse(tx, { ...use, couponId, firstOrder: counted.firstOrder, now })
  return kept ? { kind: 'redeemed' } : refused('coupon_used')
}

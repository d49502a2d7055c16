/** What a coupon is, and whether it may be used. The database counts its uses. */
import type { Won } from '../../platform/money.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Category } from '../catalog/index.ts'
import type { CouponTerms } from '../orders/index.ts'

/** What the merchant says of it. */
export interface CouponOffer {
  name: string
  off: CouponTerms['off']
  /** What the goods it is for cost at least, in won. */
  minimum: Won
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
  /** How often it may be used altogether; null: as often as there are customers. */
  budget: number | null
  /** Only for customers who have never paid for an order. */
  firstOrder: boolean
  /** Only for customers who have paid for an order before. */
  boughtBefore: boolean
  /** Of which categories the goods are it is for; null: all goods. */
  categories: readonly Category[] | null
  /** Typed by customers, in capitals; those without one are shown to everybody. */
  code: string | null
}

export interface Coupon extends CouponOffer {
  id: string
  uses: number
  createdAt: Temporal.Instant
  /** When the merchant took it back before its time. */
  endedAt: Temporal.Instant | null
}

/** At least so much is left to be paid of the goods. */
const LEFT = 100
const MOST_PERCENT = 90

/** The database holds the same. Refusal: coupon_terms_wrong. */
export function checkOffer(
  offer: CouponOffer,
): { kind: 'valid'; offer: CouponOffer } | Refused<'coupon_terms_wrong'> {
  const { off, minimum, startsAt, endsAt, firstOrder, boughtBefore } = offer
  const leaves = off.kind === 'amount' ? minimum >= off.amount + LEFT : off.percent <= MOST_PERCENT
  const ends = Temporal.Instant.compare(startsAt, endsAt) < 0
  return leaves && ends && !(firstOrder && boughtBefore)
    ? { kind: 'valid', offer }
    : refused('coupon_terms_wrong')
}

export const COUPON_STATES = ['planned', 'running', 'used_up', 'over'] as const
export type CouponState = (typeof COUPON_STATES)[number]

/** How a coupon stands at a moment. */
export function couponState(
  { startsAt, endsAt, endedAt, uses, budget }: Coupon,
  now: Temporal.Instant,
): CouponState {
  if (endedAt !== null || Temporal.Instant.compare(now, endsAt) >= 0) return 'over'
  if (budget !== null && uses >= budget) return 'used_up'
  return Temporal.Instant.compare(now, startsAt) < 0 ? 'planned' : 'running'
}

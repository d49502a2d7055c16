import type { Db } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type KeyRefusal, once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { type Coupon, type CouponOffer, checkOffer } from './coupon.ts'
import { endCoupon, findCoupon, insertCoupon } from './coupon-store.ts'

export interface CouponDeps {
  db: Db
  clock: Clock
  /** Whether a customer has ever paid for an order. */
  hasBought(customerId: string): Promise<boolean>
}

/**
 * A merchant offers a coupon; what it says is never changed, only its end comes earlier.
 * Refusals: coupon_terms_wrong, and those of idempotency.
 */
export async function offerCoupon(
  { db, clock }: CouponDeps,
  { actor, offer, idempotencyKey }: { actor: Actor; offer: CouponOffer; idempotencyKey: string },
): Promise<{ kind: 'offered'; coupon: Coupon } | Refused<'coupon_terms_wrong' | KeyRefusal | 'not_found'>> {
  const checked = checkOffer(offer)
  if (checked.kind === 'refused') return checked
  const now = clock.now()
  const { startsAt, endsAt, ...body } = offer
  const key = {
    scope: `coupons:${actor.userId}`,
    key: idempotencyKey,
    body: { ...body, startsAt: startsAt.toString(), endsAt: endsAt.toString() },
  }
  const made = await once<{ id: string }, never>(db, key, now, async (tx) => {
    const id = newId()
    await insertCoupon(tx, id, offer, { by: actor.userId, at: now })
    return { kind: 'answered', status: 201, body: { id } }
  })
  if (made.kind === 'refused') return made
  const coupon = await findCoupon(db, made.body.id)
  return coupon ? { kind: 'offered', coupon } : refused('not_found')
}

/** Nobody may use it from now on; orders that did keep it. Again it changes nothing. Refusal: not_found. */
export async function takeBackCoupon(
  { db, clock }: CouponDeps,
  couponId: string,
): Promise<{ kind: 'over'; coupon: Coupon } | Refused<'not_found'>> {
  const coupon = await endCoupon(db, couponId, clock.now())
  return coupon ? { kind: 'over', coupon } : refused('not_found')
}

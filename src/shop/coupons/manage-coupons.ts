import { writeAudit } from '../../platform/audit/audit.ts'
import { type Db, transact } from '../../platform/database/database.ts'
import type { Actor } from '../../platform/http/actor.ts'
import { type KeyRefusal, once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { type Coupon, type CouponOffer, checkOffer } from './coupon.ts'
import { merchantCouponJson } from './coupon-json.ts'
import { endCoupon, findCoupon, insertClaim, insertCoupon } from './coupon-store.ts'

export interface CouponDeps {
  db: Db
  clock: Clock
  /** Whether a customer has ever paid for an order. */
  hasBought(customerId: string): Promise<boolean>
}

/**
 * A merchant offers a coupon; what it says is never changed, only its end comes earlier.
 * Refusals: coupon_terms_wrong, coupon_code_taken, and those of idempotency.
 */
export async function offerCoupon(
  { db, clock }: CouponDeps,
  { actor, offer, idempotencyKey }: { actor: Actor; offer: CouponOffer; idempotencyKey: string },
): Promise<
  | { kind: 'offered'; coupon: Coupon }
  | Refused<'coupon_terms_wrong' | 'coupon_code_taken' | KeyRefusal | 'not_found'>
> {
  const checked = checkOffer(offer)
  if (checked.kind === 'refused') return checked
  const now = clock.now()
  const { startsAt, endsAt, ...body } = offer
  const key = {
    scope: `coupons:${actor.userId}`,
    key: idempotencyKey,
    body: { ...body, startsAt: startsAt.toString(), endsAt: endsAt.toString() },
  }
  const made = await once<{ id: string }, 'coupon_code_taken'>(db, key, now, async (tx) => {
    const id = newId()
    const isNew = await insertCoupon(tx, id, offer, { by: actor.userId, at: now })
    if (!isNew) return refused('coupon_code_taken')
    const coupon = await findCoupon(tx, id)
    await writeAudit(tx, now, {
      actorId: actor.userId,
      action: 'coupon.offered',
      subject: { type: 'coupon', id },
      after: coupon && merchantCouponJson(coupon),
    })
    return { kind: 'answered', status: 201, body: { id } }
  })
  if (made.kind === 'refused') return made
  const coupon = await findCoupon(db, made.body.id)
  return coupon ? { kind: 'offered', coupon } : refused('not_found')
}

/** Nobody may use it from now on; orders that did keep it. Again it changes nothing. Refusal: not_found. */
export async function takeBackCoupon(
  { db, clock }: CouponDeps,
  { couponId, actor }: { couponId: string; actor: Actor },
): Promise<{ kind: 'over'; coupon: Coupon } | Refused<'not_found'>> {
  const now = clock.now()
  await transact(db, async (tx) => {
    const ended = await endCoupon(tx, couponId, now)
    if (!ended) return
    await writeAudit(tx, now, {
      actorId: actor.userId,
      action: 'coupon.ended',
      subject: { type: 'coupon', id: couponId },
      before: { ...merchantCouponJson(ended), endedAt: null },
      after: merchantCouponJson(ended),
    })
  })
  const coupon = await findCoupon(db, couponId)
  return coupon ? { kind: 'over', coupon } : refused('not_found')
}

/** A code as it is kept, however it was typed: with small letters, spaces or dashes. */
const typedCode = (text: string) => text.replaceAll(/[\s-]/g, '').toUpperCase()

/**
 * A customer types the code of a coupon; from then on it stands among their own. Again it changes nothing.
 * Refusal: coupon_code_unknown (no running coupon has it).
 */
export async function claimCoupon(
  { db, clock }: CouponDeps,
  { customerId, code }: { customerId: string; code: string },
): Promise<{ kind: 'claimed'; coupon: Coupon } | Refused<'coupon_code_unknown'>> {
  const claim = { code: typedCode(code), customerId, now: clock.now() }
  const coupon = await transact(db, (tx) => insertClaim(tx, claim))
  return coupon ? { kind: 'claimed', coupon } : refused('coupon_code_unknown')
}

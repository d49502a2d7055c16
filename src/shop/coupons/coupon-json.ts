import Type from 'typebox'
import { Uuid } from '../../platform/http/app.ts'
import { Instant, orNull, WonAmount } from '../../platform/http/schemas.ts'
import { categoryCodes } from '../catalog/index.ts'
import type { Coupon } from './coupon.ts'

const Off = Type.Union([
  Type.Object({ kind: Type.Literal('amount'), amount: WonAmount('Taken off') }),
  Type.Object({
    kind: Type.Literal('percent'),
    percent: Type.Integer({ minimum: 1, maximum: 90 }),
    most: Type.Union([WonAmount('Taken off at most'), Type.Null()]),
  }),
])

export const CouponSchema = Type.Object({
  id: Uuid,
  name: Type.String(),
  off: Off,
  minimum: WonAmount('What the goods it is for cost at least'),
  firstOrder: Type.Boolean({ description: 'Only for customers who have never paid for an order' }),
  boughtBefore: Type.Boolean({ description: 'Only for customers who have paid for an order before' }),
  categories: orNull(
    Type.Array(Type.Enum(categoryCodes)),
    'Of which categories the goods are it is for; null: all goods',
  ),
  startsAt: Instant(),
  endsAt: Instant(),
})
export const MerchantCouponSchema = Type.Object({
  ...CouponSchema.properties,
  code: orNull(Type.String(), 'Typed by customers; null: shown to everybody'),
  budget: orNull(Type.Integer(), 'How often it may be used altogether'),
  uses: Type.Integer({ description: 'Orders that use it now' }),
  createdAt: Instant(),
  endedAt: orNull(Instant(), 'When the merchant took it back before its time'),
})

/** The public form of a coupon. */
export function couponJson(coupon: Coupon) {
  const { id, name, off, minimum, firstOrder, boughtBefore, categories, startsAt, endsAt } = coupon
  return {
    id,
    name,
    off,
    minimum,
    firstOrder,
    boughtBefore,
    categories: categories && [...categories],
    startsAt: startsAt.toString(),
    endsAt: endsAt.toString(),
  }
}

/** The same as the merchant sees it: with its budget and uses. */
export function merchantCouponJson(coupon: Coupon) {
  const { code, budget, uses, createdAt, endedAt } = coupon
  return {
    ...couponJson(coupon),
    code,
    budget,
    uses,
    createdAt: createdAt.toString(),
    endedAt: endedAt?.toString() ?? null,
  }
}

/** The face of coupons. */
import { orderCancelled, orderExpired, orderRefunded } from '../../contracts/order-events.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on } from '../../platform/events/subscriber.ts'
import type { Module } from '../../platform/module.ts'
import type { CouponPort } from '../orders/index.ts'
import { returnUse } from './coupon-store.ts'
import { type CouponDeps, claimCoupon } from './manage-coupons.ts'
import { couponProblems } from './problems.ts'
import { couponsRetention } from './retention.ts'
import { couponRoutes, ownCoupons } from './routes.ts'
import { redeem, termsFor } from './use-coupon.ts'

export const couponsSchema: SchemaMigrations = {
  schema: 'coupons',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Coupons {
  module: Module
  /** For orders, which use them. */
  port: CouponPort
  /** What a customer may use, soonest to end first, and what they used. */
  ownOf(customerId: string): ReturnType<typeof ownCoupons>
  /** A customer types the code of one. Refusal: coupon_code_unknown. */
  claim(wish: { customerId: string; code: string }): ReturnType<typeof claimCoupon>
}

/** What is taken off orders. An order that came to nothing gives its coupon back when it tells so. */
export function createCoupons(deps: CouponDeps): Coupons {
  return {
    port: { termsFor, redeem },
    ownOf: (customerId) => ownCoupons(deps, customerId),
    claim: (wish) => claimCoupon(deps, wish),
    module: {
      name: 'coupons',
      schema: couponsSchema,
      problems: couponProblems,
      routes: couponRoutes(deps),
      retention: couponsRetention,
      subscribers: [
        {
          name: 'coupons',
          handlers: [
            on(orderCancelled, (tx, { data, time }) => returnUse(tx, data.orderId, time)),
            on(orderExpired, (tx, { data, time }) => returnUse(tx, data.orderId, time)),
            on(orderRefunded, async (tx, { data, time }) => {
              if (data.full) await returnUse(tx, data.orderId, time)
            }),
          ],
        },
      ],
    },
  }
}

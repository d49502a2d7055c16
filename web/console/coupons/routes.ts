import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const couponsRoom: Room = {
  path: '/coupons',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.coupons,
}

export const couponRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/coupons',
    validateSearch: listSearch('state'),
    component: lazyRouteComponent(() => import('./coupons-page.tsx'), 'CouponsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/coupons/new',
    component: lazyRouteComponent(() => import('./new-coupon-page.tsx'), 'NewCouponPage'),
  }),
] as const

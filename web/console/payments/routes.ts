import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const paymentsRoom: Room = {
  path: '/payments',
  job: 'money',
  roles: ['merchant', 'admin'],
  title: titles.payments,
}

export const paymentsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/payments',
    validateSearch: listSearch('show', 'state', 'orderId'),
    component: lazyRouteComponent(() => import('./payments-page.tsx'), 'PaymentsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/payments/$id',
    component: lazyRouteComponent(() => import('./payment-page.tsx'), 'PaymentPage'),
  }),
] as const

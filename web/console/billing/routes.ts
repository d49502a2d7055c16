import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const billingRoom: Room = {
  path: '/billing',
  job: 'money',
  roles: ['merchant', 'admin'],
  title: titles.billing,
}

export const billingRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/billing',
    validateSearch: listSearch('date'),
    component: lazyRouteComponent(() => import('./billing-page.tsx'), 'BillingPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/billing/$id',
    component: lazyRouteComponent(() => import('./run-page.tsx'), 'RunPage'),
  }),
] as const

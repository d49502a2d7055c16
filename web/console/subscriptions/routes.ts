import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const subscriptionsRoom: Room = {
  path: '/subscriptions',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.subscriptions,
}

export const subscriptionRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/subscriptions',
    validateSearch: listSearch('state', 'itemId', 'customerId'),
    component: lazyRouteComponent(() => import('./subscriptions-page.tsx'), 'SubscriptionsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/subscriptions/$subscriptionId',
    component: lazyRouteComponent(() => import('./subscription-page.tsx'), 'SubscriptionPage'),
  }),
] as const

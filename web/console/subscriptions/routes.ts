import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { subscriptionWords } from './words.ts'

export const subscriptionsRoom: Room = {
  path: '/subscriptions',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: { ko: subscriptionWords.ko.title, en: subscriptionWords.en.title },
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

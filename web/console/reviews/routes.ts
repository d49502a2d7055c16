import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const reviewsRoom: Room = {
  path: '/reviews',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.reviews,
}

export const reviewRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/reviews',
    validateSearch: listSearch('state'),
    component: lazyRouteComponent(() => import('./reviews-page.tsx'), 'ReviewsPage'),
  }),
] as const

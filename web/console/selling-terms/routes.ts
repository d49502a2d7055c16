import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { titles } from '../frame/titles.ts'

export const sellingTermsRoom: Room = {
  path: '/selling-terms',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.sellingTerms,
}

export const sellingTermsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/selling-terms',
    component: lazyRouteComponent(() => import('./terms-page.tsx'), 'SellingTermsPage'),
  }),
] as const

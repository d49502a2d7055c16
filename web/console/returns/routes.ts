import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const returnsRoom: Room = {
  path: '/returns',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.returns,
}

export const returnRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/returns',
    validateSearch: listSearch('state', 'kind', 'reason', 'number', 'from', 'to'),
    component: lazyRouteComponent(() => import('./returns-page.tsx'), 'ReturnsPage'),
  }),
] as const

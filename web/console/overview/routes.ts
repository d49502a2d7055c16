import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { searchOf } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const overviewRoom: Room = {
  path: '/overview',
  job: 'today',
  roles: ['merchant', 'admin'],
  title: titles.overview,
}

export const overviewRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/overview',
    validateSearch: searchOf('days'),
    component: lazyRouteComponent(() => import('./overview-page.tsx'), 'OverviewPage'),
  }),
] as const

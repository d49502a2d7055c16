import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const recordsRoom: Room = {
  path: '/records',
  job: 'system',
  roles: ['admin'],
  title: titles.records,
}

export const recordsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/records',
    validateSearch: listSearch('at'),
    component: lazyRouteComponent(() => import('./records-page.tsx'), 'RecordsPage'),
  }),
] as const

import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const deadLettersRoom: Room = {
  path: '/dead-letters',
  job: 'system',
  roles: ['admin'],
  title: titles.deadLetters,
}

export const deadLettersRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/dead-letters',
    validateSearch: listSearch('at'),
    component: lazyRouteComponent(() => import('./dead-letters-page.tsx'), 'DeadLettersPage'),
  }),
] as const

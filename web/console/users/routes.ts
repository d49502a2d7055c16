import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const usersRoom: Room = {
  path: '/users',
  job: 'system',
  roles: ['admin'],
  title: titles.users,
}

export const usersRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/users',
    validateSearch: listSearch('email'),
    component: lazyRouteComponent(() => import('./users-page.tsx'), 'UsersPage'),
  }),
] as const

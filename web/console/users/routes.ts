import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titleOf } from '../words/language.ts'
import { userWords } from './words.ts'

export const usersRoom: Room = {
  path: '/users',
  job: 'system',
  roles: ['admin'],
  title: titleOf(userWords),
}

export const usersRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/users',
    validateSearch: listSearch('email'),
    component: lazyRouteComponent(() => import('./users-page.tsx'), 'UsersPage'),
  }),
] as const

import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { titles } from '../frame/titles.ts'

export const lendingRulesRoom: Room = {
  path: '/lending-rules',
  job: 'library',
  roles: ['librarian', 'admin'],
  title: titles.lendingRules,
}

export const lendingRulesRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/lending-rules',
    component: lazyRouteComponent(() => import('./rules-page.tsx'), 'LendingRulesPage'),
  }),
] as const

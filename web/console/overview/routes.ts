import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { searchOf } from '../frame/search.ts'
import { titleOf } from '../words/language.ts'
import { overviewWords } from './words.ts'

export const overviewRoom: Room = {
  path: '/overview',
  job: 'today',
  roles: ['merchant', 'admin'],
  title: titleOf(overviewWords),
}

export const overviewRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/overview',
    validateSearch: searchOf('days'),
    component: lazyRouteComponent(() => import('./overview-page.tsx'), 'OverviewPage'),
  }),
] as const

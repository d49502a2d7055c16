import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch, searchOf } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

const roles = ['librarian', 'admin'] as const
const job = 'library'

export const deskRooms: readonly Room[] = [
  { path: '/desk', job, roles, title: titles.desk },
  { path: '/to-pull', job, roles, title: titles.toPull },
  { path: '/hold-shelf', job, roles, title: titles.holdShelf },
  { path: '/overdue', job, roles, title: titles.overdue },
]

export const deskRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/desk',
    validateSearch: searchOf('mode', 'card'),
    component: lazyRouteComponent(() => import('./desk-page.tsx'), 'DeskPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/to-pull',
    component: lazyRouteComponent(() => import('./pull/pull-page.tsx'), 'PullPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/hold-shelf',
    validateSearch: listSearch('state'),
    component: lazyRouteComponent(() => import('./holds-page.tsx'), 'HoldsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/overdue',
    validateSearch: listSearch('state'),
    component: lazyRouteComponent(() => import('./overdue-page.tsx'), 'OverduePage'),
  }),
] as const

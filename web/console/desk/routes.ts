import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch, searchOf } from '../frame/search.ts'
import { pullWords } from './pull/words.ts'
import { deskWords } from './words.ts'

const { ko, en } = deskWords
const roles = ['librarian', 'admin'] as const
const job = 'library'

export const deskRooms: readonly Room[] = [
  { path: '/desk', job, roles, title: { ko: ko.title, en: en.title } },
  { path: '/to-pull', job, roles, title: { ko: pullWords.ko.title, en: pullWords.en.title } },
  { path: '/hold-shelf', job, roles, title: { ko: ko.holds, en: en.holds } },
  { path: '/overdue', job, roles, title: { ko: ko.overdue, en: en.overdue } },
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

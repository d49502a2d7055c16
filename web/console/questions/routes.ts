import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const questionsRoom: Room = {
  path: '/questions',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.questions,
}

export const questionRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/questions',
    validateSearch: listSearch('state', 'itemId'),
    component: lazyRouteComponent(() => import('./questions-page.tsx'), 'QuestionsPage'),
  }),
] as const

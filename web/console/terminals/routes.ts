import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { titleOf } from '../words/language.ts'
import { terminalWords } from './words.ts'

export const terminalsRoom: Room = {
  path: '/terminals',
  job: 'library',
  roles: ['librarian', 'admin'],
  title: titleOf(terminalWords),
}

export const terminalRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/terminals',
    component: lazyRouteComponent(() => import('./terminals-page.tsx'), 'TerminalsPage'),
  }),
] as const

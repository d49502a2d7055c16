import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { titles } from '../frame/titles.ts'

export const terminalsRoom: Room = {
  path: '/terminals',
  job: 'library',
  roles: ['librarian', 'admin'],
  title: titles.terminals,
}

export const terminalRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/terminals',
    component: lazyRouteComponent(() => import('./terminals-page.tsx'), 'TerminalsPage'),
  }),
] as const

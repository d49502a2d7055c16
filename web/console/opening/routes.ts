import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { titles } from '../frame/titles.ts'

export const openingRoom: Room = {
  path: '/opening',
  job: 'library',
  roles: ['librarian', 'admin'],
  title: titles.opening,
}

export const openingRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/opening',
    component: lazyRouteComponent(() => import('./opening-page.tsx'), 'OpeningPage'),
  }),
] as const

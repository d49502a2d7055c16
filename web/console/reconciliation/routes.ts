import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const reconciliationRoom: Room = {
  path: '/reconciliation',
  job: 'money',
  roles: ['merchant', 'admin'],
  title: titles.reconciliation,
}

export const reconciliationRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/reconciliation',
    validateSearch: listSearch('show', 'day'),
    component: lazyRouteComponent(() => import('./reconciliation-page.tsx'), 'ReconciliationPage'),
  }),
] as const

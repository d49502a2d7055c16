import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titleOf } from '../words/language.ts'
import { reconciliationWords } from './words.ts'

export const reconciliationRoom: Room = {
  path: '/reconciliation',
  job: 'money',
  roles: ['merchant', 'admin'],
  title: titleOf(reconciliationWords),
}

export const reconciliationRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/reconciliation',
    validateSearch: listSearch('show', 'day'),
    component: lazyRouteComponent(() => import('./reconciliation-page.tsx'), 'ReconciliationPage'),
  }),
] as const

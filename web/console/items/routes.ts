import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const itemsRoom: Room = {
  path: '/items',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.items,
}

export const itemRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/items',
    validateSearch: listSearch('keyword', 'status', 'notice'),
    component: lazyRouteComponent(() => import('./items-page.tsx'), 'ItemsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/items/new',
    component: lazyRouteComponent(() => import('./new-item-page.tsx'), 'NewItemPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/items/table',
    component: lazyRouteComponent(() => import('../item-table/table-page.tsx'), 'ItemTablePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/items/register',
    component: lazyRouteComponent(() => import('../register/register-page.tsx'), 'RegisterPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/items/$itemId/texts',
    component: lazyRouteComponent(() => import('./texts-page.tsx'), 'ItemTextsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/items/$itemId',
    component: lazyRouteComponent(() => import('./item-page.tsx'), 'ItemPage'),
  }),
] as const

import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const ordersRoom: Room = {
  path: '/orders',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.orders,
}

export const shippingRoom: Room = {
  path: '/shipping',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.shipping,
}

export const orderRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/orders',
    validateSearch: listSearch('number', 'receiver', 'phone', 'item', 'state', 'from', 'to'),
    component: lazyRouteComponent(() => import('./orders-page.tsx'), 'OrdersPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/orders/$orderId',
    component: lazyRouteComponent(() => import('./order-page.tsx'), 'OrderPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/shipping',
    validateSearch: listSearch('list', 'number', 'receiver', 'phone', 'item', 'state'),
    component: lazyRouteComponent(() => import('./shipping-page.tsx'), 'ShippingPage'),
  }),
] as const

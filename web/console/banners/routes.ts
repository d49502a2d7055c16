import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const bannersRoom: Room = {
  path: '/banners',
  job: 'selling',
  roles: ['merchant', 'admin'],
  title: titles.banners,
}

export const bannerRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/banners',
    validateSearch: listSearch(),
    component: lazyRouteComponent(() => import('./banners-page.tsx'), 'BannersPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/banners/new',
    component: lazyRouteComponent(() => import('./banner-page.tsx'), 'NewBannerPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/banners/$bannerId',
    component: lazyRouteComponent(() => import('./banner-page.tsx'), 'BannerPage'),
  }),
] as const

import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titleOf } from '../words/language.ts'
import { settingWords } from './words.ts'

export const settingsRoom: Room = {
  path: '/settings',
  job: 'system',
  roles: ['admin'],
  title: titleOf(settingWords),
}

export const settingsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/settings',
    validateSearch: listSearch(),
    component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
  }),
] as const

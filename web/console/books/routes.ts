import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import type { Room } from '../frame/room.ts'
import { rootRoute } from '../frame/root.ts'
import { listSearch } from '../frame/search.ts'
import { titles } from '../frame/titles.ts'

export const booksRoom: Room = {
  path: '/books',
  job: 'library',
  roles: ['librarian', 'admin'],
  title: titles.books,
}

export const booksRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/books',
    validateSearch: listSearch('keyword', 'available'),
    component: lazyRouteComponent(() => import('./books-page.tsx'), 'BooksPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/books/new',
    component: lazyRouteComponent(() => import('./book-page.tsx'), 'NewBookPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/books/import',
    component: lazyRouteComponent(() => import('./import-page.tsx'), 'ImportPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/books/$id',
    component: lazyRouteComponent(() => import('./book-page.tsx'), 'BookPage'),
  }),
] as const

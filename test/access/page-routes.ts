import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type RouteOptions } from 'fastify'
import type { App } from '../../src/platform/http/app.ts'
import { contextsOf } from '../../src/services/shop-pages.ts'
import { createPages } from '../../web/pages/index.ts'
import type { System } from '../support/system.ts'

/** The routes of the pages as they are registered, in Korean; those in English are the same. */
export async function pageRoutes(system: System): Promise<RouteOptions[]> {
  const found: RouteOptions[] = []
  const app: App = fastify().withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onRoute', (route) => void found.push(route))
  const { notifications, book: books, borrow: lending, dashboard: dashboards } = system.services
  const settings = { publicUrl: system.url, merchant: { name: 'test' }, simulated: true, providerOrigins: [] }
  const clock = { now: () => Temporal.Now.instant(), today: () => Temporal.Now.plainDateISO() }
  const module = createPages({
    ...contextsOf(system.services.identity, system.services),
    maintenance: { now: () => undefined },
    letters: () => notifications,
    library: () => ({ books, lending, dashboards }),
    clock,
    problems: {},
    settings,
  })
  await module.prepare?.()
  app.register(async (scope: App) => module.routes?.(scope))
  await app.ready()
  return found.filter(
    ({ method, url }) => method !== 'HEAD' && !/^\/(en(\/|$)|assets\/|pictures\/|robots|sitemap)/.test(url),
  )
}

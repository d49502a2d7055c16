import type { RouteOptions } from 'fastify'
import type { App } from './app.ts'

/**
 * Learns every route as it is added. @returns which methods an address has: a request with another one is answered
 * 405 with `Allow`, not as if there were nothing there (RFC 9110, 15.5.6)
 */
export function learnMethods(app: App): (pathname: string) => string[] {
  const routes: { pattern: RegExp; methods: string[] }[] = []
  app.addHook('onRoute', (route: RouteOptions) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method]
    if (!route.url.includes('*')) routes.push({ pattern: patternOf(route.url), methods })
  })
  return (pathname) => [
    ...new Set(routes.flatMap(({ pattern, methods }) => (pattern.test(pathname) ? methods : []))),
  ]
}

function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^$()|[\]\\{}]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/:\w+/g, '[^/]+')}$`)
}

import type { Visit } from './visit.ts'

/**
 * The address of the page itself, without the language; for the answer to a form, which may stand at an address that can
 * only be sent to, that of the nearest page above it.
 */
export function nearestPage({ request, path, query }: Visit): string {
  const asked = query.size > 0 ? `${path}?${query}` : path
  if (request.method === 'GET' || request.method === 'HEAD') return asked
  const { url } = request.routeOptions
  if (url === undefined) return '/'
  const isPage = (pattern: string) => request.server.hasRoute({ method: 'GET', url: pattern })
  if (isPage(url)) return asked
  const [pattern, steps] = [url.split('/'), path.split('/')]
  while (steps.length > 2) {
    pattern.pop()
    steps.pop()
    if (isPage(pattern.join('/'))) return steps.join('/')
  }
  return '/'
}

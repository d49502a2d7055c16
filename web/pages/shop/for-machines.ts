import { gunzipSync, gzipSync } from 'node:zlib'
import type { App } from '../../../src/platform/http/app.ts'
import { takesGzip } from '../../../src/platform/http/headers.ts'
import { categoryCodes } from '../../../src/shop/catalog/index.ts'
import { escapeXml } from '../frame/drawing.ts'
import { localPath } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'
import { pickedBy } from './list-query.ts'

/** One file may name so many addresses. */
const MOST_ADDRESSES = 50_000
const BATCH = 1_000
const FRESH_MS = 3_600_000
const FRESH = 'public, max-age=3600'

/** What is of nobody's business but the one's who is signed in, or of no use in a list of search machines. */
const NOT_FOR_THEM = [
  '/api/',
  '/my',
  '/cart',
  '/checkout',
  '/orders',
  '/subscriptions',
  '/payment-methods',
  '/profile',
  '/notifications',
  '/reviews',
  '/questions',
  '/recent',
  '/wishes',
  '/paid/',
  '/registered/',
  '/library/my',
  '/library/past',
]

/** What search machines read first: where they may look, and what there is. */
export function machineRoutes(app: App, world: World): void {
  const { publicUrl } = world.settings
  const rules = NOT_FOR_THEM.flatMap((path) => [`Disallow: ${path}`, `Disallow: /en${path}`])
  const robots = ['User-agent: *', ...rules, '', `Sitemap: ${publicUrl}/sitemap.xml`, ''].join('\n')
  app.route({
    method: 'GET',
    url: '/robots.txt',
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async (_request, reply) =>
      reply.header('cache-control', FRESH).type('text/plain; charset=utf-8').send(robots),
  })
  // Read once an hour, however many ask; one that failed is read again for the next who asks.
  let kept: { until: number; gzip: Promise<Buffer> } | undefined
  const sitemap = () => {
    const now = world.clock.now().epochMilliseconds
    if (kept && kept.until > now) return kept.gzip
    const fresh = { until: now + FRESH_MS, gzip: sitemapOf(world) }
    kept = fresh
    fresh.gzip.catch(() => {
      if (kept === fresh) kept = undefined
    })
    return fresh.gzip
  }
  app.route({
    method: 'GET',
    url: '/sitemap.xml',
    config: { audience: 'anyone', lane: 'browsing' },
    schema: { hide: true },
    handler: async (request, reply) => {
      const gzip = await sitemap()
      reply.header('cache-control', FRESH).header('vary', 'accept-encoding').type('application/xml')
      if (!takesGzip(request.headers['accept-encoding'])) return reply.send(gunzipSync(gzip))
      return reply.header('content-encoding', 'gzip').send(gzip)
    },
  })
}

/** Each page once; what it is called in the other language stands in its own head. */
async function sitemapOf({ catalog, library, settings }: World): Promise<Buffer> {
  const paths = ['/', '/categories', '/search', '/items', '/terms', '/privacy']
  paths.push(...categoryCodes.map((category) => `/items?${pickedBy({ category })}`))
  const books = library()?.books.pages
  if (books) {
    paths.push('/library', '/library/guide')
    const size = 100
    for (let page = 1; (page - 1) * size < books.mostListed; page++) {
      const list = await books.list({ sort: 'newest', page, size })
      paths.push(...list.books.map(({ id }) => `/library/books/${id}`))
      if (list.books.length < size) break
    }
  }
  for await (const items of catalog.itemPages(BATCH)) {
    paths.push(...items.map(({ id }) => `/items/${id}`))
    if (2 * paths.length >= MOST_ADDRESSES) break
  }
  const addresses = paths
    .flatMap((path) => [path, localPath(path, 'en')])
    .slice(0, MOST_ADDRESSES)
    .map((path) => `<url><loc>${escapeXml(settings.publicUrl + path)}</loc></url>`)
  return gzipSync(
    `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${addresses.join('')}</urlset>`,
  )
}

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import scalar from '@scalar/fastify-api-reference'
import type { App } from '../app.ts'
import { takesGzip } from '../headers.ts'

const compress = promisify(gzip)
/** Smaller ones are not worth it. */
const LEAST_COMPRESSED = 2_000

interface Kept {
  etag: string
  plain: string
  gzipped: Promise<Buffer>
}

/** The API for people, at `/docs`: from our own server alone, sent compressed, and kept by browsers. */
export async function referencePages(app: App): Promise<void> {
  await app.register(async (scope) => {
    const kept = new Map<string, Kept>()
    scope.addHook<unknown>('onSend', async (request, reply, payload) => {
      // The page starts itself with an inline script and fetches nothing from elsewhere.
      reply.header(
        'content-security-policy',
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'",
      )
      if (typeof payload !== 'string' || payload.length < LEAST_COMPRESSED || reply.statusCode !== 200)
        return payload
      // The program and the page are the same for everybody, as long as this server runs.
      const known = keep(kept, request.routeOptions.url ?? '', payload)
      reply
        .header('cache-control', 'public, max-age=3600')
        .header('etag', known.etag)
        .header('vary', 'accept-encoding')
      if (request.headers['if-none-match'] === known.etag) {
        reply.code(304).removeHeader('content-length')
        return ''
      }
      if (!takesGzip(request.headers['accept-encoding'])) return payload
      reply.header('content-encoding', 'gzip').removeHeader('content-length')
      return known.gzipped
    })
    await scope.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        pageTitle: 'Pillivery API',
        withDefaultFonts: false,
        telemetry: false,
        agent: { disabled: true },
        mcp: { disabled: true },
        hideClientButton: true,
        showDeveloperTools: 'never',
      },
    })
  })
}

function keep(kept: Map<string, Kept>, url: string, plain: string): Kept {
  const known = kept.get(url)
  if (known?.plain === plain) return known
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  const fresh = { etag, plain, gzipped: compress(plain) }
  kept.set(url, fresh)
  return fresh
}

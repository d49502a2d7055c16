import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { takesGzip } from '../../../src/platform/http/headers.ts'

/** Pages that are the same for everybody, kept as the bytes that are sent. */
export interface Keeper {
  /**
   * Sends the page of an address. It is made anew when what it is made of has changed.
   * @param tag entity tag of what the page is made of, whose freshness is the page's
   */
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    page: { address: string; tag: string; make(): string },
  ): FastifyReply
}

interface Kept {
  readonly tag: string
  readonly etag: string
  readonly gzip: Buffer
}

/** About 8 kB each. */
const MOST_PAGES = 2_000
/** Shared caches and browsers keep a page but ask every time whether it is still the same. */
const REVALIDATE = 'public, no-cache'

/** Finished pages of this process, compressed once; those not asked for longest give way. */
export function createKeeper(): Keeper {
  const kept = new Map<string, Kept>()
  const find = (address: string, tag: string, make: () => string): Kept => {
    const known = kept.get(address)
    if (known?.tag === tag) {
      kept.delete(address)
      kept.set(address, known)
      return known
    }
    const html = make()
    const etag = `"${createHash('sha1').update(html).digest('base64url')}"`
    const made = { tag, etag, gzip: gzipSync(html) }
    kept.delete(address)
    kept.set(address, made)
    const [oldest] = kept.size > MOST_PAGES ? kept.keys() : []
    if (oldest !== undefined) kept.delete(oldest)
    return made
  }
  return {
    send: (request, reply, { address, tag, make }) => {
      const { etag, gzip } = find(address, tag, make)
      reply.header('etag', etag).header('cache-control', REVALIDATE).header('vary', 'accept-encoding')
      const asked = (request.headers['if-none-match'] ?? '')
        .split(',')
        .map((one) => one.trim().replace(/^W\//, ''))
      if (asked.includes(etag)) return reply.code(304).send()
      reply.type('text/html; charset=utf-8')
      if (!takesGzip(request.headers['accept-encoding'])) return reply.send(gunzipSync(gzip))
      return reply.header('content-encoding', 'gzip').send(gzip)
    },
  }
}

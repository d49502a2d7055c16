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
  /** The same of a page that is kept for this tag; false where none is. */
  sendKept(
    request: FastifyRequest,
    reply: FastifyReply,
    page: { address: string; tag: string | undefined },
  ): boolean
}

interface Kept {
  readonly tag: string
  readonly etag: string
  readonly gzip: Buffer
  /** Of every answer about it. */
  readonly headers: Readonly<Record<string, string>>
}

/** About 8 kB each. */
const MOST_PAGES = 2_000
/** Shared caches and browsers keep a page but ask every time whether it is still the same. */
const REVALIDATE = 'public, no-cache'

/**
 * Finished pages of this process, compressed once; those not asked for longest give way.
 * @param common headers of all of them
 */
export function createKeeper(common: Readonly<Record<string, string>>): Keeper {
  const kept = new Map<string, Kept>()
  const find = (address: string, tag: string | undefined): Kept | undefined => {
    const known = kept.get(address)
    if (known === undefined || known.tag !== tag) return undefined
    kept.delete(address)
    kept.set(address, known)
    return known
  }
  const keep = (address: string, tag: string, html: string): Kept => {
    const etag = `"${createHash('sha1').update(html).digest('base64url')}"`
    const headers = { ...common, etag, 'cache-control': REVALIDATE, vary: 'accept-encoding' }
    const made = { tag, etag, gzip: gzipSync(html), headers }
    kept.delete(address)
    kept.set(address, made)
    const [oldest] = kept.size > MOST_PAGES ? kept.keys() : []
    if (oldest !== undefined) kept.delete(oldest)
    return made
  }
  return {
    send: (request, reply, { address, tag, make }) =>
      answer(request, reply, find(address, tag) ?? keep(address, tag, make())),
    sendKept: (request, reply, { address, tag }) => {
      const found = find(address, tag)
      if (found) answer(request, reply, found)
      return found !== undefined
    },
  }
}

/** Where an address that was asked for leads: what is kept for it, and how to learn at once whether that still holds. */
interface KnownAddress {
  readonly address: string
  tag(): string | undefined
}

const MOST_ADDRESSES = 2_000
const LONGEST_ADDRESS = 300

/**
 * Addresses as they came, so that those asked for again and again are not taken apart each time. Made-up ones can only
 * have the others taken apart once more.
 */
export function createKnownAddresses() {
  const known = new Map<string, KnownAddress>()
  return {
    get: (url: string) => known.get(url),
    add: (url: string, page: KnownAddress) => {
      if (url.length > LONGEST_ADDRESS) return
      if (known.size >= MOST_ADDRESSES) known.clear()
      known.set(url, page)
    },
  }
}

function answer(request: FastifyRequest, reply: FastifyReply, { etag, gzip, headers }: Kept): FastifyReply {
  reply.headers(headers)
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
  reply.type('text/html; charset=utf-8')
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(gunzipSync(gzip))
  return reply.header('content-encoding', 'gzip').send(gzip)
}

/** A proxy that compresses may have made our tag a weak one. */
function isKnown(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false
  return asked.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { takesGzip } from '../headers.ts'

/** An answer that is the same for everybody, kept as the bytes that are sent. It is shared: nobody may change it. */
export interface Ready {
  readonly etag: string
  /** Of every answer about it, also of the one that it is still the same; the tag is one of them. */
  readonly headers: Readonly<Record<string, string>>
  readonly type: string
  readonly bytes: Buffer
  /** The bytes are packed by gzip. */
  readonly isPacked: boolean
}

/** How to learn at once what is kept for a question. */
export interface AtHand {
  /** What is asked for, in one spelling: whoever asks the same of a route waits for who reads it already. */
  readonly of: string
  /** Undefined while it is not kept. */
  find(): Ready | undefined
}

/** Shared caches and browsers keep an answer but ask every time whether it is still the same. */
const REVALIDATE = 'public, no-cache'

/** An entity tag of a text. */
export const tagOf = (text: string) => `"${createHash('sha1').update(text).digest('base64url')}"`

/** Makes an answer ready. @param headers of its own beside those that every kept answer has */
export function readyOf(
  { etag, type, bytes, isPacked = false }: { etag: string; type: string; bytes: Buffer; isPacked?: boolean },
  headers: Readonly<Record<string, string>> = {},
): Ready {
  return { etag, type, bytes, isPacked, headers: { ...headers, etag, 'cache-control': REVALIDATE } }
}

/** Sends a ready answer, or that the asker has it already. */
export function sendReady(request: FastifyRequest, reply: FastifyReply, ready: Ready): FastifyReply {
  const { headers, etag, type, bytes, isPacked } = ready
  reply.headers(headers)
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
  reply.type(type)
  if (!isPacked) return reply.send(bytes)
  if (!takesGzip(request.headers['accept-encoding'])) return reply.send(gunzipSync(bytes))
  return reply.header('content-encoding', 'gzip').send(bytes)
}

/** If-None-Match is a list of tags or `*`; a proxy that compresses may have made our tag a weak one. */
export function isKnown(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false
  return asked.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

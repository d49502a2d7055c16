import type { FastifyRequest } from 'fastify'
import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'

/** Of large bodies one process holds no more than this at a time, over all of its routes for them. */
const MOST_BYTES_AT_ONCE = 96 * 1024 * 1024

/** Bytes of large bodies that are being read by this process, or are still with the handlers they were read for. */
let held = 0

/**
 * For routes whose bodies are large: only so much is read at a time, of callers who have been let in; more are asked to
 * come again, before anything of theirs is read. All routes of a process share the room.
 */
export function readFewAtOnce(scope: App): void {
  scope.addHook('preParsing', (request, reply, payload, done) => {
    // Whoever has gone is not served. Nothing would tell of their going again, and their room would never be free.
    if (reply.raw.destroyed) return
    const bytes = mostBytesOf(request)
    if (held + bytes > MOST_BYTES_AT_ONCE)
      return void reply.refuse(refused('temporarily_unavailable', { retryAfterSeconds: 2 }))
    held += bytes
    reply.raw.once('close', () => {
      held -= bytes
    })
    done(null, payload)
  })
}

/** What a request may have us read: as much as it says, and where it does not say, as much as its route takes. */
function mostBytesOf({ headers, routeOptions: { bodyLimit } }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimit
  return Math.min(Number(headers['content-length'] ?? 0), bodyLimit)
}

/** Bodies of these types are taken as bytes. */
export function readBytes(scope: App, types: RegExp): void {
  readFewAtOnce(scope)
  scope.addContentTypeParser<Buffer>(types, { parseAs: 'buffer' }, (_request, bytes, done) =>
    done(null, bytes),
  )
}

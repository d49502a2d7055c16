import type { FastifyReply, FastifyRequest } from 'fastify'

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
/** What programs in browsers may send beyond the plain headers, and read of answers. */
const SENT =
  'authorization, content-type, idempotency-key, if-none-match, last-event-id, x-request-id, traceparent'
const READ = 'etag, location, retry-after, www-authenticate, x-request-id'
const PREFLIGHT_SECONDS = '600'

/**
 * Lets pages of other origins call the API: those that are named, with access tokens and never with cookies (without
 * `Access-Control-Allow-Credentials` browsers show them no answer to a request that had any).
 * @returns whether the request was a preflight, and has been answered
 */
export function answerCors(
  origins: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
  isApi: boolean,
): boolean {
  if (!isApi || origins.length === 0) return false
  reply.header('vary', 'origin')
  const { origin } = request.headers
  const isPreflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
  const isKnown = origin !== undefined && origins.includes(origin)
  if (isKnown) {
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', READ)
    // Ours says that nobody else embeds what we send; for these it is said otherwise.
    reply.header('cross-origin-resource-policy', 'cross-origin')
  }
  if (!isPreflight) return false
  if (isKnown)
    reply
      .header('access-control-allow-methods', METHODS)
      .header('access-control-allow-headers', SENT)
      .header('access-control-max-age', PREFLIGHT_SECONDS)
  reply.code(204).send()
  return true
}

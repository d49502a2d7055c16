import { createHash, timingSafeEqual } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { refused } from '../refusal.ts'
import { sharedFor } from '../resilience/shared-for.ts'
import type { App } from './app.ts'
import type { ServerOptions } from './server.ts'

/** However many balancers ask, and however often, the database is asked once in this time. */
const READY_SHARED_MS = 1_000
/** A check that takes longer has failed: who asks has a limit of its own, and silence would tell it nothing. */
const READY_WITHIN_MS = 2_500

/** Why this server should get no requests, by the name of the check; none when it is ready. */
async function failedChecks({ readiness, log }: ServerOptions): Promise<Record<string, string>> {
  const asked = Object.entries(readiness).map(async ([name, check]) => {
    const late = new AbortController()
    const answer = check().catch((error: unknown) => {
      log.warn({ err: error, check: name }, 'not ready')
      return 'failed'
    })
    const limit = pause(READY_WITHIN_MS, 'no answer in time', { signal: late.signal }).catch(() => undefined)
    const reason = await Promise.race([answer, limit]).finally(() => late.abort())
    return [name, reason] as const
  })
  const failed = (await Promise.all(asked)).flatMap(([name, reason]) =>
    reason === undefined ? [] : [[name, reason]],
  )
  return Object.fromEntries(failed) as Record<string, string>
}

/** For balancers, monitoring and people who come by: is it alive, is it ready, how is it doing. */
export function healthRoutes(app: App, options: ServerOptions): void {
  const { release } = options
  const who = release === undefined ? {} : { release }
  app.route({
    method: 'GET',
    url: '/health/live',
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async () => ({ status: 'ok', ...who }),
  })
  const whyNot = sharedFor(READY_SHARED_MS, () => failedChecks(options))
  app.route({
    method: 'GET',
    url: '/health/ready',
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async (_request, reply) => {
      const checks = options.draining() ? { draining: 'shutting down' } : await whyNot()
      const ready = Object.keys(checks).length === 0
      if (!ready) reply.header('retry-after', 1)
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ status: ready ? 'ready' : 'not ready', ...who, ...(ready ? {} : { checks }) })
    },
  })
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: async (request, reply) => {
      if (!mayReadMetrics(request, options)) return reply.refuse(refused('not_allowed'))
      return reply.type(options.metrics.registry.contentType).send(await options.metrics.registry.metrics())
    },
  })
}

/**
 * Figures of the business are not for everybody: a token where one is set, else nobody in production, and elsewhere
 * only programs on this machine. A proxy on it speaks for others, and says so.
 */
function mayReadMetrics(
  request: FastifyRequest,
  { metricsToken: token, metricsClosed }: Pick<ServerOptions, 'metricsToken' | 'metricsClosed'>,
): boolean {
  if (token !== undefined) {
    const [given, wanted] = [request.headers.authorization ?? '', `Bearer ${token}`].map((text) =>
      createHash('sha256').update(text).digest(),
    )
    return given !== undefined && wanted !== undefined && timingSafeEqual(given, wanted)
  }
  if (metricsClosed === true) return false
  const { 'x-forwarded-for': passedOn, forwarded = passedOn } = request.headers
  const address = request.socket.remoteAddress ?? ''
  const isLocal = address === '::1' || address.replace('::ffff:', '').startsWith('127.')
  return isLocal && forwarded === undefined
}

/** The single entry to services that run apart: it knows where each of them is, and has no data of its own. */
import type { VerifyAccessToken } from '../platform/auth/access-token.ts'
import type { App } from '../platform/http/app.ts'
import { referencePages } from '../platform/http/reference/reference-pages.ts'
import { buildServer } from '../platform/http/server.ts'
import type { Redis } from '../platform/redis/redis.ts'
import { refused } from '../platform/refusal.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Metrics } from '../platform/telemetry/metrics.ts'
import type { Tracer } from '../platform/telemetry/tracer.ts'
import { answerCors } from './cors.ts'
import { createForwarding } from './forward.ts'
import { mergedDocument } from './merged-document.ts'
import { gatewayProblems } from './problems.ts'
import { targetOf, type Upstream } from './routing.ts'
import { unavailablePage } from './unavailable-page.ts'

export { UPSTREAMS, type Upstream } from './routing.ts'

export interface GatewayOptions {
  /** Where each upstream is, e.g. `http://book:8080`. One that is missing has no routes. */
  origins: ReadonlyMap<Upstream, string>
  /** How people reach us. */
  publicUrl: string
  /** Proxies before us whose X-Forwarded-For is believed. */
  trustedProxies: number
  requestsPerMinute: number
  /** Over which several gateways count together, where one is set. */
  redis: Redis | undefined
  /** The longest body in bytes; what stands behind has narrower limits of its own. */
  bodyLimit: number
  /** Origins whose pages may call the API with access tokens. */
  corsOrigins: readonly string[]
  authenticate: VerifyAccessToken
  metricsToken: string | undefined
  version: string
  /** Makes the AsyncAPI document of the events told behind it. */
  events(): Promise<unknown>
  log: Logger
  metrics: Metrics
  /** Absent where nothing is traced. */
  tracer: Tracer | undefined
  /** By which those behind us believe what we say of traces. */
  tracesToken: string | undefined
  draining(): boolean
}

/** Those behind us count by account; we know only addresses. */
const NO_LIMIT_BY_ACCOUNT = 100_000_000
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Builds the gateway: everything the platform gives a server, and one route that passes requests on. */
export async function buildGateway(options: GatewayOptions): Promise<App> {
  const { origins, log, corsOrigins, publicUrl } = options
  const app = await buildServer({
    log,
    metrics: options.metrics,
    tracer: options.tracer,
    version: options.version,
    problems: [gatewayProblems],
    routes: [],
    documented: false,
    events: options.events,
    authenticate: options.authenticate,
    readiness: {},
    trustedProxies: options.trustedProxies,
    limits: {
      requestsPerMinute: options.requestsPerMinute,
      changesPerMinute: NO_LIMIT_BY_ACCOUNT,
      together: options.redis && { redis: options.redis, as: 'gateway' },
    },
    metricsToken: options.metricsToken,
    metricsClosed: true,
    problemPage: unavailablePage,
    draining: options.draining,
  })
  const document = mergedDocument(origins, log)
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { audience: 'anyone' },
    schema: { hide: true },
    handler: document,
  })
  await referencePages(app)
  const publicProtocol = new URL(publicUrl).protocol.replace(':', '')
  await app.register(async (scope: App) => {
    const { bodyLimit, tracesToken } = options
    const forward = await createForwarding(scope, { bodyLimit, publicProtocol, tracesToken, log })
    scope.route({
      method: METHODS,
      url: '/*',
      exposeHeadRoute: false,
      bodyLimit,
      config: { audience: 'anyone', problemPage: unavailablePage },
      schema: { hide: true },
      onRequest: async (request, reply) => {
        if (answerCors(corsOrigins, request, reply, request.url.startsWith('/api/'))) return reply
        return refuseForged(options, request.headers.authorization).then((refusal) =>
          refusal ? reply.header('www-authenticate', 'Bearer').refuse(refusal) : undefined,
        )
      },
      handler: (request, reply) => {
        const [path = '/'] = request.url.split('?', 1)
        const target = targetOf(path)
        const origin = target.kind === 'forward' ? origins.get(target.upstream) : undefined
        if (target.kind === 'not_found' || origin === undefined) return reply.refuse(refused('not_found'))
        return forward(request, reply, { ...target, origin })
      },
    })
  })
  return app
}

/**
 * Sends away what no honest client has: a token that is forged, of somebody else, or none at all. An expired one goes
 * on: whoever renews a session still has it, and what anybody may read does not ask for one. While the keys cannot be
 * had everything goes on: services check tokens themselves, and know which sessions have ended.
 */
async function refuseForged(
  { authenticate }: Pick<GatewayOptions, 'authenticate'>,
  authorization: string | undefined,
) {
  const token = /^Bearer (.*)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) return undefined
  return (await authenticate(token)) === 'invalid' ? refused('not_signed_in') : undefined
}

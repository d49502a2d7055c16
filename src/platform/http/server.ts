import { createServer, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from 'fastify'
import { noteStaffOperations, type StaffAudit } from '../audit/staff-operations.ts'
import { isDatabaseUnavailable, isDeadlock, isTimeout, isUnstorable } from '../database/database.ts'
import type { ProblemCatalog, Refused, Text } from '../refusal.ts'
import { refused } from '../refusal.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type Actor, mayCall } from './actor.ts'
import { learnMethods } from './allowed-methods.ts'
import type { App } from './app.ts'
import { createKnownAddresses } from './at-hand/addresses.ts'
import { createEarlyDoor, type EarlyDoor } from './at-hand/early-door.ts'
import { isForm, listOf } from './forms.ts'
import { healthRoutes } from './health-routes.ts'
import { bodyLimitOf } from './input/body-limit.ts'
import { readOnlyJson } from './input/json-body.ts'
import { type Finding, fieldErrors } from './input/validation.ts'
import { useStrictValidation } from './input/validator.ts'
import { type Admission, showAdmission } from './limits/admission.ts'
import { createEarlyRefusal } from './limits/early-refusal.ts'
import { LANE_DEFAULTS, useLanes } from './limits/lane.ts'
import { limitRequests, type RequestLimits } from './limits/request-limits.ts'
import { type TurnedAtOnce, useAdmission } from './limits/use-admission.ts'
import { createNote, measure, requestIdOf, type Traces } from './measure.ts'
import { platformProblems } from './platform-problems.ts'
import { type ProblemPage, ProblemSchema, refuse } from './problem.ts'
import { documentApi, documentEvents } from './reference/openapi.ts'
import { referencePages } from './reference/reference-pages.ts'
import { securityHeaders } from './security-headers.ts'
import { isForSecurity, noteSecurity } from './security-log.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Sends a refusal of a use case as a problem document. */
    refuse(refusal: Refused): FastifyReply
  }
}

export interface ServerOptions extends Traces {
  log: Logger
  metrics: Metrics
  version: string
  /** What is deployed, told by the health routes. */
  release?: string | undefined
  /** Problem codes of the contexts. */
  problems: readonly ProblemCatalog[]
  routes: readonly ((app: App) => void)[]
  /** Whether it serves the API's document and its page. Default: yes. */
  documented?: boolean
  /** Makes the AsyncAPI document of the events told; left out: none is served. */
  events?: () => Promise<unknown>
  /** Checks an access token; 'expired' and 'invalid' become 401. */
  authenticate(token: string): Promise<Actor | 'expired' | 'invalid' | 'unavailable'>
  /** Named checks for `/health/ready`; each resolves with nothing or a reason why not. */
  readiness: Readonly<Record<string, () => Promise<string | undefined>>>
  /** Hops to trust for X-Forwarded-For; 0 trusts none. */
  trustedProxies?: number
  /** Limits on all requests; none when left out. */
  limits?: RequestLimits
  /** Requests of people who only look around that are at work at one time. */
  browsingSlots?: number
  /** How many other requests it takes on at once; left out: it takes all. */
  admission?: Admission
  /** Who reads `/metrics` must send it. */
  metricsToken?: string | undefined
  /** Without a token nobody reads `/metrics`, not even this machine: in production they are asked for by setting one. */
  metricsClosed?: boolean
  /** What browsers are shown at addresses that have no route; else, and for others, a problem document. */
  problemPage?: ProblemPage | undefined
  /** Writes down what those who work here do. Default: nothing is, as in tests of a part. */
  audit?: StaffAudit
  /** Tells whether a drain has begun; readiness then fails so that load balancers look elsewhere. */
  draining(): boolean
}

const HTTP = {
  requestTimeout: 45_000,
  keepAliveTimeout: 72_000,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requireHostHeader: false,
}
const BROWSING_SLOTS = 8
/** What passes by itself. */
const UNAVAILABLE = refused('temporarily_unavailable', { retryAfterSeconds: 2 })

/** Builds the HTTP server with everything every route gets: validation, problems, identity, ids, limits, docs. */
export async function buildServer(options: ServerOptions): Promise<App> {
  const catalog: ProblemCatalog = Object.fromEntries(
    [platformProblems, ...options.problems].flatMap((problems) => Object.entries(problems)),
  )
  const logger: FastifyBaseLogger = options.log
  const { trustedProxies = 0 } = options
  let early: EarlyDoor | undefined
  let refuseEarly: EarlyDoor | undefined
  const server = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // The log adds the request's id by itself; a logger of its own for every request would cost more than its route.
    childLoggerFactory: (log) => log,
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    trustProxy: (_address, hop) => hop < trustedProxies,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    serverFactory: (usual) =>
      createServer(HTTP, (request, response) => {
        if (!early?.(request, response) && !refuseEarly?.(request, response)) usual(request, response)
      }),
    routerOptions: { maxParamLength: 128 },
    clientErrorHandler: answerUnreadable,
    // An address that cannot be decoded (%E0%A4%A) never reaches a route.
    frameworkErrors: (_error, request, reply) => {
      refuse(catalog, request, reply, refused('invalid_request'))
    },
  })
  const app: App = server.withTypeProvider<TypeBoxTypeProvider>()

  useStrictValidation(app)
  readOnlyJson(app)
  app.addSchema(ProblemSchema)
  app.decorateRequest('actor', null)
  app.decorateRequest('isStillSignedIn', null)
  app.decorateReply('refuse', function (this: FastifyReply, refusal: Refused) {
    if (isForSecurity(catalog[refusal.code]?.status)) noteSecurity(this.request, refusal.code)
    return refuse(catalog, this.request, this, refusal, options.problemPage)
  })
  requireAudience(app)
  limitBodies(app)
  handleErrors(app, options.log)
  const security = await securityHeaders()
  const note = createNote(options)
  measure(app, note, security, options)
  hangUpWhenDraining(app, options.draining)
  authenticateCallers(app, options)

  const countRequest = options.limits && limitRequests(app, options.limits)
  const addresses = createKnownAddresses()
  useLanes(app, { ...LANE_DEFAULTS, slots: options.browsingSlots ?? BROWSING_SLOTS }, addresses)
  let turned: TurnedAtOnce | undefined
  if (options.admission) {
    showAdmission(options.metrics, options.admission)
    turned = useAdmission(app, options.admission, options.log)
  }
  if (options.audit) noteStaffOperations(app, options.audit)
  if (options.documented !== false) {
    await documentApi(app, options.version)
    await referencePages(app)
  }
  if (options.events) documentEvents(app, options.events)
  healthRoutes(app, options)
  for (const routes of options.routes) app.register(async (scope: App) => routes(scope))
  const closed = () => options.log.isLevelEnabled('debug') || options.draining()
  const atTheDoor = { security, note, closed, trustedProxies, countRequest }
  early = createEarlyDoor({ addresses, ...atTheDoor })
  // Of a request that is traced its refusal is told, too.
  if (turned && options.tracer === undefined) refuseEarly = createEarlyRefusal({ turned, ...atTheDoor })
  app.addHook('preClose', (done) => {
    early = undefined
    refuseEarly = undefined
    done()
  })
  return app
}

const UNREADABLE_ADDRESS = {
  status: 400,
  code: 'unreadable_request',
  title:
    '읽을 수 없는 요청입니다. 주소의 한글은 URL 인코딩해 주세요. / The request cannot be read; encode the address.',
}
/** What Node says of a request it gave up on, and what is told in its place: in both languages, since nobody read one. */
const UNREADABLE: Readonly<Record<string, typeof UNREADABLE_ADDRESS>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'head_too_large',
    title: '요청의 주소와 헤더가 너무 큽니다. / The address and headers of the request are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    title: '요청이 제때 끝나지 않았습니다. / The request did not arrive in time.',
  },
  HPE_INVALID_METHOD: {
    status: 501,
    code: 'unknown_method',
    title: '알 수 없는 요청 방식입니다. / The request method is not known.',
  },
}

/** A request that is not even HTTP (for instance unescaped Korean in the address) still gets a problem document. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const { status, code, title } = UNREADABLE[error.code ?? ''] ?? UNREADABLE_ADDRESS
  const body = JSON.stringify({ type: `/problems/${code}`, title, status, code })
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\n`
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`)
}

/** Each route reads as much of a body as a valid one of its own can have. */
function limitBodies(app: App): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    route.bodyLimit ??= bodyLimitOf(route.schema?.body)
  })
}

function requireAudience(app: App): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    // The reference pages are a plugin's routes, which cannot state one.
    if (isReferencePage(route.url)) route.config = { ...route.config, audience: 'anyone' }
    if (route.config?.audience === undefined) {
      throw new Error(`the route ${route.method} ${route.url} states no audience (config.audience)`)
    }
    if (route.config.audience !== 'anyone' && route.schema) {
      // With an empty alternative the token may be left out.
      const alternatives = route.config.audience === 'visitor' ? [{}] : []
      Object.assign(route.schema, { security: [...alternatives, { accessToken: [] }] })
    }
    if (route.schema) {
      const audience = route.config.audience
      Object.assign(route.schema, { 'x-audience': typeof audience === 'string' ? audience : [...audience] })
    }
  })
}

function isReferencePage(url: string): boolean {
  return url === '/docs' || url.startsWith('/docs/')
}

type Failure = FastifyError & { refusal?: Refused }

function handleErrors(app: App, log: Logger): void {
  const methodsOf = learnMethods(app)
  app.setNotFoundHandler({ preHandler: [] }, (request, reply) => {
    const methods = methodsOf(request.url.split('?')[0] ?? '')
    if (methods.length === 0) return reply.refuse(refused('not_found', hintFor(request, methodsOf)))
    return reply.header('allow', methods.join(', ')).refuse(refused('method_not_allowed'))
  })
  app.setErrorHandler((error: Failure, request, reply) => {
    const refusal = refusalOf(error)
    // The route, not the address: addresses of returns from a provider hold proofs of payment.
    const route = request.routeOptions.url
    if (refusal.code === 'internal_error') log.error({ err: error, route }, 'request failed')
    if (refusal.code === 'temporarily_unavailable') log.warn({ err: error, route }, 'database unavailable')
    return reply.refuse(refusal)
  })
}

/** A slash too many is a common slip of clients that put addresses together. */
function hintFor(request: FastifyRequest, methodsOf: (pathname: string) => string[]): { detail?: Text } {
  const pathname = request.url.split('?')[0] ?? ''
  const without = pathname.replace(/\/+$/, '')
  if (without === pathname || methodsOf(without).length === 0) return {}
  return { detail: { ko: '주소 끝의 "/"를 빼 주세요.', en: 'Leave out the "/" at the end of the address.' } }
}

function refusalOf(error: Failure): Refused {
  if (error.refusal) return error.refusal
  if (error.validation) {
    const findings = error.validation as unknown as Finding[]
    const errors = fieldErrors(error.validationContext ?? 'body', findings)
    const keyMissing = errors.some((e) => e.field === 'headers.idempotency-key')
    return refused(keyMissing ? 'idempotency_key_required' : 'invalid_request', { errors })
  }
  if (error.statusCode === 413) return refused('body_too_large')
  if (error.statusCode === 415) return refused('unsupported_media_type')
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return refused('malformed_body')
  }
  if (isUnstorable(error)) return refused('invalid_request')
  return isAway(error) ? UNAVAILABLE : refused('internal_error')
}

/** What passes by itself: the same request may work in a moment. */
function isAway(error: unknown): boolean {
  return isDatabaseUnavailable(error) || isTimeout(error) || isDeadlock(error)
}

/** A client that may keep its connection would hold up the end of a drain for as long as it likes. */
function hangUpWhenDraining(app: App, draining: () => boolean): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining()) reply.header('connection', 'close')
    done(null, payload)
  })
}

/** Only routes that are not for anyone have the hook: the most asked for pages pay nothing for it. */
function authenticateCallers(app: App, options: ServerOptions): void {
  const byBearerToken = async (request: FastifyRequest) => {
    const token = /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? '')?.[1]
    return token === undefined ? 'invalid' : await options.authenticate(token)
  }
  const authenticate = async (request: FastifyRequest, reply: FastifyReply) => {
    const audience = request.routeOptions.config.audience ?? []
    const { identify = byBearerToken } = request.routeOptions.config
    if (audience === 'visitor' && request.headers.authorization === undefined) return
    const found = await identify(request).catch((error: unknown) => {
      if (!isForm(request.routeOptions) || !isAway(error)) throw error
      options.log.warn({ err: error, route: request.routeOptions.url }, 'database unavailable')
      return 'unavailable' as const
    })
    if (found === 'unavailable') {
      if (!isForm(request.routeOptions)) return reply.refuse(UNAVAILABLE)
      unidentified.add(request)
      return
    }
    if (typeof found === 'string') {
      reply.header('www-authenticate', found === 'expired' ? 'Bearer error="invalid_token"' : 'Bearer')
      return reply.refuse(refused(found === 'expired' ? 'token_expired' : 'not_signed_in'))
    }
    request.actor = found
    if (!mayCall(audience, found)) return reply.refuse(refused('not_allowed'))
    request.isStillSignedIn = async () => {
      const still = await identify(request)
      return typeof still !== 'string' && mayCall(audience, still)
    }
    // What is for one person is for no cache; routes may say otherwise.
    reply.header('cache-control', 'no-store')
    return
  }
  const refuseUnidentified = async (request: FastifyRequest, reply: FastifyReply) => {
    if (unidentified.has(request)) return reply.refuse(UNAVAILABLE)
    return
  }
  app.decorateRequest('whoCalls', async function (this: FastifyRequest) {
    const { identify = byBearerToken } = this.routeOptions.config
    const found = await identify(this)
    return typeof found === 'string' ? undefined : found
  })
  app.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.audience === 'anyone') return
    route.onRequest = [authenticate, ...listOf(route.onRequest)]
    if (isForm(route)) route.preValidation = [refuseUnidentified, ...listOf(route.preValidation)]
  })
}

/**
 * Forms of callers who cannot be recognised at the moment. They are read before they are refused: the page that says so
 * has in it what was typed.
 */
const unidentified = new WeakSet<FastifyRequest>()

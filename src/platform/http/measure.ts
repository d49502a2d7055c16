import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { refused } from '../refusal.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { runInRequest } from '../telemetry/request-context.ts'
import type { Span, Tracer } from '../telemetry/tracer.ts'
import type { App } from './app.ts'
import { wasTurnedAway } from './limits/use-admission.ts'
import { callerOf } from './security-log.ts'

/** An answered request. */
interface Answered {
  requestId: string
  method: string
  /** As it is declared: addresses of returns from a provider hold proofs of payment. */
  route: string
  status: number
  ms: number
  userId?: string | undefined
  /** It was refused with many others, of which one line tells. */
  isOneOfMany?: boolean
}

/** Writes one log line and takes one measurement of an answered request. */
export type Note = (answered: Answered) => void

const SLOW_MS = 1_000

/**
 * @returns how an answered request is written down: reads that went well and were not slow, and what was refused with
 * many others, for who debugs only
 */
export function createNote({ log, metrics }: { log: Logger; metrics: Metrics }): Note {
  return ({ requestId, method, route, status, ms, userId, isOneOfMany = false }) => {
    metrics.httpSeconds.observe({ method, route, status }, ms / 1_000)
    const quiet = isOneOfMany || (method === 'GET' && status < 400 && ms < SLOW_MS)
    // What is not written is not put together either.
    if (quiet && !log.isLevelEnabled('debug')) return
    log[quiet ? 'debug' : 'info'](
      { requestId, method, route, status, ms: Math.round(ms), ...(userId ? { userId } : {}) },
      'request',
    )
  }
}

/** The id a request came with, if it is one that may stand in logs, else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.:-]{8,64}$/.test(header) ? header : randomUUID()
}

/** W3C Trace Context, version 00 and what later ones have in common with it; anything else is not passed on. */
function traceparentOf(header: string | string[] | undefined): string | undefined {
  const isOne =
    typeof header === 'string' && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(header)
  return isOne ? header : undefined
}

/** By which the gateway proves that what it says of traces may be gone on with. */
export const TRACES_TOKEN_HEADER = 'x-traces-token'

/** Asked every few seconds by those who watch: no traces of anything. */
const WATCHED = /^\/(health|metrics)(\/|$)/

export interface Traces {
  /** Left out: nothing is traced. */
  tracer?: Tracer | undefined
  /**
   * Tells our own services by their bearer token: their requests go on with the trace they are a part of. What anybody
   * else says of traces is a mere note. Left out: nobody is believed.
   */
  isService?(token: string): boolean
  /** Tells the gateway before us by {@link TRACES_TOKEN_HEADER}. Left out: there is none that is believed. */
  isGateway?(token: string): boolean
}

/** Security headers, request ids in and out, the request context, and a note of every answer. */
export function measure(
  app: App,
  note: Note,
  security: Readonly<Record<string, string>>,
  { tracer, isService = () => false, isGateway = () => false }: Traces,
): void {
  const isOneOfUs = ({ authorization = '', [TRACES_TOKEN_HEADER]: shown }: IncomingHttpHeaders) => {
    const token = /^Bearer ([\w.-]+)$/.exec(authorization)?.[1]
    return (token !== undefined && isService(token)) || (typeof shown === 'string' && isGateway(shown))
  }
  const spans = new WeakMap<FastifyRequest, Span>()
  /** As it is declared: addresses of returns from a provider hold proofs of payment. */
  const begin = (
    request: FastifyRequest,
    of: { parent?: string | undefined; link?: string | undefined },
  ): Span | undefined => {
    const { method } = request
    const route = request.routeOptions.url ?? 'unmatched'
    if (tracer === undefined || WATCHED.test(route)) return undefined
    const attributes = { 'http.request.method': method, 'http.route': route }
    const span = tracer.start(`${method} ${route}`, { kind: 'server', ...of, attributes })
    spans.set(request, span)
    return span
  }
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(security)
    reply.header('x-request-id', request.id)
    if (request.headers.host === undefined) return void reply.refuse(refused('host_required'))
    const sent = traceparentOf(request.headers.traceparent)
    const isOurs = sent !== undefined && isOneOfUs(request.headers)
    const parent = isOurs ? sent : undefined
    const told = isOurs ? undefined : sent
    const traceparent = begin(request, { parent, link: told })?.traceparent ?? parent
    const context = { requestId: request.id, traceparent, told, tracer, caller: callerOf(request) }
    runInRequest(context, done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request)
    span?.set({ 'http.response.status_code': reply.statusCode })
    span?.end(reply.statusCode >= 500 ? String(reply.statusCode) : undefined)
    note({
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'unmatched',
      status: reply.statusCode,
      ms: reply.elapsedTime,
      userId: request.actor?.userId,
      isOneOfMany: wasTurnedAway(request),
    })
    done()
  })
}

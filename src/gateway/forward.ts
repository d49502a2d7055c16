import type { IncomingHttpHeaders } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import replyFrom from '@fastify/reply-from'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../platform/http/app.ts'
import { refusalError } from '../platform/http/input/json-body.ts'
import { TRACES_TOKEN_HEADER } from '../platform/http/measure.ts'
import { type Refused, refused } from '../platform/refusal.ts'
import { inSpan } from '../platform/telemetry/in-span.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import { currentRequest } from '../platform/telemetry/request-context.ts'
import type { Upstream } from './routing.ts'

/** How long an upstream may take to begin an answer; its own limit for a request is shorter. */
const ANSWER_WITHIN_MS = 50_000
const CONNECT_WITHIN_MS = 2_000
/** The same for a page that is only looked at: nobody stares at nothing for longer, and it opens again by itself. */
const PAGE_WITHIN_MS = 10_000
/** To one upstream at a time; each stream that goes on holds one. */
const MOST_CONNECTIONS = 2_000
/** Where nobody listens, somebody is being started again: it takes about this long. */
const AGAIN_SECONDS = 2

/** Of this connection, or made here anew: nothing of it is passed on as it came. */
const NOT_PASSED = [
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-prefix',
  'x-forwarded-server',
  TRACES_TOKEN_HEADER,
]

interface Target {
  origin: string
  path: string
  upstream: Upstream
}

type Answered = Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'>

/** Passes a request on, and its answer back; who does not answer becomes a refusal. */
export type Forward = (request: FastifyRequest, reply: FastifyReply, target: Target) => FastifyReply

/** Lets a part of the server pass requests on, with bodies as they come and no longer than they may be. */
export async function createForwarding(
  scope: App,
  {
    bodyLimit,
    publicProtocol,
    tracesToken,
    log,
  }: {
    /** In bytes. */
    bodyLimit: number
    /** `http` or `https`: how people reach us, whatever stands before us. */
    publicProtocol: string
    /** Shown with the trace a request is a part of. */
    tracesToken: string | undefined
    log: Logger
  },
): Promise<Forward> {
  // Answers that go on until somebody ends them: at a drain we do, and browsers connect again.
  const streams = new Set<FastifyReply['raw']>()
  scope.addHook('preClose', async () => {
    for (const raw of streams) raw.destroy()
  })
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (request, body: Readable, done) => {
    const told = Number(request.headers['content-length'] ?? 0)
    if (told > bodyLimit) return done(refusalError(refused('body_too_large')))
    done(null, request.headers['content-length'] === undefined ? counted(body, bodyLimit) : body)
  })
  await scope.register(replyFrom, {
    undici: {
      connections: MOST_CONNECTIONS,
      pipelining: 1,
      connect: { timeout: CONNECT_WITHIN_MS },
      headersTimeout: ANSWER_WITHIN_MS,
      // Streams go on for hours; whoever has gone ends them.
      bodyTimeout: 0,
    },
    destroyAgent: true,
    disableRequestLogging: true,
  })
  const pass = (request: FastifyRequest, reply: FastifyReply, target: Target, answered: Answered) => {
    const { origin, path, upstream } = target
    // Where we trace nothing, what a client says of traces goes on as the note that it is.
    const { traceparent } = currentRequest() ?? {}
    reply.from(`${origin}${path}`, {
      ...(isForPage(request) ? { timeout: PAGE_WITHIN_MS } : {}),
      rewriteRequestHeaders: (_request, headers) => ({
        ...without(headers, NOT_PASSED),
        host: request.host,
        'x-forwarded-for': request.ip,
        'x-forwarded-host': request.host,
        'x-forwarded-proto': publicProtocol,
        'x-request-id': request.id,
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(traceparent === undefined || tracesToken === undefined
          ? {}
          : { [TRACES_TOKEN_HEADER]: tracesToken }),
      }),
      rewriteHeaders: (headers) => {
        answered.resolve()
        if (String(headers['content-type']).startsWith('text/event-stream') && !reply.raw.destroyed) {
          streams.add(reply.raw)
          reply.raw.once('close', () => streams.delete(reply.raw))
        }
        return without(headers, ['connection', 'keep-alive'])
      },
      retryDelay: () => null,
      onError: (failed, { error }) => {
        const refusal = refusalFor(error, request.method)
        log.warn({ err: error, upstream, requestId: request.id }, 'an upstream did not answer')
        void failed.refuse(refusal)
        answered.reject(rootOf(error))
      },
    })
  }
  return (request, reply, target) => {
    const answered = Promise.withResolvers<void>()
    // Whoever hangs up before there is an answer ends the question, too.
    reply.raw.once('close', answered.resolve)
    const about = { kind: 'client', attributes: { 'peer.service': target.upstream } } as const
    inSpan(`ask ${target.upstream}`, about, () => {
      pass(request, reply, target, answered)
      return answered.promise
    }).catch((error: unknown) => {
      // What went wrong behind us is answered already; what did before anything was asked is not.
      if (!reply.sent) void reply.send(error)
    })
    return reply
  }
}

/** Where a browser comes back from a payment provider the approval is asked for: what is given up there may be done. */
const APPROVES = /^\/api\/(payments|payment-methods)\/return([/?]|$)/

function isForPage({ method, url, headers: { accept } }: FastifyRequest): boolean {
  return method === 'GET' && (accept ?? '').includes('text/html') && !APPROVES.test(url)
}

/** A body that does not tell its length; beyond the limit it breaks off, and with it the request. */
function counted(body: Readable, limit: number): Readable {
  let bytes = 0
  const through = new PassThrough()
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limit) through.destroy(refusalError(refused('body_too_large')))
  })
  return body.pipe(through)
}

function without<H extends IncomingHttpHeaders | Record<string, unknown>>(
  headers: H,
  names: readonly string[],
): H {
  const kept = Object.entries(headers).filter(([name]) => !names.includes(name))
  return Object.fromEntries(kept) as H
}

/** What never reached the upstream, or only reads, may be sent again at once; of the rest nobody knows. */
function refusalFor(error: Error & { statusCode?: number }, method: string): Refused {
  const cause = rootOf(error)
  if (cause.refusal) return cause.refusal
  const isReading = method === 'GET' || method === 'HEAD'
  if (NEVER_THERE.has(cause.code ?? '') || (isReading && error.statusCode !== 504))
    return refused('service_unavailable', { retryAfterSeconds: AGAIN_SECONDS })
  if (error.statusCode === 504) return refused('service_too_slow', { retryAfterSeconds: AGAIN_SECONDS })
  return refused('service_broke_off', { retryAfterSeconds: AGAIN_SECONDS })
}

const NEVER_THERE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

type Cause = Error & { code?: string; refusal?: Refused }

/** The innermost reason: the library wraps what it was told, and connecting by several addresses wraps once more. */
function rootOf(error: Cause): Cause {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  return inner instanceof Error ? rootOf(inner) : error
}

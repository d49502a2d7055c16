import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction } from 'node:net'
import { type Exchange, exchange } from './http-exchange.ts'
import type { WireResult } from './wire.ts'

export type OutboundHttpOptions = Readonly<{
  /** Origin and optional path prefix, e.g. `https://open-api.kakaopay.com/online/v1/payment`. */
  baseUrl: string
  /** The provider's own connection pool: at most this many connections, so as many requests at a time. */
  maxSockets: number
  /** Longest wait for a free connection of the pool, then `not_sent: bulkhead_full`. Default 3,000 ms. */
  acquireTimeoutMs?: number
  /** Longest time to set up a connection, TLS included. Default 3,000 ms. */
  connectTimeoutMs?: number
  /** Largest body accepted, in bytes; more gives `no_answer: too_large`. Default 1 MiB. */
  maxResponseBytes?: number
  /**
   * How long an idle connection is kept. Short, because a request written to a connection that the other side has
   * just dropped is an unknown outcome. A shorter `Keep-Alive: timeout` of the server wins. Default 4,000 ms.
   */
  idleSocketMs?: number
  /** Sent with every request, e.g. `Authorization`. A request's own headers win. */
  headers?: Readonly<Record<string, string>>
  /** Trusted certificate authorities (PEM) instead of Node's own list. */
  ca?: string
  /** Name resolution, for tests. */
  lookup?: LookupFunction
  /** Epoch milliseconds of the real clock (sockets do not follow a virtual one). Default `Date.now`. */
  now?: () => number
}>

export type OutboundRequest = Readonly<{
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Begins with `/`; appended to the base URL. Encode variable parts with `encodeURIComponent`. */
  path: string
  query?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
  /** `json` is sent as application/json, `form` as application/x-www-form-urlencoded, both UTF-8. */
  body?: Readonly<{ json: unknown }> | Readonly<{ form: Readonly<Record<string, string>> }>
  /** When to give up, whatever has happened by then; epoch milliseconds of the real clock. */
  deadline: number
  /** Lets the caller give up earlier. */
  signal?: AbortSignal
}>

export type OutboundHttp = Readonly<{
  /**
   * Sends one request once: no retry, no redirect, no proxy. Never rejects for anything the network does; throws only
   * for a malformed request (bad path or header), and then nothing was sent.
   */
  request(request: OutboundRequest): Promise<WireResult>
  /** Refuses new requests, waits for the running ones (their deadlines bound it), closes the pool. */
  close(): Promise<void>
}>

/** One HTTP client per provider, with its own pool of kept-alive connections. */
export function createOutboundHttp(options: OutboundHttpOptions): OutboundHttp {
  const base = new URL(options.baseUrl)
  const now = options.now ?? Date.now
  const agentOptions: https.AgentOptions = {
    keepAlive: true,
    maxSockets: options.maxSockets,
    // Without it Node ignores the server's `Keep-Alive: timeout` hint altogether.
    timeout: options.idleSocketMs ?? 4_000,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  }
  const secure = base.protocol === 'https:'
  if (!secure && base.protocol !== 'http:') throw new TypeError(`not an HTTP base URL: ${options.baseUrl}`)
  const agent = secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions)
  const open = secure ? https.request : http.request
  const running = new Set<Promise<WireResult>>()
  let closed = false

  async function request(input: OutboundRequest): Promise<WireResult> {
    const remainingMs = input.deadline - now()
    if (closed || remainingMs <= 0 || input.signal?.aborted === true) {
      return { kind: 'not_sent', reason: 'aborted_before_send' }
    }
    const url = urlOf(base, input)
    const body = encodeBody(input.body)
    const headers = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(body === undefined
        ? {}
        : { 'content-type': body.type, 'content-length': String(body.bytes.length) }),
      ...lowerCased(options.headers),
      ...lowerCased(input.headers),
    }
    const plan: Exchange = {
      request: open(url, { agent, method: input.method, headers }),
      body: body?.bytes,
      remainingMs,
      acquireTimeoutMs: options.acquireTimeoutMs ?? 3_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
      maxResponseBytes: options.maxResponseBytes ?? 1_048_576,
      signal: input.signal,
      now,
    }
    const result = exchange(plan)
    running.add(result)
    try {
      return await result
    } finally {
      running.delete(result)
    }
  }

  return {
    request,
    async close() {
      closed = true
      await Promise.all(running)
      agent.destroy()
    },
  }
}

/** The address of a request; the leading slash keeps every path on the provider's host. */
function urlOf(base: URL, request: OutboundRequest): URL {
  if (!request.path.startsWith('/')) throw new TypeError(`the path must begin with "/": ${request.path}`)
  const url = new URL(base.origin + base.pathname.replace(/\/$/, '') + request.path)
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value)
  return url
}

function encodeBody(body: OutboundRequest['body']): { type: string; bytes: Buffer } | undefined {
  if (body === undefined) return undefined
  if ('form' in body) {
    const type = 'application/x-www-form-urlencoded;charset=utf-8'
    return { type, bytes: Buffer.from(new URLSearchParams(body.form).toString()) }
  }
  return { type: 'application/json;charset=utf-8', bytes: Buffer.from(JSON.stringify(body.json)) }
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

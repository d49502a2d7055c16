import type { IncomingMessage, ServerResponse } from 'node:http'

/** One HTTP request with its answer, and its address taken apart once. */
export interface Exchange {
  req: IncomingMessage
  res: ServerResponse
  method: string
  path: string
  query: URLSearchParams
}

const NO_QUERY = new URLSearchParams()

export function toExchange(req: IncomingMessage, res: ServerResponse): Exchange {
  const url = req.url ?? '/'
  const mark = url.indexOf('?')
  return {
    req,
    res,
    method: req.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1)),
  }
}

/** The body as text, or undefined when it is longer than `limit` bytes or the caller has gone. */
export function readBody(req: IncomingMessage, limit: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        resolve(undefined)
        req.pause()
      } else chunks.push(chunk)
    })
    req.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    req.on('error', () => resolve(undefined))
    req.on('close', () => resolve(undefined))
  })
}

/** A JSON object out of a body, or undefined when it is anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined
}

/** Any JSON value, or undefined when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends a complete answer. Does nothing when the connection has gone. */
export function send(
  exchange: Exchange,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  const { res } = exchange
  if (res.destroyed || res.headersSent) return
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
  res.end(body)
}

export const JSON_TYPE = 'application/json;charset=UTF-8'

export function sendJson(
  exchange: Exchange,
  status: number,
  body: unknown,
  headers?: Record<string, string>,
): void {
  send(exchange, status, JSON_TYPE, JSON.stringify(body), headers)
}

/** An HTML page. It runs no scripts and may not be put in a frame; forms may lead anywhere (the shop). */
export function sendHtml(exchange: Exchange, status: number, html: string): void {
  send(exchange, status, 'text/html; charset=utf-8', html, {
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  })
}

export function redirect(exchange: Exchange, location: string): void {
  send(exchange, 303, 'text/plain; charset=utf-8', '', { location, 'cache-control': 'no-store' })
}

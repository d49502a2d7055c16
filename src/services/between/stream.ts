import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from '../../platform/telemetry/log.ts'

/** How often it is asked whether who reads is still signed in. */
const STILL_THERE_MS = 15_000

/** Passes on event streams of another process of ours. */
export interface Streams {
  pass(path: string, request: FastifyRequest, reply: FastifyReply): void
  /** Ends them all; browsers connect again, to whoever is there. */
  close(): void
}

/** Answers that go on, between two processes. */
export function createStreams({ url, token, log }: { url: string; token: string; log: Logger }): Streams {
  const open = new Set<AbortController>()
  const pass = async (path: string, request: FastifyRequest, reply: FastifyReply) => {
    const { raw } = reply
    const ending = new AbortController()
    open.add(ending)
    raw.once('close', () => ending.abort())
    const watch = setInterval(() => {
      void request
        .isStillSignedIn?.()
        .then((is) => is || ending.abort())
        .catch(() => {})
    }, STILL_THERE_MS)
    try {
      const seen = request.headers['last-event-id']
      const answer = await fetch(`${url}${path}`, {
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'text/event-stream',
          ...(typeof seen === 'string' && /^\d{1,15}$/.test(seen) ? { 'last-event-id': seen } : {}),
        },
        signal: ending.signal,
      })
      if (!answer.ok || !answer.body) throw new Error(`answered ${answer.status}`)
      const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)
      raw.writeHead(200, {
        ...Object.fromEntries(headers),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      const reader = answer.body.getReader()
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        if (!raw.write(part.value) && !raw.destroyed) await drained(raw)
      }
    } catch (error) {
      if (!ending.signal.aborted) log.warn({ err: error, path }, 'a stream of another process broke off')
      if (!raw.headersSent) raw.writeHead(503, { 'retry-after': '2' })
    } finally {
      clearInterval(watch)
      open.delete(ending)
      raw.end()
    }
  }
  return {
    pass: (path, request, reply) => {
      reply.hijack()
      // Who has gone meanwhile is told of by no `close` any more: the stream would be kept for ever.
      if (reply.raw.destroyed) return
      void pass(path, request, reply)
    },
    close: () => {
      for (const ending of open) ending.abort()
    },
  }
}

function drained(raw: FastifyReply['raw']): Promise<void> {
  return new Promise((done) => {
    raw.once('drain', done)
    raw.once('close', done)
  })
}

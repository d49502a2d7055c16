import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { MAX_TIMER_MS } from './timer.ts'
import { noAnswerReason, notSentReason, type WireResult } from './wire.ts'

export type Exchange = Readonly<{
  /** Created, but neither written to nor ended. */
  request: ClientRequest
  body: Buffer | undefined
  /** Time left until the deadline, in milliseconds. */
  remainingMs: number
  acquireTimeoutMs: number
  connectTimeoutMs: number
  maxResponseBytes: number
  signal: AbortSignal | undefined
  now: () => number
}>

/** How far the request has come; nothing can have been written before `sent`. */
type Phase =
  | { at: 'waiting' }
  | { at: 'connecting'; socket: Socket }
  | { at: 'sent'; sentAt: number; status?: number; bytes: number }

/**
 * Carries one request through: waits for a connection of the pool, waits until it stands, writes, reads the answer.
 * Headers and body are handed to Node only once the connection stands (for TLS: handshake done, certificate
 * accepted), so every failure before that point is certainly `not_sent` and every one after it is `no_answer`.
 * Resolves exactly once and never rejects.
 */
export function exchange(plan: Exchange): Promise<WireResult> {
  const { request } = plan
  const startedAt = performance.now()
  const { promise, resolve } = Promise.withResolvers<WireResult>()
  let phase: Phase = { at: 'waiting' }
  let settled = false

  const deadline = setTimeout(giveUp, Math.min(plan.remainingMs, MAX_TIMER_MS))
  let step = setTimeout(() => fail('bulkhead_full'), plan.acquireTimeoutMs)
  plan.signal?.addEventListener('abort', giveUp, { once: true })

  function settle(result: WireResult): void {
    if (settled) return
    settled = true
    clearTimeout(deadline)
    clearTimeout(step)
    plan.signal?.removeEventListener('abort', giveUp)
    if (result.kind !== 'answered') request.destroy()
    resolve(result)
  }

  function fail(reason: 'bulkhead_full' | 'connect_timeout' | 'aborted_before_send'): void {
    settle({ kind: 'not_sent', reason })
  }

  function lose(reason: 'timeout' | 'reset' | 'truncated' | 'too_large', sent: Phase & { at: 'sent' }): void {
    const { sentAt, bytes, status } = sent
    const lost = { kind: 'no_answer', reason, sentAt, bytesReceived: bytes } as const
    settle(status === undefined ? lost : { ...lost, status })
  }

  function giveUp(): void {
    if (phase.at === 'sent') lose('timeout', phase)
    else fail('aborted_before_send')
  }

  function broken(error?: Error): void {
    const code = codeOf(error)
    if (phase.at === 'sent') {
      lose(noAnswerReason(code, phase.status !== undefined), phase)
      return
    }
    const handshaking =
      phase.at === 'connecting' && phase.socket instanceof TLSSocket && !phase.socket.connecting
    settle({ kind: 'not_sent', reason: notSentReason(code, handshaking) })
  }

  function send(): void {
    if (settled) return
    clearTimeout(step)
    phase = { at: 'sent', sentAt: plan.now(), bytes: 0 }
    request.end(plan.body)
  }

  function onSocket(socket: Socket): void {
    if (settled) return
    clearTimeout(step)
    phase = { at: 'connecting', socket }
    if (socket.destroyed || !socket.writable) {
      // Failed at once, or a pooled connection that has died meanwhile: do not write into the void.
      broken(socket.errored ?? undefined)
    } else if (stands(socket)) {
      send()
    } else {
      step = setTimeout(() => fail('connect_timeout'), plan.connectTimeoutMs)
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', send)
    }
  }

  function onResponse(response: IncomingMessage): void {
    if (phase.at !== 'sent') {
      broken()
      return
    }
    const sent = phase
    const chunks: Buffer[] = []
    sent.status = response.statusCode ?? 0
    response.on('data', (chunk: Buffer) => {
      sent.bytes += chunk.length
      if (sent.bytes > plan.maxResponseBytes) return lose('too_large', sent)
      chunks.push(chunk)
    })
    response.on('error', () => lose('truncated', sent))
    response.on('close', () => lose('truncated', sent))
    response.on('end', () => {
      if (!response.complete) return lose('truncated', sent)
      settle({
        kind: 'answered',
        status: response.statusCode ?? 0,
        headers: flat(response.headers),
        bodyText: Buffer.concat(chunks).toString('utf8'),
        durationMs: performance.now() - startedAt,
      })
    })
  }

  // Stay attached after the result is known: a late error of a destroyed request must not become uncaught.
  request.on('error', broken)
  request.on('close', () => broken())
  request.on('socket', onSocket)
  request.on('response', onResponse)
  return promise
}

/**
 * Whether a connection is ready to be written to. Asked of the socket itself, because Node marks neither a request
 * served from the agent's queue as reusing a connection nor a pooled one as still connecting. Certificates are
 * always verified, so `authorized` turns true exactly when the handshake is complete.
 */
function stands(socket: Socket): boolean {
  return !socket.connecting && (!(socket instanceof TLSSocket) || socket.authorized)
}

function codeOf(error: Error | undefined): string | undefined {
  return error !== undefined && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}
